import type * as z from "zod";
import { profilePoints } from "../../drivers/profile.ts";
import { shownKey } from "../../drivers/shown-value.ts";
import { SourceText, type TextProblem } from "../../drivers/source-text.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { CALM_SETTINGS, type CalmSettings } from "../alarms/calm.ts";
import type { Rule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import { type Asset, byField } from "../contract/asset-fields.ts";
import { POINTS_PER_SITE_MAX } from "../contract/live.ts";
import { calmOf, calmSchema } from "./calm-schema.ts";
import { checkDevices, checkLines, checkReferences, checkSignIn, checkSnmpUser, checkTrapUsers, checkWires, type Placed } from "./check.ts";
import { checkContacts } from "./check-contacts.ts";
import { checkPlans, checkRotas } from "./check-escalation.ts";
import { checkFallbacks } from "./check-fallbacks.ts";
import { checkInspection } from "./check-inspection.ts";
import { checkLinkages, checkScopes } from "./check-linkages.ts";
import { checkModems } from "./check-modem.ts";
import { checkOnly } from "./check-only.ts";
import { checkOutputs } from "./check-outputs.ts";
import { checkProbes } from "./check-probes.ts";
import { checkJudged, checkRule } from "./check-rules.ts";
import { checkServiceLevels } from "./check-service-levels.ts";
import { checkPins, checkReach } from "./check-trust.ts";
import { checkWebhook } from "./check-webhook.ts";
import { compileComputed, planComputed, standardsOf } from "./computed-points.ts";
import { conditionRules, resolveConditions } from "./condition-rules.ts";
import { COMPUTED_NAMES } from "./default-rules.ts";
import { accessRules, checkDoors, doorRuleEntries, resolveDoor } from "./doors.ts";
import { checkForecasts, earlyWarnings } from "./early-warnings.ts";
import { ESCALATION_MAX, type PlanEntry, planEntrySchema, type RotaEntry, rotaEntrySchema } from "./escalation-schema.ts";
import { resolveExpected } from "./expected-events.ts";
import { type ForecastsEntry, forecastsSchema } from "./forecast-schema.ts";
import { type InspectionEntry, inspectionEntrySchema } from "./inspection-schema.ts";
import type { Judged } from "./judgement.ts";
import type { Area, ComputedPoint, Device, Site } from "./model.ts";
import { LINKAGES_MAX, type LinkageEntry, linkageEntrySchema, OUTPUTS_MAX, type OutputEntry, outputEntrySchema } from "./output-schema.ts";
import { outputRules, resolveLinkage, resolveOutput } from "./outputs.ts";
import { ownProfiles, type ProfileSource } from "./own-profiles.ts";
import { PointIndex } from "./point-index.ts";
import { entriesOf, type NumberedPlace, numbered, placesOf, remindersOf, spansOf } from "./point-numbers.ts";
import { type PointPlace, type PointRuleParts, PointRules } from "./point-rules.ts";
import { resolvePlan, resolveRota } from "./resolve-escalation.ts";
import { resolveScope } from "./resolve-scope.ts";
import {
  computedEntrySchema,
  conditionEntrySchema,
  expectedEntrySchema,
  RULE_MAX,
  ruleEntrySchema,
  scheduleEntrySchema,
} from "./rule-schema.ts";
import { silenceRules } from "./rules.ts";
import { resolveSchedules } from "./schedules.ts";
import {
  type AreaEntry,
  accessSchema,
  areaEntrySchema,
  type BusEntry,
  busEntrySchema,
  type DeviceEntry,
  type DoorEntry,
  deviceEntrySchema,
  exportsSchema,
  networkSchema,
  SITE_MAX,
  type SnmpTraps,
  siteHeadSchema,
  snmpTrapsSchema,
} from "./schema.ts";
import { resolveServiceLevels, SERVICE_LEVEL_DEFAULTS, serviceLevelsSchema } from "./service-level-schema.ts";
import { STORAGE_DEFAULTS, storageSchema } from "./storage-schema.ts";
import { type TargetEntry, targetEntrySchema } from "./target-schema.ts";

const SECTIONS = [
  "site",
  "areas",
  "buses",
  "devices",
  "schedules",
  "computed",
  "alarms",
  "rules",
  "conditions",
  "expected",
  "targets",
  "rotas",
  "escalation",
  "snmpTraps",
  "network",
  "access",
  "inspection",
  "outputs",
  "linkages",
  "exports",
  "forecasts",
  "storage",
  "serviceLevels",
  "profiles",
];

/**
 * Reads a site file. Either the whole site, or all of its problems: entries are checked one by one, so that one fault does not
 * hide another, and references are checked among all entries, faulty ones too.
 */
export function loadSite(text: string): { readonly site: Site } | { readonly problems: readonly TextProblem[] } {
  const nul = text.indexOf("\0");
  if (nul >= 0) return { problems: [holed(text.slice(0, nul))] };
  const source = new SourceText(text);
  if (Buffer.byteLength(text) > SITE_MAX.fileBytes) source.add([], { zh: "文件超过 1 MiB", en: "the file is larger than 1 MiB" });
  if (source.problems.length > 0) return { problems: source.sorted() };
  const raw = source.value();
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    source.add([], { zh: "文件应为映射：site、areas、buses、devices", en: "the file must be a mapping with site, areas, buses, devices" });
    return { problems: source.sorted() };
  }
  for (const key of Object.keys(raw))
    if (!SECTIONS.includes(key))
      source.add([key], {
        zh: `未知的键 \`${shownKey(key)}\`；应为 ${SECTIONS.join("、")}`,
        en: `unknown key \`${shownKey(key)}\`; expected one of ${SECTIONS.join(", ")}`,
      });
  const file = new Map<string, unknown>(Object.entries(raw));
  const head = source.parse(["site"], siteHeadSchema, file.get("site"));
  const areas = list(source, file, "areas", areaEntrySchema, SITE_MAX.areas, 1);
  const buses = list(source, file, "buses", busEntrySchema, SITE_MAX.buses, 1);
  const devices = list(source, file, "devices", deviceEntrySchema, SITE_MAX.devices, 1);
  const schedules = resolveSchedules(source, list(source, file, "schedules", scheduleEntrySchema, RULE_MAX.schedules, 0));
  const computed = list(source, file, "computed", computedEntrySchema, RULE_MAX.computed, 0);
  const conditions = list(source, file, "conditions", conditionEntrySchema, RULE_MAX.conditions, 0);
  const expectations = list(source, file, "expected", expectedEntrySchema, RULE_MAX.expected, 0);
  const rules = list(source, file, "rules", ruleEntrySchema, SITE_MAX.rules, 0);
  const targets = list(source, file, "targets", targetEntrySchema, SITE_MAX.targets, 0);
  const rotas = list(source, file, "rotas", rotaEntrySchema, ESCALATION_MAX.rotas, 0);
  const plans = list(source, file, "escalation", planEntrySchema, ESCALATION_MAX.plans, 0);
  // Named alone it is a wish as well: everything in it can be left out.
  const snmpTraps = file.has("snmpTraps") ? source.parse(["snmpTraps"], snmpTrapsSchema, file.get("snmpTraps") ?? {}) : null;
  const calm = source.parse(["alarms"], calmSchema, file.get("alarms") ?? {});
  const network = source.parse(["network"], networkSchema, file.get("network"));
  const doors = source.parse(["access"], accessSchema, file.get("access") ?? {})?.doors ?? [];
  const exports = source.parse(["exports"], exportsSchema, file.get("exports") ?? {}) ?? { language: "zh", keepDays: 400 };
  const storage = source.parse(["storage"], storageSchema, file.get("storage") ?? {}) ?? STORAGE_DEFAULTS;
  const levels = source.parse(["serviceLevels"], serviceLevelsSchema, file.get("serviceLevels") ?? {}) ?? SERVICE_LEVEL_DEFAULTS;
  checkServiceLevels(source, levels);
  const forecasts = source.parse(["forecasts"], forecastsSchema, file.get("forecasts") ?? {}) ?? { warn: [] };
  const rounds = list(source, file, "inspection", inspectionEntrySchema, SITE_MAX.inspection, 0);
  const outputs = list(source, file, "outputs", outputEntrySchema, OUTPUTS_MAX, 0);
  const linkages = list(source, file, "linkages", linkageEntrySchema, LINKAGES_MAX, 0);
  checkReferences(source, file);
  for (const speaker of [...buses, ...targets]) checkSnmpUser(source, speaker);
  if (snmpTraps) checkTrapUsers(source, snmpTraps);
  checkLines(source, buses, devices);
  checkWires(source, buses, devices);
  checkContacts(source, buses, devices);
  for (const target of targets) {
    checkSignIn(source, target);
    checkWebhook(source, target);
  }
  const profileOf = ownProfiles(source, file.get("profiles"));
  checkDevices(source, file, profileOf);
  checkProbes(source, devices, profileOf);
  const resolved = devices.flatMap(({ entry }) => resolveDevice(entry, profileOf) ?? []);
  const areaStandard = areaStandards(areas);
  const standards = standardsOf(
    (area) => areaStandard(area)?.id,
    rules.map(({ entry }) => entry),
  );
  const planned = planComputed(source, computed, resolved, standards);
  const places = placesOf(resolved, planned);
  const index = new PointIndex(numbered(places));
  const formulas = compileComputed(source, planned, index);
  for (const rule of rules) checkRule(source, rule, { index, schedules, reminders: remindersOf(resolved) });
  checkDoors(source, doors, file, resolved);
  checkInspection(source, rounds, resolved);
  const resolvedConditions = resolveConditions(source, conditions, resolved, { index, schedules });
  const expected = resolveExpected(
    source,
    expectations,
    rounds.map(({ entry }) => entry),
    index,
    head?.id ?? "",
  );
  const pointRules = new PointRules({
    ...{ site: head?.id ?? "", timezone: head?.timezone ?? "UTC", schedules, areaStandard, index },
    entries: [...rules, ...doorRuleEntries(doors)],
  });
  if (source.problems.length === 0) checkEffective(source, pointRules, places);
  const names = { targets: idsOf(file, "targets"), areas: idsOf(file, "areas"), rotas: idsOf(file, "rotas") };
  const known = targets.map(({ entry }) => entry);
  checkFallbacks(source, targets, names.targets);
  checkModems(source, targets, buses);
  checkPins(source, targets);
  checkReach(source, targets, network?.targets ?? null);
  checkRotas(source, rotas, known, names);
  checkOnly(source, targets, { rotas, plans, devices: resolved, names });
  checkPlans(source, plans, { rotas, targets: known, devices: resolved, names });
  checkForecasts(
    source,
    forecasts,
    places.flatMap(({ id, field, definition }) => (field === null || definition.kind === "state" ? [] : [id])),
  );
  const areaIds = new Set(areas.map(({ entry }) => entry.id));
  checkOutputs(source, outputs, buses, devices, areaIds);
  checkLinkages(source, linkages, outputs, resolved);
  const count = places.length;
  if (count > POINTS_PER_SITE_MAX)
    source.add(["devices"], {
      zh: `测点 ${count} 个，超过上限 ${POINTS_PER_SITE_MAX}`,
      en: `${count} points; the limit is ${POINTS_PER_SITE_MAX}`,
    });
  if (source.problems.length > 0 || head === undefined) return { problems: source.sorted() };
  const content = {
    areas: areas.map(({ entry }) => entry),
    buses: buses.map(({ entry }) => entry),
    targets: known,
    rotas: rotas.map(({ entry }) => entry),
    plans: plans.map(({ entry }) => entry),
    calm: calm === undefined ? CALM_SETTINGS : calmOf(calm),
    snmpTraps: snmpTraps ?? null,
    network: { allow: network?.allow ?? null, targets: network?.targets ?? null },
    doors,
    inspection: rounds.map(({ entry }) => entry),
    exports,
    forecasts,
    storage,
    serviceLevels: resolveServiceLevels(levels),
    outputs: outputs.map(({ entry }) => entry),
    linkages: linkages.map(({ entry }) => entry),
  };
  const identity = { id: head.id, name: asWords(head.name), timezone: head.timezone };
  const more = [...conditionRules(head, resolvedConditions, schedules), ...expected.map(({ rule }) => rule)];
  const judged = { places, pointRules, more, formulas, expected: expected.map((one) => one.expected) };
  const site = assemble(identity, content, resolved, judged);
  // Only now is it known what can ring.
  checkScopes(source, outputs, linkages, areaIds, site.rules);
  return source.problems.length > 0 ? { problems: source.sorted() } : { site };
}

/** The standard that an area has of its own, or else the one of the nearest area around it. */
function areaStandards(areas: readonly Placed<AreaEntry>[]): PointRuleParts["areaStandard"] {
  const byId = new Map(areas.map((area) => [area.entry.id, area]));
  const standardOf = (id: string, trail: readonly string[]): ReturnType<PointRuleParts["areaStandard"]> => {
    const area = byId.get(id);
    if (area === undefined || trail.includes(id)) return undefined;
    const { limits, parent } = area.entry;
    if (limits !== undefined) return { id: limits, path: [...area.path, "limits"] };
    return parent === undefined ? undefined : standardOf(parent, [...trail, id]);
  };
  return (id) => standardOf(id, []);
}

/** What the layers say together, once for each of those who are told the same. */
function checkEffective(source: SourceText, pointRules: PointRules, places: readonly PointPlace[]): void {
  const checked = new Set<Judged>();
  for (const place of places)
    for (const judged of pointRules.judgedOf(place)) {
      if (checked.has(judged)) continue;
      checked.add(judged);
      checkJudged(source, place.id, judged);
    }
}

/** What a power cut leaves of a file that was being written. */
function holed(before: string): TextProblem {
  const lines = before.split("\n");
  return {
    ...{ line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, path: "" },
    message: {
      zh: "从此处起文件是空字节（NUL），多半是写入时断了电；请重新写入该文件",
      en: "the file is NUL bytes from here on, most likely because the power went while it was written; write the file again",
    },
  };
}

/** The entries of a section that read well; what is wrong with the others is collected. */
function list<T>(
  source: SourceText,
  file: ReadonlyMap<string, unknown>,
  section: string,
  schema: z.ZodType<T>,
  max: number,
  min: number,
): readonly Placed<T>[] {
  const raw = file.get(section) ?? [];
  if (!Array.isArray(raw)) {
    source.add([section], { zh: `${section} 应为列表（每项以 - 开头）`, en: `${section} must be a list (each entry begins with -)` });
    return [];
  }
  if (raw.length < min) source.add([section], { zh: `${section} 至少要有 ${min} 项`, en: `${section} needs at least ${min} entry` });
  if (raw.length > max)
    source.add([section], {
      zh: `${section} 有 ${raw.length} 项，上限 ${max}`,
      en: `${section} has ${raw.length} entries; the limit is ${max}`,
    });
  return raw.flatMap((value: unknown, index) => {
    const entry = source.parse([section, index], schema, value);
    return entry === undefined ? [] : [{ entry, path: [section, index] as const }];
  });
}

/** Ids in a section, also of entries that read badly otherwise: what refers to those is right. */
function idsOf(file: ReadonlyMap<string, unknown>, section: string): readonly string[] {
  const raw = file.get(section);
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((entry: unknown) => {
    const id: unknown = Reflect.get(Object(entry ?? {}), "id");
    return typeof id === "string" ? [id] : [];
  });
}

/** Null when the profile cannot be had; `checkDevices` has said why. */
function resolveDevice(entry: DeviceEntry, profileOf: ProfileSource): Device | null {
  const loaded = profileOf(entry.profile);
  if ("problems" in loaded) return null;
  const { profile } = loaded;
  return {
    id: entry.id,
    name: asWords(entry.name ?? entry.id),
    area: entry.area,
    bus: entry.bus,
    profile,
    unit: entry.unit ?? 0,
    address: entry.address ?? "",
    channel: entry.channel,
    normally: entry.normally ?? null,
    closed: entry.closed ?? "low",
    rows: entry.rows,
    probe: entry.probe ?? {},
    periodMs: entry.every ?? profile.periodMs,
    parents: entry.parents,
    points: profilePoints(profile, entry.rows),
    tags: entry.tags,
    asset: assetOf(entry),
  };
}

const UNKNOWN_ASSET: Asset = byField(() => "");

function assetOf({ asset }: DeviceEntry): Asset {
  return asset === undefined ? UNKNOWN_ASSET : byField((field) => asset[field] ?? "");
}

function assemble(
  head: { readonly id: string; readonly name: Words; readonly timezone: string },
  content: {
    readonly areas: readonly AreaEntry[];
    readonly buses: readonly BusEntry[];
    readonly calm: CalmSettings;
    readonly targets: readonly TargetEntry[];
    readonly rotas: readonly RotaEntry[];
    readonly plans: readonly PlanEntry[];
    readonly snmpTraps: SnmpTraps | null;
    readonly network: Site["network"];
    readonly doors: readonly DoorEntry[];
    readonly inspection: readonly InspectionEntry[];
    readonly exports: Site["exports"];
    readonly forecasts: ForecastsEntry;
    readonly storage: Site["storage"];
    readonly serviceLevels: Site["serviceLevels"];
    readonly outputs: readonly OutputEntry[];
    readonly linkages: readonly LinkageEntry[];
  },
  devices: readonly Device[],
  judged: {
    readonly places: readonly NumberedPlace[];
    readonly pointRules: PointRules;
    /** Of several points together, and of what is expected. */
    readonly more: readonly Rule[];
    readonly formulas: Site["formulas"];
    readonly expected: Site["expected"];
  },
): Site {
  const { places, pointRules } = judged;
  const spans = spansOf(devices);
  const points = entriesOf(places);
  const rules: Rule[] = [...silenceRules(head.id, devices, content.buses, content.targets)];
  const read = devices.reduce((sum, device) => sum + device.points.length, 0);
  for (const place of places) rules.push(...(place.number < read ? pointRules.of(place) : pointRules.ofComputed(place)));
  rules.push(...judged.more);
  const computed = devices.flatMap((device, index) =>
    COMPUTED_NAMES.map(
      (name, nth): ComputedPoint => ({ device: device.id, name, number: points.length + index * COMPUTED_NAMES.length + nth }),
    ),
  );
  const byId = new Map(devices.map((device) => [device.id, device]));
  for (const { name, number, ...point } of computed) {
    const device = byId.get(point.device);
    const definition = findPoint(name);
    if (device === undefined || definition === undefined) throw new Error(`computed point ${name} has no definition`);
    rules.push(...pointRules.ofComputed({ device, definition, id: `${device.id}/${name}`, name, field: null, number, segment: "" }));
  }
  const doors = content.doors.map((door) => resolveDoor(head.id, door));
  rules.push(...accessRules(content.doors, doors));
  const warnings = earlyWarnings(head.id, content.forecasts, rules, places);
  rules.push(...warnings.map(({ rule }) => rule));
  const areas: readonly Area[] = content.areas.map(({ id, name, parent }) => ({ id, name: asWords(name), parent: parent ?? null }));
  const { buses, calm, targets, snmpTraps, network, inspection, exports, storage, serviceLevels } = content;
  const rotas = content.rotas.map((entry) => resolveRota(entry, targets));
  const plans = content.plans.map((entry) => resolvePlan(entry, areas, devices));
  const scopes = new Map(targets.flatMap(({ id, only }) => (only === undefined ? [] : [[id, resolveScope(only, areas, devices)]])));
  const outputs = content.outputs.map((entry) => resolveOutput(head.id, entry, areas));
  rules.push(...outputRules(outputs));
  const linkages = content.linkages.map((entry) => resolveLinkage(entry, points, areas));
  const told = { calm, targets, scopes, rotas, plans, snmpTraps, network, inspection, exports, storage, serviceLevels, outputs, linkages };
  const { formulas, expected } = judged;
  return { ...head, areas, buses, devices, points, spans, computed, formulas, expected, rules, warnings, doors, ...told };
}

function asWords(name: string | Words): Words {
  return typeof name === "string" ? { zh: name, en: name } : name;
}
