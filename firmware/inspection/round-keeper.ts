import type { Words } from "../contract/alarm.ts";
import { type Journal, JournalError } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { dayAt, daysAfter } from "./calendar.ts";
import type { InspectionDesk } from "./desk.ts";

const LOOK_EVERY_MS = 60_000;
/** The last minutes of a day have reached history by then. */
const CLOSE_AFTER_MS = 3 * 60_000;
/** A box that was in a cupboard for longer does not fill the calendar with days that nobody missed. */
const DAYS_CAUGHT_UP_MAX = 62;
const CLOSED_AT_ONCE_MAX = 8;

export interface KeeperParts {
  readonly desk: InspectionDesk;
  readonly journal: Pick<Journal, "expectSheets" | "inspections">;
  readonly timezone: string;
  readonly clock: Clock;
  readonly onTrouble: (words: Words) => void;
}

/**
 * Turns the pages: each day's sheets are expected from its beginning, so that one nobody touched is seen to be missing, and when the day is
 * over its figures are written down. As long as the time of day is not known it does nothing; it catches up when it is.
 */
export function keepRounds(parts: KeeperParts): { stop(): Promise<void> } {
  const { clock } = parts;
  const trouble = new Set<string>();
  const expected = { day: "" };
  let running: Promise<void> | null = null;
  let isStopped = false;
  const look = (): void => {
    if (isStopped || running !== null) return;
    running = turn(parts, expected, () => isStopped)
      .catch((error: unknown) => {
        // A fault of ours in the sheets is no reason to end what watches the room.
        const words = error instanceof JournalError ? error.fault.message : brokenWords(error);
        if (!trouble.has(words.en)) parts.onTrouble(words);
        trouble.add(words.en);
      })
      .finally(() => {
        running = null;
      });
  };
  // Not at once: at its start the box has better things to do.
  const end = clock.every(LOOK_EVERY_MS, look);
  return {
    async stop() {
      isStopped = true;
      end();
      await running;
    },
  };
}

async function turn({ desk, journal, timezone, clock }: KeeperParts, expected: { day: string }, isStopped: () => boolean): Promise<void> {
  if (!clock.wallTrusted()) return;
  const { today } = desk;
  if (expected.day !== today) {
    const { lastDay } = await journal.inspections({ what: "lastDay", upTo: today });
    const missed = lastDay === null ? [] : daysAfter(lastDay, today, DAYS_CAUGHT_UP_MAX);
    const outcome = await journal.expectSheets({ templates: desk.templates.map(({ id }) => id), days: [...new Set([...missed, today])] });
    if (outcome.ok) expected.day = today;
  }
  const closable = dayAt(clock.wallMs() - CLOSE_AFTER_MS, timezone);
  const { sheets } = await journal.inspections({ what: "unclosed", before: closable, limit: CLOSED_AT_ONCE_MAX });
  for (const sheet of sheets) {
    if (isStopped()) return;
    await desk.close(sheet);
  }
}

function brokenWords(error: unknown): Words {
  return {
    zh: `巡检表的每日处理出错（${String(error)}）。监测不受影响；请将此信息报告给供应商。`,
    en: `The daily work on the inspection sheets failed (${String(error)}). Monitoring goes on; please report it with this text.`,
  };
}
