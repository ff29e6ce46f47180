import type { PointDefinition } from "../../drivers/vocabulary.ts";
import type { ProcessRule } from "../alarms/rule.ts";
import type { Episode } from "../contract/review.ts";
import type { AlarmHistory } from "./episodes.ts";
import type { Settings } from "./rules.ts";
import { FLEETING_DELAYS } from "./targets.ts";

/** An alarm that is back so soon after its end is the same trouble once more. */
export const REPEAT_MS = 600_000;
/** Shorter than this nobody has looked. */
const SHORT_MIN_MS = 60_000;
/** Deadbands that are tried, in robust standard deviations of the noise. */
const NOISES = [2, 3, 4, 6, 8];
const OFF_DELAYS_MS = [30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];
const ON_DELAYS_MS = [10_000, 30_000, 60_000, 120_000, 300_000, 600_000];
/** Both at once, where neither does it alone. */
const TOGETHER = [
  { noises: 4, onMs: 0, offMs: 300_000 },
  { noises: 4, onMs: 60_000, offMs: 300_000 },
  { noises: 6, onMs: 300_000, offMs: 600_000 },
] as const;

/** EEMUA 191, deadbands to begin with in percent of the measuring range, by what is measured. */
const EEMUA_START: Readonly<Partial<Record<PointDefinition["unit"], number>>> = {
  "°C": 1,
  K: 1,
  Pa: 2,
  kPa: 2,
  m: 2,
  ppm: 1,
  ppb: 1,
  "m³/h": 5,
  "L/min": 5,
};

export interface Candidate {
  readonly what: "deadband" | "off" | "on" | "together";
  readonly settings: Settings;
  readonly start: boolean;
}

/** The deadband that EEMUA 191 begins with; null where it names none for what is measured. */
export function startDeadband(definition: PointDefinition): number | null {
  if (definition.kind === "state") return null;
  const percent = EEMUA_START[definition.unit];
  const [low, high] = definition.range;
  return percent === undefined || !Number.isFinite(high - low) ? null : neat((percent / 100) * (high - low));
}

/** Settings worth a try, of each kind the smallest first. `noise` in the unit of the point; null: unknown or a state. */
export function candidatesOf(rules: readonly ProcessRule[], noise: number | null, start: number | null): readonly Candidate[] {
  const now = settingsOf(rules);
  const { deadband } = now;
  const widest = widestDeadband(rules);
  const fits = (width: number): boolean => deadband !== null && width > deadband && width < widest;
  const widths = new Set(noise === null || noise === 0 ? [] : NOISES.map((times) => neat(times * noise)));
  if (start !== null) widths.add(start);
  const of = (what: Candidate["what"], change: Partial<Settings>): Candidate => ({
    ...{ what, settings: { ...now, ...change } },
    start: change.deadband !== undefined && change.deadband === start,
  });
  return [
    ...[...widths]
      .filter(fits)
      .sort((a, b) => a - b)
      .map((width) => of("deadband", { deadband: width })),
    ...OFF_DELAYS_MS.filter((offMs) => offMs > now.offMs).map((offMs) => of("off", { offMs })),
    ...ON_DELAYS_MS.filter((onMs) => onMs > now.onMs).map((onMs) => of("on", { onMs })),
    ...TOGETHER.map(({ noises, onMs, offMs }) => {
      const width = noise === null ? Number.NaN : neat(noises * noise);
      const delays = { onMs: Math.max(onMs, now.onMs), offMs: Math.max(offMs, now.offMs) };
      return of("together", { ...delays, ...(fits(width) ? { deadband: width } : {}) });
    }),
  ];
}

/** The settings that an entry of the site file would change, as they are now. */
export function settingsOf(rules: readonly ProcessRule[]): Settings {
  const limits = rules.flatMap((rule) => (rule.kind === "limit" ? [rule.deadband] : []));
  return {
    deadband: limits.length === 0 ? null : Math.max(...limits),
    onMs: Math.max(...rules.map(({ onDelayMs }) => onDelayMs)),
    offMs: Math.max(...rules.map(({ offDelayMs }) => offDelayMs)),
  };
}

/** Wider, and a high alarm could not clear above where a low one begins. */
function widestDeadband(rules: readonly ProcessRule[]): number {
  const limitOf = (type: string): number | undefined =>
    rules.flatMap((rule) => (rule.kind === "limit" && rule.type === type ? (rule.levels[0]?.limit ?? []) : []))[0];
  const [high, low] = [limitOf("high"), limitOf("low")];
  return high === undefined || low === undefined ? Number.POSITIVE_INFINITY : high - low;
}

/** Up to one of 1, 1.5, 2, 3, 5, 7 times a power of ten: a number that a person would write. */
export function neat(value: number): number {
  if (!(value > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 5, 7, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(3));
}

/** What alarms of a point came to. */
export interface Judged {
  /** Nobody could act on them: over at once, or back at once. */
  readonly nuisance: number;
  readonly lasting: readonly (Episode & { readonly type: string })[];
}

/** @param onMs the on-delay of today's rule: what is too short does not change with what is tried. */
export function judged(histories: readonly AlarmHistory[], onMs: number, keepLongerThanMs: number, toMs: number): Judged {
  const shortMs = Math.max(FLEETING_DELAYS * onMs, SHORT_MIN_MS);
  let nuisance = 0;
  const lasting: (Episode & { readonly type: string })[] = [];
  for (const { type, episodes } of histories)
    episodes.forEach((episode, n) => {
      const lastedMs = (episode.toMs ?? toMs) - episode.fromMs;
      const beforeMs = episodes[n - 1]?.toMs;
      const isBack = beforeMs != null && episode.fromMs - beforeMs < REPEAT_MS;
      if ((episode.toMs !== null && lastedMs < shortMs) || isBack) nuisance += 1;
      if (lastedMs > keepLongerThanMs) lasting.push({ ...episode, type });
    });
  return { nuisance, lasting };
}

/** By how much later the alarms that last would ring at the worst; null: one of them would not ring at all. */
export function latestDetection(lasting: Judged["lasting"], tried: readonly AlarmHistory[]): number | null {
  let latestMs = 0;
  for (const { type, fromMs, toMs } of lasting) {
    const episodes = tried.find((history) => history.type === type)?.episodes ?? [];
    const found = episodes.find(
      (one) => (one.toMs ?? Number.POSITIVE_INFINITY) > fromMs && one.fromMs < (toMs ?? Number.POSITIVE_INFINITY),
    );
    if (found === undefined) return null;
    latestMs = Math.max(latestMs, found.fromMs - fromMs);
  }
  return latestMs;
}
