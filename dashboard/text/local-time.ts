/** What a `datetime-local` field shows of a moment, in a zone of its own: `2026-11-26T08:30:00`. */
export function localOf(atMs: number, timeZone: string): string {
  const day = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  return new Intl.DateTimeFormat("sv-SE", { timeZone, ...day, ...clock }).format(atMs).replace(" ", "T");
}

/**
 * The moment that such a field means. Of an hour that comes twice, when summer time ends, one of the two; of one that does not exist, one
 * beside it. Null: it is no time.
 */
export function momentOf(local: string, timeZone: string): number | null {
  const wantedMs = Date.parse(`${local}Z`);
  if (Number.isNaN(wantedMs)) return null;
  const shownMs = (atMs: number): number => Date.parse(`${localOf(atMs, timeZone)}Z`);
  // The second look is for moments beside a change of the zone.
  let atMs = wantedMs;
  for (let look = 0; look < 2; look += 1) atMs += wantedMs - shownMs(atMs);
  return atMs;
}
