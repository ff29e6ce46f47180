import type { SuggestedRule } from "../../drivers/profile-parts.ts";
import { type PointDefinition, stateIndex } from "../../drivers/vocabulary.ts";
import type { Level, LimitRule, Rule, SilenceRule, StateRule } from "../alarms/rule.ts";
import type { Severity, Words } from "../contract/alarm.ts";
import { DEFAULT_ACTIONS, DEFAULT_RULES, type DefaultRule, SILENCE_ACTIONS } from "./default-rules.ts";
import type { Device } from "./model.ts";
import { alarmKey, fitsPattern, levelsOf, pointText, withinSentence } from "./rules.ts";
import type { RuleEntry } from "./schema.ts";

/** On- and off-delay of a rule for a point that the house has no rule for. */
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

/** What the site file or the house says of all points of one name. */
interface SaidLimit {
  readonly rule: DefaultRule;
  readonly type: "high" | "low";
  readonly levels: readonly Level[];
}
interface SaidState {
  readonly rule: DefaultRule;
  readonly type: string;
  readonly state: number;
  readonly severity: Severity;
  readonly words: Words;
}
interface Said {
  readonly limits: readonly SaidLimit[];
  readonly states: readonly SaidState[];
}
type SaidByName = Map<string, Said>;

/**
 * The rules of points: what the site file says last, else what the house says, else what the maker suggests in the profile. What is said is
 * worked out once per name and profile, not per point.
 */
export class PointRules {
  readonly #site: string;
  readonly #entries: readonly { readonly entry: RuleEntry; readonly said: SaidByName }[];
  readonly #house: SaidByName = new Map();

  constructor(site: string, entries: readonly RuleEntry[]) {
    this.#site = site;
    this.#entries = entries.map((entry) => ({ entry, said: new Map() }));
  }

  /** Silence first, then limits and states. */
  of(place: PointPlace): readonly Rule[] {
    const { limits, states } = this.#saidOf(place);
    return [
      new StaleRule(this.#key(place, "stale"), place),
      ...limits.map((said) => new PlacedLimit(this.#key(place, said.type), place, said)),
      ...states.map((said) => new PlacedState(this.#key(place, said.type), place, said)),
    ];
  }

  /** What the box works out itself is never silent. */
  ofComputed(place: PointPlace): readonly Rule[] {
    return this.#saidOf(place).limits.map((said) => new PlacedLimit(this.#key(place, said.type), place, said));
  }

  #key({ device, name }: PointPlace, type: string): string {
    return alarmKey(this.#site, device.area, device.id, name, type);
  }

  #saidOf({ device, id, name, field, definition }: PointPlace): Said {
    const last = this.#entries.findLast(({ entry }) => entry.points.some((pattern) => fitsPattern(pattern, id)));
    const byName = last?.said ?? this.#house;
    const suggested = DEFAULT_RULES[name] === undefined && field !== null ? device.profile.rules[field] : undefined;
    const key = suggested === undefined ? name : `${name} ${device.profile.id}`;
    const known = byName.get(key);
    if (known !== undefined) return known;
    const general = DEFAULT_RULES[name] ?? (suggested === undefined ? undefined : fromProfile(suggested));
    const said = saidBy(last === undefined ? general : fromEntry(last.entry, general), definition);
    byName.set(key, said);
    return said;
  }
}

function fromProfile({ high, low, state, deadband, onDelayMs, offDelayMs, action }: SuggestedRule): DefaultRule {
  return {
    ...(high === undefined ? {} : { high: withoutGaps(high) }),
    ...(low === undefined ? {} : { low: withoutGaps(low) }),
    ...(state === undefined ? {} : { state }),
    ...(deadband === undefined ? {} : { deadband }),
    ...(action === undefined ? {} : { action }),
    onDelayMs,
    offDelayMs,
  };
}

function withoutGaps(limits: Partial<Record<Severity, number | undefined>>): Partial<Record<Severity, number>> {
  return Object.fromEntries(Object.entries(limits).flatMap(([severity, limit]) => (limit === undefined ? [] : [[severity, limit]])));
}

function saidBy(rule: DefaultRule | undefined, definition: PointDefinition): Said {
  if (rule === undefined) return { limits: [], states: [] };
  if (definition.kind !== "state") {
    const limits = (["high", "low"] as const).map((type): SaidLimit => ({ rule, type, levels: levelsOf(rule[type], type) }));
    return { limits: limits.filter(({ levels }) => levels.length > 0), states: [] };
  }
  const states = Object.entries(rule.state ?? {}).flatMap(([type, severity]): SaidState[] => {
    const state = stateIndex(definition, type);
    const words = definition.states[state ?? -1];
    return state === undefined || words === undefined ? [] : [{ rule, type, state, severity, words }];
  });
  return { limits: [], states };
}

/** The house's rule for the point with what the entry says put over it: a changed delay must not lose a latch. */
function fromEntry(entry: RuleEntry, house: DefaultRule | undefined): DefaultRule {
  const action = entry.action ?? house?.action;
  const high = entry.high ?? house?.high;
  const low = entry.low ?? house?.low;
  const state = entry.state ?? house?.state;
  return {
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    ...(state === undefined ? {} : { state }),
    deadband: entry.deadband ?? house?.deadband ?? 0,
    onDelayMs: entry.on ?? house?.onDelayMs ?? DELAY_MS,
    offDelayMs: entry.off ?? house?.offDelayMs ?? DELAY_MS,
    latched: entry.latched ?? house?.latched ?? false,
    ...(house?.text === undefined ? {} : { text: house.text }),
    ...(action === undefined ? {} : { action: typeof action === "string" ? { zh: action, en: action } : action }),
  };
}

/**
 * A rule at its point. A site of thousands of points has three of these for each, nearly none of which ever rings: they keep what tells
 * them apart, and say the rest when they are asked.
 */
abstract class PlacedRule {
  readonly key: string;
  protected readonly place: PointPlace;

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
  protected readonly said: What;

  constructor(key: string, place: PointPlace, said: What) {
    super(key, place);
    this.said = said;
  }

  get point(): number {
    return this.place.number;
  }
  get unit(): string {
    return this.place.definition.unit;
  }
  get onDelayMs(): number {
    return this.said.rule.onDelayMs;
  }
  get offDelayMs(): number {
    return this.said.rule.offDelayMs;
  }
  get latched(): boolean {
    return this.said.rule.latched ?? false;
  }
}

class PlacedLimit extends SaidRule<SaidLimit> implements LimitRule {
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
    return this.said.rule.deadband ?? 0;
  }
  get action(): Words {
    return this.said.rule.action ?? DEFAULT_ACTIONS[this.said.type];
  }
  get text(): Words {
    const own = this.said.rule.text;
    const device = this.place.device.name;
    if (own !== undefined) return { zh: `${device.zh} ${own.zh}`, en: `${device.en}: ${own.en}` };
    const { zh, en } = this.name;
    return this.said.type === "high" ? { zh: `${zh}过高`, en: `${en} too high` } : { zh: `${zh}过低`, en: `${en} too low` };
  }
}

class PlacedState extends SaidRule<SaidState> implements StateRule {
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
  get action(): Words {
    return this.said.rule.action ?? DEFAULT_ACTIONS.state;
  }
  get text(): Words {
    const { zh, en } = this.name;
    return { zh: `${zh}：${this.said.words.zh}`, en: `${en}: ${withinSentence(this.said.words.en)}` };
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
