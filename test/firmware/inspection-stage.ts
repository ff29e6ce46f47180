import type { ClockQuality } from "../../firmware/contract/clock.ts";
import type { InspectionTemplate } from "../../firmware/contract/inspection.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import type { PointSummary, Trend } from "../../firmware/history/history.ts";
import { InspectionDesk } from "../../firmware/inspection/desk.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import type { InspectionPort } from "../../firmware/serve/ports.ts";
import { form, summary } from "./inspection-forms.ts";
import { journalHere } from "./journal-entries.ts";

/** A wall clock that the test sets, and beats that come when the test says so. */
export class WallClock implements Clock {
  nowMs: number;
  trusted = true;
  readonly #tasks = new Set<() => void>();

  constructor(at: string) {
    this.nowMs = Temporal.Instant.from(at).epochMilliseconds;
  }

  set(at: string): void {
    this.nowMs = Temporal.Instant.from(at).epochMilliseconds;
  }

  wallMs = () => this.nowMs as WallMs;
  monotonicMs = () => this.nowMs as MonotonicMs;
  wallTrusted = () => this.trusted;
  quality = (): ClockQuality => ({ source: this.trusted ? "ntp" : "unsynced", errorMs: null });
  repeating = false;
  repeats = () => this.repeating;
  random = () => 0.5;
  uuid = () => systemClock.uuid();
  sleep = () => Promise.resolve();

  every(_ms: number, task: () => void): () => void {
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  async beat(): Promise<void> {
    for (const task of this.#tasks) task();
    for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What history says, and what it was asked. */
export class ScriptedHistory {
  readonly asked: { readonly points: readonly string[]; readonly fromMs: number; readonly toMs: number }[] = [];
  change: Partial<PointSummary> = {};
  error: Error | null = null;
  states: readonly number[] = [];

  async summaries(points: readonly string[], fromMs: number, toMs: number): Promise<readonly PointSummary[]> {
    if (this.error !== null) throw this.error;
    this.asked.push({ points, fromMs, toMs });
    return points.map((point) => summary(point, this.change));
  }

  async trend(points: readonly string[], _fromMs: number, _toMs: number, columns: number): Promise<Trend> {
    if (columns > 2_000) throw new RangeError(`${columns} columns`);
    return trendOf(points, this.states);
  }
}

/** A day in which point after point was in these states, minute by minute. */
export function trendOf(points: readonly string[], states: readonly number[]): Trend {
  const series = points.map((point) => ({ point, min: states, max: states, avg: states, last: states }));
  return { fromMs: 0, stepMs: 60_000, steps: states.length, series, clockTrusted: true, uncertain: [] };
}

export interface Rounds {
  readonly desk: InspectionDesk;
  readonly journal: Journal;
  readonly clock: WallClock;
  readonly history: ScriptedHistory;
  /** The same folder read by a program that was started anew, maybe with another site file. */
  again(templates?: readonly InspectionTemplate[]): Promise<Rounds>;
}

/** Inspection on a real journal file, in front of a history whose figures the test sets. */
export function roundsIn(
  folder: string,
  options: {
    readonly at?: string;
    readonly timezone?: string;
    readonly templates?: readonly InspectionTemplate[];
    readonly clock?: WallClock;
  } = {},
): Rounds {
  const { timezone = "Asia/Shanghai", templates = [form()] } = options;
  const clock = options.clock ?? new WallClock(options.at ?? "2026-09-20T17:30:00+08:00");
  const journal = journalHere(folder);
  const history = new ScriptedHistory();
  const desk = new InspectionDesk({ timezone, templates: () => templates, journal, history, clock });
  return {
    ...{ desk, journal, clock, history },
    async again(next = templates) {
      await journal.close();
      return roundsIn(folder, { timezone, templates: next, clock });
    },
  };
}

/** For the server's tests: today's sheets of two small forms, on the stage's journal. */
export function roundsOf(journal: Journal, clock: Clock): InspectionPort {
  const templates = [form(), form({ id: "short", items: form().items.slice(3) })];
  return new InspectionDesk({ timezone: "Asia/Shanghai", templates: () => templates, journal, history: new ScriptedHistory(), clock });
}
