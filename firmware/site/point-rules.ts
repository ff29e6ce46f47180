import { printPath } from "../../drivers/source-text.ts";
import { type PointDefinition, stateIndex } from "../../drivers/vocabulary.ts";
import type { Derivation, Level, LimitRule, ProcessRule, Rule, SilenceRule, StateRule, Variant } from "../alarms/rule.ts";
import { scheduleClock } from "../alarms/schedule.ts";
import type { Severity, Words } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { parseFormula } from "../points/formula.ts";
import { compileFormula } from "../points/formula-value.ts";
import { DEFAULT_ACTIONS, DERIVED_ACTIONS, SILENCE_ACTIONS } from "./default-rules.ts";
import { generalLayers, type Judged, type LayerOf, layered, type Origin, saidIn, standardLayers } from "./judgement.ts";
import type { Device } from "./model.ts";
import type { PointIndex } from "./point-index.ts";
import type { RuleEntry } from "./rule-schema.ts";
import { spanText } from "./rule-words.ts";
import { alarmKey, fitsPattern, levelsOf, pointText, withinSentence } from "./rules.ts";
import { duringOf, type Schedules } from "./schedules.ts";

/** On- and off-delay of a rule for a point of which nobody says another. */
const DELAY_MS = 30_000;

/** A point as its rules know it. `segment` is what the site chose for the `#` of its name. */
export interface PointPlace {
  readonly device: Device;
  readonly definition: PointDefinition;
  readonly id: string;
  readonly name: string;
  /** Its name in the device's profile; null for what the box works out. */
  readonly field: string | null;
  readonly number: number;
  readonly segment: string;
}

/** What a schedule puts in the place of limits or of a severity. */
export interface SaidVariant<What> {
  readonly schedules: readonly string[];
  readonly isOn: (wallMs: number) => boolean;
  readonly said: What;
}

/** Of what a limit says, in which words, and what is compared with it. */
interface Kind {
  readonly judges: "value" | "rate" | "deviation" | "increase";
  readonly side: "high" | "low";
  /** Of derived values: behind the point's own unit. */
  readonly per: string;
  readonly derivation: Derivation | null;
  /** A reference that is another one at each point. */
  readonly from: string | null;
}

/** What all points of one name and place in the site have in common. */
export interface SaidLimit {
  readonly judged: Judged;
  readonly origin: Origin;
  readonly type: LimitRule["type"];
  readonly kind: Kind;
  readonly levels: readonly Level[];
  readonly deadband: number;
  readonly variants: readonly SaidVariant<SaidLimit>[];
}
export interface SaidState {
  readonly judged: Judged;
  readonly origin: Origin;
  readonly type: string;
  readonly state: number;
  readonly severity: Severity;
  readonly words: Words;
  /** Not the reading is judged but whether it still moves. */
  readonly flat: Extract<Derivation, { kind: "flat" }> | null;
  readonly variants: readonly SaidVariant<SaidState>[];
}
interface Said {
  readonly judged: readonly Judged[];
  readonly limits: readonly SaidLimit[];
  readonly states: readonly SaidState[];
}

export interface PointRuleParts {
  readonly site: string;
  readonly timezone: string;
  /** Entries of `rules`, and what else in the file says something of points; `path` is where it stands. */
  readonly entries: readonly { readonly entry: RuleEntry; readonly path: readonly PropertyKey[] }[];
  readonly schedules: Schedules;
  /** The standard of an area, its own or that of an area around it. */
  readonly areaStandard: (area: string) => { readonly id: string; readonly path: readonly PropertyKey[] } | undefined;
  readonly index: PointIndex;
}

/** An entry of `rules` where it applies: the more exactly it names the point, the later it speaks. */
interface Fitting {
  readonly entry: RuleEntry;
  readonly path: readonly PropertyKey[];
  /** In the order of the file. */
  readonly place: number;
  readonly layer: "site" | "device" | "point";
}
const LAYER_ORDER = { site: 0, device: 1, point: 2 } as const;

/**
 * The rules of points. Layer over layer, field by field: what the maker suggests, the house, the standard of the area, and the site file's
 * rules, of which those for many devices speak first and those for one point last. Worked out once for all points that the same is said of.
 */
export class PointRules {
  readonly #parts: PointRuleParts;
  readonly #said = new Map<string, Said>();
  readonly #clocks = new Map<string, (wallMs: number) => boolean>();

  constructor(parts: PointRuleParts) {
    this.#parts = parts;
  }

  /** Silence first, then limits and states. */
  of(place: PointPlace): readonly Rule[] {
    return [new StaleRule(this.#key(place, "stale"), place), ...this.#processRules(place)];
  }

  /** What the box works out itself is never silent. */
  ofComputed(place: PointPlace): readonly Rule[] {
    return this.#processRules(place);
  }

  /** At all times, and while each schedule is on. */
  judgedOf(place: PointPlace): readonly Judged[] {
    return this.#saidOf(place).judged;
  }

  #processRules(place: PointPlace): readonly ProcessRule[] {
    const { limits, states } = this.#saidOf(place);
    return [
      ...limits.map((said) => this.#placedLimit(place, said)),
      ...states.map((said) => new PlacedState(this.#key(place, said.type), place, said)),
    ];
  }

  #placedLimit(place: PointPlace, said: SaidLimit): PlacedLimit {
    const key = this.#key(place, said.type);
    const { from } = said.kind;
    if (from === null) return new PlacedLimit(key, place, said);
    const parsed = parseFormula(from);
    const compiled = "fault" in parsed ? parsed : compileFormula(parsed.tree, this.#parts.index.scopeAt(place.device.id, place.id));
    if (!("formula" in compiled)) throw new Error(`a reference of ${place.id} passed the check without a meaning: ${from}`);
    return new PlacedDeviation(key, place, said, { kind: "deviation", from: compiled.formula });
  }

  #key({ device, name }: PointPlace, type: string): string {
    return alarmKey(this.#parts.site, device.area, device.id, name, type);
  }

  #saidOf({ device, id, name, field, definition }: PointPlace): Said {
    const fitting = this.#fitting(id, device.id);
    const standard = this.#parts.areaStandard(device.area);
    const suggested = field === null ? undefined : device.profile.rules[field];
    const key = [
      name,
      suggested === undefined ? "" : device.profile.id,
      standard?.id ?? "",
      ...fitting.map(({ place, layer }) => `${place}${layer}`),
    ].join(" ");
    const known = this.#said.get(key);
    if (known !== undefined) return known;
    const general = [...generalLayers(name, suggested, device.profile.id), ...standardLayers(standard?.id, name, standard?.path ?? [])];
    const always = fitting.filter(({ entry }) => entry.during === undefined);
    const judged = layered([...general, ...always.flatMap((one) => layersOf(one, name))]);
    const variants = fitting.flatMap((one): { during: readonly string[]; judged: Judged }[] =>
      one.entry.during === undefined
        ? []
        : [
            {
              during: duringOf(one.entry.during),
              judged: layered([...general, ...[...always, one].toSorted(byLayer).flatMap((each) => layersOf(each, name))]),
            },
          ],
    );
    const said = this.#joined(judged, variants, definition);
    this.#said.set(key, said);
    return said;
  }

  #fitting(id: string, device: string): readonly Fitting[] {
    return this.#parts.entries
      .flatMap(({ entry, path }, place): Fitting[] => {
        const layers = entry.points.filter((pattern) => fitsPattern(pattern, id)).map((pattern) => layerOf(pattern, device));
        const layer = layers.toSorted((a, b) => LAYER_ORDER[b] - LAYER_ORDER[a])[0];
        return layer === undefined ? [] : [{ entry, path, place, layer }];
      })
      .toSorted(byLayer);
  }

  /** Rules of all times, with what schedules put in their place. */
  #joined(judged: Judged, variants: readonly { during: readonly string[]; judged: Judged }[], definition: PointDefinition): Said {
    const base = saidBy(judged, definition);
    if (variants.length === 0) return { judged: [judged], ...base };
    const others = variants.map(({ during, judged: other }) => ({
      ...{ schedules: during, isOn: this.#clock(during) },
      ...saidBy(other, definition),
    }));
    return {
      judged: [judged, ...variants.map((variant) => variant.judged)],
      limits: merged(
        base.limits,
        others.map(({ limits, ...when }) => ({ ...when, said: limits })),
        sameLevels,
      ),
      states: merged(
        base.states,
        others.map(({ states, ...when }) => ({ ...when, said: states })),
        sameState,
      ),
    };
  }

  #clock(during: readonly string[]): (wallMs: number) => boolean {
    const key = during.join(" ");
    const known = this.#clocks.get(key);
    if (known !== undefined) return known;
    const schedules = during.flatMap((id) => this.#parts.schedules.get(id) ?? []);
    const clock = scheduleClock(schedules, this.#parts.timezone);
    this.#clocks.set(key, clock);
    return clock;
  }
}

const byLayer = (a: Fitting, b: Fitting): number => LAYER_ORDER[a.layer] - LAYER_ORDER[b.layer] || a.place - b.place;

function layerOf(pattern: string, device: string): Fitting["layer"] {
  if (!pattern.includes("*")) return "point";
  return pattern.startsWith(`${device}/`) ? "device" : "site";
}

function layersOf({ entry, path, layer }: Fitting, name: string): readonly LayerOf[] {
  const origin: Origin = { layer, place: printPath(path), path };
  return [...standardLayers(entry.limits, name, [...path, "limits"]), { says: saidIn(entry), origin }];
}

const BUILT_IN: Origin = { layer: "builtin", place: "", path: [] };
export const originOf = ({ origins }: Judged, field: Parameters<Judged["origins"]["get"]>[0]): Origin => origins.get(field) ?? BUILT_IN;

function saidBy(
  judged: Judged,
  definition: PointDefinition,
): { readonly limits: readonly SaidLimit[]; readonly states: readonly SaidState[] } {
  const { judgement } = judged;
  const flats = flatOf(judged);
  if (definition.kind === "state") {
    const states = Object.entries(judgement.state ?? {}).flatMap(([type, severity]): SaidState[] => {
      const state = stateIndex(definition, type);
      const words = definition.states[state ?? -1];
      if (state === undefined || words === undefined) return [];
      return [{ judged, origin: originOf(judged, "state"), type, state, severity, words, flat: null, variants: [] }];
    });
    return { limits: [], states: [...states, ...flats] };
  }
  const { high, low, deadband, rate, deviation, increase } = judgement;
  const plain = (side: "high" | "low"): Kind => ({ judges: "value", side, per: "", derivation: null, from: null });
  const said = (kind: Kind, type: LimitRule["type"], levels: readonly Level[], band: number, origin: Origin): SaidLimit => ({
    ...{ judged, origin, type, kind, levels, deadband: band, variants: [] },
  });
  const limits: SaidLimit[] = [
    said(plain("high"), "high", levelsOf(high, "high"), deadband ?? 0, originOf(judged, "high")),
    said(plain("low"), "low", levelsOf(low, "low"), deadband ?? 0, originOf(judged, "low")),
  ];
  for (const { within, rise, fall, deadband: band } of rate ?? []) {
    const span = spanText(within);
    const kind = (side: "high" | "low"): Kind => ({
      ...{ judges: "rate", side, per: `/${span}`, derivation: { kind: "rate", windowMs: within }, from: null },
    });
    const origin = originOf(judged, "rate");
    limits.push(said(kind("high"), `high-rate-${span}`, levelsOf(rise, "high"), band ?? 0, origin));
    limits.push(said(kind("low"), `low-rate-${span}`, negated(levelsOf(fall, "high")), band ?? 0, origin));
  }
  if (deviation) {
    const kind = (side: "high" | "low"): Kind => ({ judges: "deviation", side, per: "", derivation: null, from: deviation.from });
    const origin = originOf(judged, "deviation");
    limits.push(said(kind("high"), "high-deviation", levelsOf(deviation.above, "high"), deviation.deadband ?? 0, origin));
    limits.push(said(kind("low"), "low-deviation", negated(levelsOf(deviation.below, "high")), deviation.deadband ?? 0, origin));
  }
  if (increase) {
    const span = spanText(increase.within);
    const levels = levelsOf(increase.high, "high");
    const derivation: Derivation = {
      ...{ kind: "increase", windowMs: increase.within, wrap: increase.wrap ?? null },
      above: levels[0]?.limit ?? 0,
    };
    const kind: Kind = { judges: "increase", side: "high", per: `/${span}`, derivation, from: null };
    limits.push(said(kind, `high-increase-${span}`, levels, 0, originOf(judged, "increase")));
  }
  return { limits: limits.filter(({ levels }) => levels.length > 0), states: flats };
}

const negated = (levels: readonly Level[]): readonly Level[] => levels.map(({ severity, limit }) => ({ severity, limit: -limit }));

function flatOf(judged: Judged): readonly SaidState[] {
  const { flat } = judged.judgement;
  if (flat === undefined || flat === false) return [];
  const span = spanText(flat.for);
  const derivation = { kind: "flat", forMs: flat.for, tolerance: flat.tolerance } as const;
  const words = { zh: `${span} 内无变化`, en: `has not moved for ${span}` };
  const origin = originOf(judged, "flat");
  return [{ judged, origin, type: `flat-${span}`, state: 1, severity: flat.severity, words, flat: derivation, variants: [] }];
}

/** Rules by type; where one is not there at all times, or not during a schedule, it stands there with what can never be reached. */
function merged<What extends (SaidLimit | SaidState) & { readonly variants: readonly SaidVariant<What>[] }>(
  base: readonly What[],
  others: readonly { readonly schedules: readonly string[]; readonly isOn: SaidVariant<What>["isOn"]; readonly said: readonly What[] }[],
  same: (all: readonly What[], one: What | undefined) => What,
): readonly What[] {
  const types = new Set([...base, ...others.flatMap(({ said }) => said)].map(({ type }) => type));
  return [...types].map((type) => {
    const find = (list: readonly What[]): What | undefined => list.find((one) => one.type === type);
    const all = [base, ...others.map(({ said }) => said)].flatMap((list) => find(list) ?? []);
    const always = same(all, find(base));
    const variants = others.map(({ schedules, isOn, said }) => ({ schedules, isOn, said: same(all, find(said)) }));
    // What a schedule says of the upper limit changes nothing of the lower one.
    return { ...always, variants: variants.some(({ said }) => !isAlike(said, always)) ? variants : [] };
  });
}

/** Whether both judge in the same way, whoever says so. */
function isAlike(one: SaidLimit | SaidState, other: SaidLimit | SaidState): boolean {
  const whatOf = (said: SaidLimit | SaidState) => ("levels" in said ? [said.levels, said.deadband] : [said.state, said.severity]);
  const delaysOf = ({ judged: { judgement } }: SaidLimit | SaidState) => [judgement.onDelayMs, judgement.offDelayMs];
  // What can never be reached is null in both.
  const shown = (said: SaidLimit | SaidState): string => JSON.stringify([whatOf(said), delaysOf(said)]);
  return shown(one) === shown(other);
}

/** The same severities in each, so that a level is the same thing at any time. */
function sameLevels(all: readonly SaidLimit[], one: SaidLimit | undefined): SaidLimit {
  const [first] = all as [SaidLimit];
  const severities = SEVERITIES.toReversed().filter((severity) =>
    all.some(({ levels }) => levels.some((level) => level.severity === severity)),
  );
  const never = first.kind.side === "high" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const levels = severities.map((severity) => ({
    ...{ severity, limit: one?.levels.find((level) => level.severity === severity)?.limit ?? never },
  }));
  return { ...(one ?? first), levels };
}

/** No reading is ever in the state NaN. */
function sameState(all: readonly SaidState[], one: SaidState | undefined): SaidState {
  return one ?? { ...(all[0] as SaidState), state: Number.NaN };
}

/** A variant is the same rule each time. Beside the rules, because few of them have any. */
const VARIANTS = new WeakMap<PlacedRule, readonly Variant[]>();

function variantsOf(rule: PlacedRule, make: () => readonly Variant[]): readonly Variant[] {
  const variants = VARIANTS.get(rule) ?? make();
  VARIANTS.set(rule, variants);
  return variants;
}

/**
 * A rule at its point. A site of thousands of points has three of these for each, nearly none of which ever rings: they keep what tells
 * them apart, and say the rest when they are asked.
 */
abstract class PlacedRule {
  readonly key: string;
  readonly place: PointPlace;

  constructor(key: string, place: PointPlace) {
    this.key = key;
    this.place = place;
  }

  get device(): string {
    return this.place.device.id;
  }
  get pointId(): string {
    return this.place.id;
  }
  /** How a person names the point. */
  protected get name(): Words {
    return pointText(this.place.device.name, this.place.definition, this.place.segment);
  }
}

abstract class SaidRule<What extends SaidLimit | SaidState> extends PlacedRule {
  readonly said: What;

  constructor(key: string, place: PointPlace, said: What) {
    super(key, place);
    this.said = said;
  }

  get point(): number {
    return this.place.number;
  }
  get onDelayMs(): number {
    return this.said.judged.judgement.onDelayMs ?? DELAY_MS;
  }
  get offDelayMs(): number {
    return this.said.judged.judgement.offDelayMs ?? DELAY_MS;
  }
  get latched(): boolean {
    return this.said.judged.judgement.latched ?? false;
  }
  get reAlarmMs(): number | undefined {
    return this.said.judged.judgement.reAlarmMs;
  }
}

export class PlacedLimit extends SaidRule<SaidLimit> implements LimitRule {
  get kind() {
    return "limit" as const;
  }
  get type() {
    return this.said.type;
  }
  get levels() {
    return this.said.levels;
  }
  get deadband() {
    return this.said.deadband;
  }
  get unit(): string {
    return `${this.place.definition.unit}${this.said.kind.per}`;
  }
  get derivation(): Derivation | undefined {
    return this.said.kind.derivation ?? undefined;
  }
  get variants(): readonly Variant[] | undefined {
    if (this.said.variants.length === 0) return undefined;
    return variantsOf(this, () =>
      this.said.variants.map(({ isOn, said }) => ({ isOn, rule: new PlacedLimit(this.key, this.place, said) })),
    );
  }
  get action(): Words {
    return this.said.judged.judgement.action ?? DEFAULT_ACTIONS[this.said.kind.side];
  }
  get text(): Words {
    const { judges, side, per } = this.said.kind;
    return limitText(
      judges,
      side === "high",
      per.slice(1),
      { point: this.name, device: this.place.device.name },
      this.said.judged.judgement.text,
    );
  }
}

function limitText(
  judges: Kind["judges"],
  isHigh: boolean,
  span: string,
  { point: { zh, en }, device }: { readonly point: Words; readonly device: Words },
  own: Words | undefined,
): Words {
  switch (judges) {
    case "rate":
      return { zh: `${zh} ${span} 内${isHigh ? "上升" : "下降"}过快`, en: `${en} ${isHigh ? "rises" : "falls"} too fast (${span})` };
    case "deviation":
      return { zh: `${zh} ${isHigh ? "高于" : "低于"}参考值过多`, en: `${en} is too far ${isHigh ? "above" : "below"} its reference` };
    case "increase":
      return { zh: `${zh} ${span} 内增加过多`, en: `${en} has gone up too much (${span})` };
    case "value":
      if (own !== undefined) return { zh: `${device.zh} ${own.zh}`, en: `${device.en}: ${own.en}` };
      return isHigh ? { zh: `${zh}过高`, en: `${en} too high` } : { zh: `${zh}过低`, en: `${en} too low` };
  }
}

/** Its reference was made for this point. */
class PlacedDeviation extends PlacedLimit {
  readonly #from: Derivation;

  constructor(key: string, place: PointPlace, said: SaidLimit, from: Derivation) {
    super(key, place, said);
    this.#from = from;
  }

  override get derivation(): Derivation {
    return this.#from;
  }
}

export class PlacedState extends SaidRule<SaidState> implements StateRule {
  get kind() {
    return "state" as const;
  }
  get type() {
    return this.said.type;
  }
  get state() {
    return this.said.state;
  }
  get severity() {
    return this.said.severity;
  }
  get unit(): string {
    return "";
  }
  get derivation(): Derivation | undefined {
    return this.said.flat ?? undefined;
  }
  get variants(): readonly Variant[] | undefined {
    if (this.said.variants.length === 0) return undefined;
    return variantsOf(this, () =>
      this.said.variants.map(({ isOn, said }) => ({ isOn, rule: new PlacedState(this.key, this.place, said) })),
    );
  }
  get action(): Words {
    return this.said.judged.judgement.action ?? (this.said.flat === null ? DEFAULT_ACTIONS.state : DERIVED_ACTIONS.flat);
  }
  get text(): Words {
    const { zh, en } = this.name;
    const { words, flat } = this.said;
    if (flat !== null) return { zh: `${zh} ${words.zh}`, en: `${en} ${words.en}` };
    return { zh: `${zh}：${words.zh}`, en: `${en}: ${withinSentence(words.en)}` };
  }
}

/** The device answers, and this point has no valid value. */
class StaleRule extends PlacedRule implements SilenceRule {
  get kind() {
    return "silence" as const;
  }
  get type() {
    return "stale" as const;
  }
  get severity() {
    return "minor" as const;
  }
  get unit() {
    return "";
  }
  get onDelayMs() {
    return 0;
  }
  get offDelayMs() {
    return 0;
  }
  get action(): Words {
    return SILENCE_ACTIONS.stale;
  }
  get text(): Words {
    const { zh, en } = this.name;
    return { zh: `${zh} 无有效数据`, en: `${en} has no valid value` };
  }
}
