/** How what has come so far compares with what was expected: `open` while more may still make it right. */
export type Match = "expected" | "open" | "unexpected";

/** A beginning made ready: −1 stands for any byte. */
export type Beginning = readonly number[];

const ANY = "?";

/** One character is one byte, `?` any. */
export function beginningOf(text: string): Beginning {
  return [...text].map((sign) => (sign === ANY ? -1 : sign.charCodeAt(0)));
}

export function matchAnswer(beginnings: readonly Beginning[], bytes: Uint8Array): Match {
  let open = false;
  for (const beginning of beginnings) {
    const length = Math.min(beginning.length, bytes.length);
    let fits = true;
    for (let at = 0; at < length && fits; at += 1) fits = beginning[at] === -1 || beginning[at] === bytes[at];
    if (fits && length === beginning.length) return "expected";
    open ||= fits;
  }
  return open ? "open" : "unexpected";
}

const SHOWN_BYTES_MAX = 40;

/** The first of what came, for the log: what is not printable as `\x00`. */
export function shownBytes(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, SHOWN_BYTES_MAX)].map((byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return `${shown.join("")}${bytes.length > SHOWN_BYTES_MAX ? "…" : ""}`;
}
