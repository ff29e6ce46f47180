import { stringify } from "yaml";
import type { PointDefinition } from "../../drivers/vocabulary.ts";
import type { ProcessRule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import type { Suggestion, SuggestReply, SuggestRequest } from "../contract/review.ts";
import { loadOf } from "./episodes.ts";
import { lead, type Pacing, type ReadingSource } from "./lead.ts";
import { NoiseMeter } from "./noise.ts";
import { Conductor, Replay, type ReplayPoint } from "./replay.ts";
import { type Settings, withSettings } from "./rules.ts";
import { type Candidate, candidatesOf, judged, latestDetection, settingsOf, startDeadband } from "./suggest.ts";
import { leadInOf, READINGS_PER_LOOK } from "./what-if.ts";

const MINUTE_MS = 60_000;
/** Readings further apart than so many periods are no neighbours. */
const NEIGHBOUR_PERIODS = 2.5;
/** Rule sets that are led through the readings at once, at the most: a bound for the work. */
export const CANDIDATES_MAX = 24;
/** With fewer there is nothing to learn from. */
const NUISANCE_MIN = 2;

export interface SuggestParts {
  readonly source: ReadingSource;
  readonly point: ReplayPoint;
  readonly definition: PointDefinition;
  readonly rules: readonly ProcessRule[];
  /** What the site file says last of the point, as it stands there; null: nothing. */
  readonly entry: Readonly<Record<string, unknown>> | null;
}

/** The smallest change that takes away what nobody can act on and keeps what lasts, each shown by a replay. Nothing is applied. */
export async function suggest(parts: SuggestParts, asked: SuggestRequest, pacing: Pacing): Promise<SuggestReply> {
  const { source, point, rules, definition } = parts;
  const { fromMs, toMs, keepLongerThanMs, removePercent } = asked;
  const half = (from: number): Pacing => ({ ...pacing, progress: (done) => pacing.progress(from + done / 2) });
  const span = { fromMs, toMs, leadInMs: leadInOf(rules) };
  const meter = new NoiseMeter(rules, NEIGHBOUR_PERIODS * Math.max(point.periodMs, MINUTE_MS));
  await lead(source, [point.id], { ...span, leadInMs: 0 }, ({ series }) => listen(meter, series), half(0));
  const start = startDeadband(definition);
  const candidates = candidatesOf(rules, meter.noise, start).slice(0, CANDIDATES_MAX - 1);
  const numbers = new Map(rules.map((rule) => [point.id, rule.point]));
  const today = new Replay({ rules, numbers }, [point]);
  const tried = candidates.map(
    ({ settings }) => new Replay({ rules: rules.map((rule) => withSettings(rule, settings)), numbers }, [point]),
  );
  const conductor = new Conductor([today, ...tried], [point]);
  const basis = await lead(source, [point.id], span, (piece) => conductor.piece(piece, MINUTE_MS, READINGS_PER_LOOK), half(0.5));
  conductor.end(toMs);
  const now = settingsOf(rules);
  const before = today.histories(fromMs, toMs);
  const { nuisance, lasting } = judged(before, now.onMs, keepLongerThanMs, toMs);
  const found = new Map<Candidate["what"], Suggestion>();
  for (const [n, { what, settings, start: isStart }] of candidates.entries()) {
    if (found.has(what) || nuisance < NUISANCE_MIN || (what === "together" && found.size > 0)) continue;
    const after = (tried[n] as Replay).histories(fromMs, toMs);
    const left = judged(after, now.onMs, keepLongerThanMs, toMs).nuisance;
    const latestDetectionMs = latestDetection(lasting, after);
    if (latestDetectionMs === null || (100 * (nuisance - left)) / nuisance < removePercent) continue;
    const { deadband, onMs, offMs } = settings;
    found.set(what, {
      ...{ what, deadband, onMs, offMs, start: isStart, nuisanceBefore: nuisance, nuisanceAfter: left, latestDetectionMs },
      ...{ perWeekBefore: loadOf(before, fromMs, toMs).perWeek, perWeekAfter: loadOf(after, fromMs, toMs).perWeek },
      yaml: fragmentOf(point.id, parts.entry, now, settings),
    });
  }
  const episodes = before.reduce((sum, history) => sum + history.episodes.length, 0);
  return {
    ...{ point: point.id, fromMs, toMs, basis, noise: meter.noise, crossings: meter.crossings, episodes, nuisance },
    ...{ lasting: lasting.length, startDeadband: start, suggestions: [...found.values()] },
    reason: found.size > 0 ? null : reasonOf(basis.samples, nuisance),
  };
}

function* listen(meter: NoiseMeter, series: readonly { readonly times: Float64Array; readonly values: Float64Array }[]): Generator<void> {
  for (const { times, values } of series)
    for (let n = 0; n < times.length; n += 1) {
      meter.see(values[n] as number, times[n] as number);
      if (n % READINGS_PER_LOOK === 0) yield;
    }
}

/** The entry of today with what changes put over it: a new one alone would lose the limits of the old one. */
function fragmentOf(point: string, entry: SuggestParts["entry"], now: Settings, { deadband, onMs, offMs }: Settings): string {
  const changes = {
    ...(deadband === null || deadband === now.deadband ? {} : { deadband }),
    ...(onMs === now.onMs ? {} : { on: spanText(onMs) }),
    ...(offMs === now.offMs ? {} : { off: spanText(offMs) }),
  };
  return stringify([{ ...entry, points: [point], ...changes }], { lineWidth: 0 });
}

function spanText(ms: number): string {
  return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS}min` : `${ms / 1_000}s`;
}

function reasonOf(samples: number, nuisance: number): Words {
  if (samples === 0)
    return {
      zh: "这段时间没有该测点的历史数据：请选择其他时段。",
      en: "Nothing is kept of this point in that period: choose another one.",
    };
  if (nuisance < NUISANCE_MIN)
    return {
      zh: "这段时间没有反复或一闪而过的告警：无需更改；要更可靠可选更长的时段。",
      en: "No alarm of this point was fleeting or came again and again in that period: nothing to change. A longer period tells more.",
    };
  return {
    zh: "试过的回差和延时都做不到：限值可能就在正常范围内，或传感器有故障。请检查限值和传感器，或放宽要求。",
    en: "No deadband or delay that was tried does it: the limit may lie where the value usually is, or the sensor fails. Look at both, or ask for less.",
  };
}
