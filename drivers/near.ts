/** How many letters have to be changed, added or taken away to make one word of the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

const MATCHES_MAX = 3;
/** A longer name is nobody's slip of the pen; it is cut before it is compared. */
const ASKED_MAX = 100;
const SEPARATORS = /[/.-]/;

/** Names that somebody may have meant, best first: few letters apart, or sharing a word. */
export function nearNames(asked: string, names: readonly string[]): readonly string[] {
  const lower = asked.slice(0, ASKED_MAX).toLowerCase();
  const words = new Set(lower.split(SEPARATORS).filter((word) => word.length > 1));
  return names
    .map((candidate) => {
      const shared = candidate
        .toLowerCase()
        .split(SEPARATORS)
        .filter((word) => words.has(word)).length;
      return { candidate, distance: editDistance(lower, candidate.toLowerCase()) - 3 * shared, shared };
    })
    .filter(({ candidate, distance, shared }) => shared > 0 || distance <= candidate.length / 3)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MATCHES_MAX)
    .map(({ candidate }) => candidate);
}
