/** A card as a reader tells it: its number, or why that is not one. Refusals never repeat what was on the card. */
export type CardRead = { readonly outcome: "card"; readonly number: bigint } | { readonly outcome: "refused"; readonly what: string };

const RAW_HEAD_BYTES = 4;
const FORMATTED_HEAD_BYTES = 3;
/** More than the register of cards holds. */
const NUMBER_BITS_MAX = 64;
const DIGITS = /^[0-9]{1,40}$/;
/** Lengths whose first bit is even parity over the first half, and whose last bit is odd parity over the second. (Wiegand) */
const WITH_PARITY: ReadonlySet<number> = new Set([26, 34]);

const refused = (what: string): CardRead => ({ outcome: "refused", what });

/** A raw card: reader, format, count of bits (low byte first), and the bits from the highest on. (OSDP 2.2, osdp_RAW) */
export function rawCard(data: Buffer): CardRead {
  if (data.length < RAW_HEAD_BYTES) return refused("a card report that is too short");
  const bits = data.readUInt16LE(2);
  const bytes = data.subarray(RAW_HEAD_BYTES);
  if (bytes.length !== Math.ceil(bits / 8)) return refused(`a card of ${bits} bits in ${bytes.length} bytes`);
  if (bits === 0) return refused("a card of no bits");
  const value = bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n) >> BigInt(bytes.length * 8 - bits);
  if (!WITH_PARITY.has(bits)) return numbered(value, bits);
  const half = BigInt(bits / 2);
  const isRight = !isOdd(value >> half) && isOdd(value & ((1n << half) - 1n));
  return isRight ? numbered(withoutEnds(value, bits), bits - 2) : refused(`a card of ${bits} bits with wrong parity`);
}

/** A card that the reader has made digits of: reader, direction, count, characters. (OSDP 2.2, osdp_FMT) */
export function formattedCard(data: Buffer): CardRead {
  const count = data[FORMATTED_HEAD_BYTES - 1];
  const text = data.subarray(FORMATTED_HEAD_BYTES).toString("latin1");
  if (count === undefined || text.length !== count) return refused("a card report whose length is not as it says");
  if (!DIGITS.test(text)) return refused(`a card of ${count} characters that are not digits`);
  const number = BigInt(text);
  return numbered(number, number.toString(2).length);
}

/** Facility and number together are the number, as it is printed on most cards in ten digits. */
function numbered(number: bigint, bits: number): CardRead {
  if (bits > NUMBER_BITS_MAX) return refused(`a card of ${bits} bits; numbers have ${NUMBER_BITS_MAX} at most`);
  return number === 0n ? refused("a card whose number is zero") : { outcome: "card", number };
}

function withoutEnds(value: bigint, bits: number): bigint {
  return (value >> 1n) & ((1n << BigInt(bits - 2)) - 1n);
}

function isOdd(value: bigint): boolean {
  let odd = false;
  for (let rest = value; rest > 0n; rest >>= 1n) if ((rest & 1n) === 1n) odd = !odd;
  return odd;
}
