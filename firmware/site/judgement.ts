import type { SuggestedRule } from "../../drivers/profile-parts.ts";
import type { Severity, Words } from "../contract/alarm.ts";
import type { RuleLayer } from "../contract/rules.ts";
import { DEFAULT_RULES, type DefaultRule } from "./default-rules.ts";
import { clauseFor, LIMIT_PROFILES } from "./limit-profiles.ts";
import type { RuleEntry } from "./rule-schema.ts";

export type Limits = Partial<Record<Severity, number | undefined>>;

export interface RateLimits {
  readonly within: number;
  readonly rise?: Limits | undefined;
  readonly fall?: Limits | undefined;
  readonly deadband?: number | undefined;
}

/** All that can be said of how a point is judged. What a layer does not say stays as the layer below has it. */
export interface Judgement extends Omit<Partial<DefaultRule>, "high" | "low"> {
  readonly high?: Limits;
  readonly low?: Limits;
  readonly reAlarmMs?: number;
  readonly rate?: readonly RateLimits[];
  readonly deviation?: Exclude<RuleEntry["deviation"], undefined>;
  readonly increase?: Exclude<RuleEntry["increase"], undefined>;
  readonly flat?: Exclude<RuleEntry["flat"], undefined>;
}
export type JudgementField = keyof Judgement;

/** Who says it, and where: `rules[2]`, a profile's or a standard's id. */
export interface Origin {
  readonly layer: RuleLayer;
  readonly place: string;
  /** In the site file; empty for what does not stand there. */
  readonly path: readonly PropertyKey[];
  /** Of a standard. */
  readonly clause?: Words;
  readonly unverified?: true;
}

/** How a point is judged, and who says each part of it. */
export interface Judged {
  readonly judgement: Judgement;
  readonly origins: ReadonlyMap<JudgementField, Origin>;
}

export interface LayerOf {
  readonly says: Judgement;
  readonly origin: Origin;
}

/** One layer over the other: later ones hold, field by field. */
export function layered(layers: readonly LayerOf[]): Judged {
  const origins = new Map<JudgementField, Origin>();
  for (const { says, origin } of layers) for (const field of Object.keys(says) as JudgementField[]) origins.set(field, origin);
  return { judgement: Object.assign({}, ...layers.map(({ says }) => says)), origins };
}

/** What the maker suggests and what the house says; the house's holds over the maker's, so that two makers' devices are judged alike. */
export function generalLayers(name: string, suggested: SuggestedRule | undefined, profile: string): readonly LayerOf[] {
  const house = DEFAULT_RULES[name];
  return [
    ...(suggested === undefined
      ? []
      : [{ says: bySuggestion(suggested), origin: { layer: "profile" as const, place: profile, path: [] } }]),
    ...(house === undefined ? [] : [{ says: house, origin: { layer: "house" as const, place: name, path: [] } }]),
  ];
}

/** What a standard says of the point; `path` is where the site file names it. */
export function standardLayers(id: string | undefined, name: string, path: readonly PropertyKey[]): readonly LayerOf[] {
  const clause = id === undefined ? undefined : clauseFor(id, name);
  if (id === undefined || clause === undefined) return [];
  const { clause: words, unverified, ...says } = clause;
  const origin: Origin = {
    ...{ layer: "standard", place: LIMIT_PROFILES.get(id)?.id ?? id, path, clause: words },
    ...(unverified === true ? { unverified } : {}),
  };
  return [{ says, origin }];
}

function bySuggestion({ high, low, state, deadband, onDelayMs, offDelayMs, action }: SuggestedRule): Judgement {
  return withoutGaps({ high, low, state, deadband, onDelayMs, offDelayMs, action });
}

/** What an entry of `rules` says itself. */
export function saidIn(entry: RuleEntry): Judgement {
  const { high, low, state, deadband, on, off, latched, reAlarm, action, rate, deviation, increase, flat } = entry;
  return withoutGaps({
    ...{ high, low, state, deadband, onDelayMs: on, offDelayMs: off, latched, reAlarmMs: reAlarm },
    action: typeof action === "string" ? { zh: action, en: action } : action,
    rate: rate === undefined ? undefined : rate === false ? [] : [rate].flat(),
    ...{ deviation, increase, flat },
  });
}

function withoutGaps(says: { readonly [Field in JudgementField]?: Judgement[Field] | undefined }): Judgement {
  return Object.fromEntries(Object.entries(says).filter(([, value]) => value !== undefined));
}
