/** UCS-2 characters that a message of its own, and one part of several, have place for (3GPP TS 23.040, 9.2.3.24: 140 octets). */
const ALONE_MAX = 70;
const PART_MAX = 67;
const CUT = "…";

const SUBMIT = 0x01;
/** A relative validity period follows. */
const VALIDITY = 0x10;
const USER_DATA_HEADER = 0x40;
const INTERNATIONAL = 0x91;
const UNKNOWN = 0x81;
const UCS2 = 0x08;
/** Relative validity of whole days (9.2.3.12.1). */
const DAYS_FROM = 166;

/** One short message as a modem in PDU mode takes it. */
export interface SubmitPdu {
  /** With the address of the service centre in front, which is the SIM's own. */
  readonly hex: string;
  /** Octets without that address: what +CMGS is told. */
  readonly length: number;
}

/** The text in the parts that it is sent in, at most `max`; what is too long ends with a mark. Whole characters. */
export function smsParts(text: string, max: number): readonly string[] {
  if (text.length <= ALONE_MAX) return [text];
  const room = max === 1 ? ALONE_MAX : PART_MAX * max;
  const parts: string[] = [];
  const size = max === 1 ? ALONE_MAX : PART_MAX;
  for (let rest = text; rest !== ""; ) {
    if (parts.length === max) {
      const last = parts[max - 1] ?? "";
      parts[max - 1] = `${whole(last, Math.min(last.length, size - 1))}${CUT}`;
      return parts;
    }
    const part = whole(rest, Math.min(rest.length, size, room));
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return parts;
}

/** The first `length` units, or one less where that would cut a character in two. */
function whole(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, length < text.length && last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

/**
 * SMS-SUBMIT (3GPP TS 23.040, 9.2.2.2) in UCS-2, one for each part; several are one message by a concatenation header (9.2.3.24.1).
 * @param to `+8613912345678`, or without the sign as the network dials it.
 * @param reference of the message, the same at every attempt: 0–255.
 */
export function submitPdus(
  to: string,
  parts: readonly string[],
  { reference, validDays }: { readonly reference: number; readonly validDays: number },
): readonly SubmitPdu[] {
  return parts.map((part, index) => {
    const header = parts.length === 1 ? [] : [5, 0, 3, reference, parts.length, index + 1];
    const content = [...header, ...Buffer.from(part, "utf16le").swap16()];
    const first = SUBMIT | VALIDITY | (header.length === 0 ? 0 : USER_DATA_HEADER);
    // The modem counts the message reference itself.
    const octets = [first, 0, ...addressOf(to), 0, UCS2, DAYS_FROM + validDays, content.length, ...content];
    return { hex: `00${Buffer.from(octets).toString("hex").toUpperCase()}`, length: octets.length };
  });
}

/** Digits in swapped halves, filled up with F (9.1.2.5). */
function addressOf(number: string): readonly number[] {
  const digits = number.replace("+", "");
  const pairs = digits.match(/\d\d?/g) ?? [];
  const swapped = pairs.map((pair) => Number.parseInt(`${pair[1] ?? "F"}${pair[0]}`, 16));
  return [digits.length, number.startsWith("+") ? INTERNATIONAL : UNKNOWN, ...swapped];
}
