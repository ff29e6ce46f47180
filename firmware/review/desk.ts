import type { PointDefinition } from "../../drivers/vocabulary.ts";
import type { AlarmRecord, Words } from "../contract/alarm.ts";
import type { AlarmQuality, Period, ReplayState, SuggestReply, SuggestRequest, WhatIfReply, WhatIfRequest } from "../contract/review.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { changedSite, entryOf } from "./changed-site.ts";
import type { Pacing, ReadingSource } from "./lead.ts";
import { dayOf } from "./period.ts";
import { qualityOf } from "./quality.ts";
import type { ReplayPoint } from "./replay.ts";
import { periodsOf, ruleSetsOf, rulesOf } from "./rules.ts";
import { CANDIDATES_MAX, suggest } from "./suggestions.ts";
import { whatIf } from "./what-if.ts";

/** Readings times rule sets of one replay: some ten seconds of a small box. */
export const REPLAY_READINGS_MAX = 20_000_000;
export const REPLAY_POINTS_MAX = 256;
/** Work at a stretch, before readings and people have their turn. */
const SLICE_MS = 4;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** So long every reading is kept; beyond it one a minute is replayed. */
const FULL_DAYS = 30;

export interface ReviewParts {
  readonly site: Site;
  /** The site file that runs. */
  readonly siteText: string;
  readonly journal: Pick<Journal, "alarmEvents">;
  readonly history: ReadingSource;
  live(): readonly AlarmRecord[];
  readonly clock: Clock;
  /** Lets others work. */
  readonly turn: () => Promise<void>;
}

/** A replay that is not made, and what to do instead. */
export interface NotReplayed {
  readonly problem: Words;
}

/** Performance of the alarm system: what it was, what another rule would make of it, and what might be better. Changes nothing. */
export class ReviewDesk {
  readonly #parts: ReviewParts;
  #isRunning = false;
  #done = 0;
  #stopped = false;

  constructor(parts: ReviewParts) {
    this.#parts = parts;
  }

  /** Figures of the period in which a day of the site lies; without one, today. */
  quality(period: Period, day: string | null, positions: number): Promise<AlarmQuality> {
    const { site, journal, clock } = this.#parts;
    const nowMs = clock.wallMs();
    const onDelays = new Map(site.rules.map(({ key, onDelayMs }) => [key, onDelayMs]));
    return qualityOf({
      ...{ journal, nowMs, period, positions, timezone: site.timezone },
      day: day ?? dayOf(nowMs, site.timezone),
      live: this.#parts.live(),
      onDelayMs: (key) => onDelays.get(key) ?? null,
    });
  }

  /** Whether a replay runs, and how far it is. */
  state(): ReplayState {
    return { running: this.#isRunning, done: this.#done };
  }

  /** No replay goes on, and none begins. */
  stop(): void {
    this.#stopped = true;
  }

  async whatIf(request: WhatIfRequest): Promise<WhatIfReply | NotReplayed> {
    const { site, siteText, history } = this.#parts;
    const changed = changedSite(siteText, request);
    const span = this.#span(request);
    if ("problems" in changed) return nothingReplayed(span, changed.problems);
    const sets = ruleSetsOf(site, changed.site, changed.patterns);
    const tooMuch = this.#tooMuch(sets.points, span, 2);
    if (tooMuch !== null) return { problem: tooMuch };
    return this.#alone(async (pacing) => ({ ...(await whatIf(history, sets, span, pacing)), yaml: changed.yaml }));
  }

  /** Null: the site has no such point, or no rule for it. */
  async suggest(request: SuggestRequest): Promise<SuggestReply | NotReplayed | null> {
    const { site, siteText, history } = this.#parts;
    const definition = definitionOf(site, request.point);
    const rules = rulesOf(site, request.point);
    if (definition === null || rules.length === 0) return null;
    const point = { id: request.point, periodMs: periodsOf(site).get(request.point) ?? 0 };
    const span = this.#span(request);
    const tooMuch = this.#tooMuch([point], span, CANDIDATES_MAX);
    if (tooMuch !== null) return { problem: tooMuch };
    const parts = { source: history, point, definition, rules, entry: entryOf(siteText, request.point) };
    return this.#alone((pacing) => suggest(parts, { ...request, ...span }, pacing));
  }

  /** What is to come cannot be replayed. */
  #span({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) {
    const endMs = Math.min(toMs, Math.floor(this.#parts.clock.wallMs()));
    return { fromMs: Math.min(fromMs, endMs), toMs: endMs };
  }

  #tooMuch(
    points: readonly ReplayPoint[],
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
    sets: number,
  ): Words | null {
    if (points.length > REPLAY_POINTS_MAX)
      return {
        zh: `涉及 ${points.length} 个测点，一次最多 ${REPLAY_POINTS_MAX} 个：请缩小规则的范围。`,
        en: `${points.length} points are concerned, at most ${REPLAY_POINTS_MAX} can be replayed at once: let the rule name fewer.`,
      };
    const fullFromMs = Math.max(fromMs, this.#parts.clock.wallMs() - FULL_DAYS * DAY_MS);
    const fullMs = Math.max(0, toMs - fullFromMs);
    const readings = points.reduce((sum, { periodMs }) => {
      const everyMs = Math.max(periodMs, 1);
      return sum + fullMs / everyMs + (toMs - fromMs - fullMs) / Math.max(everyMs, MINUTE_MS);
    }, 0);
    if (readings * sets <= REPLAY_READINGS_MAX) return null;
    const part = Math.max(1, Math.floor((100 * REPLAY_READINGS_MAX) / (readings * sets)));
    return {
      zh: `约 ${Math.round(readings)} 个读数，超过一次回放的上限。请把时段或测点减到约 ${part}%。`,
      en: `That is about ${Math.round(readings)} readings, more than one replay may have. Choose a period, or points, of about ${part} % of that.`,
    };
  }

  /** One at a time, in small slices between which the room is watched. */
  async #alone<Answer>(work: (pacing: Pacing) => Promise<Answer>): Promise<Answer | NotReplayed> {
    if (this.#isRunning) return { problem: busyWords };
    this.#isRunning = true;
    this.#done = 0;
    const { clock, turn } = this.#parts;
    let sinceMs = clock.monotonicMs();
    try {
      return await work({
        breathe: async () => {
          if (this.#stopped) throw new Stopped();
          if (clock.monotonicMs() - sinceMs < SLICE_MS) return;
          await turn();
          sinceMs = clock.monotonicMs();
        },
        progress: (done) => {
          this.#done = done;
        },
      });
    } catch (error) {
      if (error instanceof Stopped) return { problem: stoppedWords };
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }
}

class Stopped extends Error {
  override readonly name = "Stopped";
}

const busyWords: Words = {
  zh: "另一个试算正在进行，请等它结束后再试。",
  en: "Another replay is running; wait for it to end, then try again.",
};
const stoppedWords: Words = {
  zh: "网关正在停止或换用新配置，试算已中止。请稍后再试。",
  en: "The gateway is stopping or takes up another configuration, so the replay was ended. Try again in a moment.",
};

function nothingReplayed(
  span: { readonly fromMs: number; readonly toMs: number },
  problems: readonly WhatIfReply["problems"][number][],
): WhatIfReply {
  const none = { alarms: 0, rings: 0, perWeek: 0, activeMs: 0 };
  return {
    ...{ ...span, problems: [...problems], yaml: null, basis: null, before: none, after: none, gained: 0, lost: 0, moved: 0, same: 0 },
    ...{ differences: [], timeline: { before: [], after: [] } },
  };
}

function definitionOf({ points }: Site, id: string): PointDefinition | null {
  return points.find((point) => point.id === id)?.definition ?? null;
}
