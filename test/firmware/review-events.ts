import type { AlarmEvent, AlarmEventPage, AlarmEventQuery } from "../../firmware/review/event.ts";

/** 23 November 2026, a Monday, 00:00 in Shanghai. */
export const MONDAY_MS = Date.UTC(2026, 10, 22, 16);
export const SHANGHAI = "Asia/Shanghai";
export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;

let sequence = 0;

/** One event as the journal gives it; `th-1/high` unless told otherwise. */
export function event(cause: string, atMs: number, change: Partial<AlarmEvent> = {}): AlarmEvent {
  sequence += 1;
  const name = change.key ?? "th-1/high";
  return {
    ...{ sequence, atMs, cause, key: name, certain: true, incident: `${name} ${atMs}`, severity: "warning", device: "th-1" },
    ...{ point: "th-1/ambient.temperature", text: { zh: name, en: name }, raisedAtMs: atMs, raiseCount: 1, messages: 0 },
    state: cause === "raise" ? "B" : cause === "acknowledge" ? "C" : "A",
    ...change,
  };
}

/** Rings, is acknowledged and ends. */
export function life(
  atMs: number,
  { key = "th-1/high", lastsMs = 20 * MINUTE_MS, seenAfterMs = 2 * MINUTE_MS, severity = "warning" as AlarmEvent["severity"] } = {},
): readonly AlarmEvent[] {
  const same = { key, severity, raisedAtMs: atMs, incident: `${key} ${atMs}` };
  return [event("raise", atMs, same), event("acknowledge", atMs + seenAfterMs, same), event("clear", atMs + lastsMs, same)];
}

/** A journal that holds these events, in small pages. */
export function journalOf(all: readonly AlarmEvent[], pageSize = 7, beginsMs: number | null = 0) {
  const sorted = all.toSorted((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
  return {
    async alarmEvents({ fromMs, toMs, after }: AlarmEventQuery): Promise<AlarmEventPage> {
      const rest = sorted.filter(
        ({ atMs, sequence: number }) =>
          atMs >= fromMs && atMs < toMs && (after === null || atMs > after.atMs || (atMs === after.atMs && number > after.sequence)),
      );
      const events = rest.slice(0, pageSize);
      const last = events.at(-1);
      return {
        events,
        next: rest.length <= pageSize || last === undefined ? null : { atMs: last.atMs, sequence: last.sequence },
        beginsMs,
      };
    },
  };
}
