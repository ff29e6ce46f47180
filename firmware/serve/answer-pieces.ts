/** About a millisecond of work on the box, as JSON text. */
const PIECE_CHARS = 48 * 1024;
/** Of a list whose entries nobody has seen yet. */
const FIRST_RUN = 8;

/**
 * The same text as `JSON.stringify(answer)`, in pieces of about `pieceChars` characters: the lists in an answer, of a room's points or of a
 * month's incidents, are cut between two entries. One entry is never cut.
 */
export function* jsonPieces(answer: unknown, pieceChars = PIECE_CHARS): Generator<string> {
  let piece = "";
  for (const part of jsonParts(answer, pieceChars)) {
    piece += part;
    if (piece.length < pieceChars) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** Only the answer itself and what stands directly in it are looked into: there the long lists are. */
function* jsonParts(answer: unknown, pieceChars: number): Generator<string> {
  if (Array.isArray(answer)) return yield* listParts(answer, pieceChars);
  if (!isPlain(answer)) return yield JSON.stringify(answer);
  let before = "{";
  for (const [key, value] of Object.entries(answer)) {
    const isList = Array.isArray(value);
    const text = isList ? "" : JSON.stringify(value);
    // Of what JSON does not know, such as undefined, nothing is said.
    if (text === undefined) continue;
    yield `${before}${JSON.stringify(key)}:${text}`;
    if (isList) yield* listParts(value, pieceChars);
    before = ",";
  }
  yield before === "{" ? "{}" : "}";
}

/** Runs of entries, each as long as the one before it says that a piece takes; the next entries may be longer ones: at most twice as many. */
function* listParts(list: readonly unknown[], pieceChars: number): Generator<string> {
  let run = FIRST_RUN;
  yield "[";
  for (let from = 0; from < list.length; ) {
    const entries = list.slice(from, from + run);
    const text = JSON.stringify(entries).slice(1, -1);
    yield from === 0 ? text : `,${text}`;
    from += entries.length;
    run = Math.max(1, Math.min(2 * run, Math.floor((pieceChars * entries.length) / text.length)));
  }
  yield "]";
}

function isPlain(answer: unknown): answer is Record<string, unknown> {
  return typeof answer === "object" && answer !== null && !("toJSON" in answer);
}
