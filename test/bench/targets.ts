import type { Row } from "./row.ts";

/** What the product wants to reach, by metric. A number that has no goal here is only reported. */
const GOALS: readonly { readonly metric: RegExp; readonly atMost?: number; readonly atLeast?: number }[] = [
  { metric: /^start → first good reading$/, atMost: 800 },
  { metric: /^start with 30 days of data .*→ first good reading$/, atMost: 2_000 },
  { metric: /^event loop, [25],.*(browsers|documents): delay p99$/, atMost: 10 },
  { metric: /^first contentful paint, plain$/, atMost: 200 },
  { metric: /^first contentful paint, 4×/, atMost: 700 },
  { metric: /webhook received, p50/, atMost: 10 },
  { metric: /webhook received, p99/, atMost: 50 },
  { metric: /at the browser's socket, p99/, atMost: 100 },
  { metric: /^5,000 points .* CPU per 1,000 values$/, atMost: 4 },
  { metric: /^5,000 points .* RSS/, atMost: 120 },
  { metric: /^SNMP, 64 agents .* at 1 s: CPU per 1,000 values$/, atMost: 5 },
  { metric: /lateness p99$/, atMost: 100 },
  { metric: /^RTU 9600 8N1, 50 registers: of the theoretical rate$/, atLeast: 97 },
  { metric: /^RTU .*: silence kept, least$/, atLeast: 3.5 },
  { metric: /^RTU .*: silence broken$/, atMost: 0 },
  { metric: /^RTU .*, 1 of 16 dead: .* grows by$/, atMost: 1.05 },
  { metric: /^RTU .*, 5 of 32 dead: .* grows by$/, atMost: 1.3 },
  { metric: /^dashboard before charts, gzip$/, atMost: 70 },
  { metric: /^dashboard with charts .*, gzip$/, atMost: 100 },
  { metric: /^hub, 50 clients, .*: CPU$/, atMost: 1 },
  { metric: /^hub, .*: bytes per changed value$/, atMost: 6 },
  { metric: /^rules, 5,000 points .*: evaluations$/, atLeast: 1_000_000 },
  { metric: /^journal, storm of 500 alarms in 10 s, flushes$/, atMost: 250 },
  { metric: /^blackout, .*, incidents$/, atMost: 5 },
  { metric: /^blackout, .*, messages to a target$/, atMost: 20 },
  { metric: /^blackout, .*, p99$/, atMost: 50 },
  // 60 Hz, less what a headless browser leaves out in a quiet room.
  { metric: /^screen in a blackout, frames a second$/, atLeast: 55 },
  { metric: /^outbox, drain/, atLeast: 500 },
  { metric: /^outbox, commit → first attempt, p99$/, atMost: 200 },
  { metric: /^outbox, messages out of order$/, atMost: 0 },
  // The whole product: 150; the journal and the system have the rest.
  { metric: /^flapping link, .*, (incidents without a ticket|orphaned|duplicate|messages out of order)/, atMost: 0 },
  { metric: /^history, written a day/, atMost: 100 },
  { metric: /^history, kept of a day/, atMost: 25 },
  { metric: /^history, .* every reading, MB per million$/, atMost: 0.5 },
  { metric: /^history, 30 days of .* p99$/, atMost: 150 },
  // Half a percent of a core.
  { metric: /^look ahead, .*: per look of 30 s$/, atMost: 150 },
  { metric: /^history, taking in a reading/, atMost: 1_000 },
  { metric: /^fleet, scrape of .*longest turn/, atMost: 5 },
  { metric: /^fleet, .* up$/, atLeast: 200 },
  { metric: /^review, figures of a day/, atMost: 100 },
];

export interface Judged extends Row {
  /** As printed, e.g. `≤ 4`; empty without a goal. */
  readonly goal: string;
  readonly reached: "yes" | "no" | "";
}

export function judge(row: Row): Judged {
  const goal = GOALS.find(({ metric }) => metric.test(row.metric));
  if (goal === undefined) return { ...row, goal: "", reached: "" };
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = goal;
  const reached = row.value <= atMost && row.value >= atLeast;
  return { ...row, goal: goal.atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`, reached: reached ? "yes" : "no" };
}
