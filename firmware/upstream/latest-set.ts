/** The names that were added last, at most `max`; what was added before them is forgotten. */
export class LatestSet {
  readonly #max: number;
  readonly #names = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    for (const oldest of this.#names) {
      if (this.#names.size <= this.#max) return;
      this.#names.delete(oldest);
    }
  }
}
