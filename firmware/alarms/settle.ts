/** The longest that a start is waited for; a device that never answers must not keep the others quiet. */
export const SETTLE_MS = 90_000;

/** Watching has only just begun until every device was heard, or is known to be silent. Times are monotonic. */
export class SettleWatch {
  readonly #unheard: Set<number>;
  readonly #untilMs: number;

  constructor(devices: number, beganMs: number) {
    this.#unheard = new Set(Array.from({ length: devices }, (_, device) => device));
    this.#untilMs = beganMs + SETTLE_MS;
  }

  heard(device: number): void {
    this.#unheard.delete(device);
  }

  isOver(nowMs: number): boolean {
    return this.#unheard.size === 0 || nowMs >= this.#untilMs;
  }
}
