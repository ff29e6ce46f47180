/** A gateway speaks for a device that it cannot reach: an answer, but not the device's. */
const GATEWAY_EXCEPTIONS: readonly number[] = [10, 11];
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "illegal function",
  2: "illegal data address",
  3: "illegal data value",
  4: "device failure",
  5: "acknowledge",
  6: "device busy",
  7: "negative acknowledge",
  8: "memory parity error",
  10: "gateway path unavailable",
  11: "gateway target does not answer",
};

/** `exception 2 (illegal data address)` */
export function exceptionWords(code: number): string {
  return `exception ${code} (${EXCEPTIONS[code] ?? "not in the standard"})`;
}

/** Whether a gateway speaks for a unit that it cannot reach. */
export function isGatewayException(code: number): boolean {
  return GATEWAY_EXCEPTIONS.includes(code);
}
