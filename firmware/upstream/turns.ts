/** Some of many at a time, in turn of all. */
export class Turns {
  readonly #perTurn: number;
  #from = 0;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  next<Item>(items: readonly Item[]): readonly Item[] {
    const from = this.#from < items.length ? this.#from : 0;
    this.#from = from + this.#perTurn;
    return items.slice(from, this.#from);
  }
}
