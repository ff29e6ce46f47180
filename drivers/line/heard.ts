/** The latest bytes that a line has said, up to a limit: where noise goes on and on, the oldest are forgotten. */
export class HeardBytes {
  readonly #buffer: Buffer;
  /** A view of what was heard, good until the next change. */
  bytes: Buffer;

  constructor(bytesMax: number) {
    this.#buffer = Buffer.alloc(bytesMax);
    this.bytes = this.#buffer.subarray(0, 0);
  }

  get length(): number {
    return this.bytes.length;
  }

  add(chunk: Uint8Array): void {
    const room = this.#buffer.length;
    const fits = chunk.length > room ? chunk.subarray(chunk.length - room) : chunk;
    const over = this.length + fits.length - room;
    if (over > 0) this.remove(0, over);
    const { length } = this;
    this.#buffer.set(fits, length);
    this.bytes = this.#buffer.subarray(0, length + fits.length);
  }

  /** As if these had not come. */
  remove(from: number, to: number): void {
    const { length } = this;
    this.#buffer.copyWithin(from, to, length);
    this.bytes = this.#buffer.subarray(0, length - (to - from));
  }

  clear(): void {
    if (this.length > 0) this.bytes = this.#buffer.subarray(0, 0);
  }
}
