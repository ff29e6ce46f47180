import type { RawMinute } from "./book.ts";
import type { HistoryKeeper, PackedMinute } from "./keeper.ts";

/** Minutes kept in memory while they cannot be written; beyond it the oldest is a gap. */
const MINUTES_MAX = 60;
/** The newest of them also as they came: a new file has other numbers for the points. */
const RAW_MAX = 10;
const BYTES_MAX = 16 * 1024 * 1024;

/** Minutes on their way to the disk, packed as soon as that can be done, so that an hour of them fits into the memory. */
export class WaitingMinutes {
  #minutes: { readonly raw: RawMinute | null; readonly packed: PackedMinute | null }[] = [];
  /** Minutes that had to be given up. */
  lost = 0;

  get count(): number {
    return this.#minutes.length;
  }

  add(raw: RawMinute): void {
    this.#minutes.push({ raw, packed: null });
    this.#limit();
  }

  pack(keeper: HistoryKeeper): void {
    this.#minutes = this.#minutes.map(({ raw, packed }) => ({ raw, packed: packed ?? (raw === null ? null : keeper.pack(raw)) }));
    this.#limit();
  }

  /** Writes the oldest first; what was written is not kept when a later one fails. */
  write(keeper: HistoryKeeper): void {
    for (let next = this.#minutes[0]; next !== undefined; next = this.#minutes[0]) {
      if (next.packed !== null) keeper.write(next.packed);
      this.#minutes.shift();
    }
  }

  /** The numbers of the points are not what they were. */
  unpack(): void {
    const raw = this.#minutes.filter((minute) => minute.raw !== null);
    this.lost += this.#minutes.length - raw.length;
    this.#minutes = raw.map((minute) => ({ raw: minute.raw, packed: null }));
  }

  /** Gives up the oldest. */
  giveUp(): void {
    if (this.#minutes.shift() !== undefined) this.lost += 1;
  }

  #limit(): void {
    this.#minutes = this.#minutes.map((minute, n) => {
      const isNew = n >= this.#minutes.length - RAW_MAX;
      return isNew ? minute : { raw: null, packed: minute.packed };
    });
    const bytes = (): number => this.#minutes.reduce((sum, { packed }) => sum + (packed?.block.length ?? 0), 0);
    while (this.#minutes.length > MINUTES_MAX || bytes() > BYTES_MAX || isNothing(this.#minutes[0])) this.giveUp();
  }
}

function isNothing(minute: { readonly raw: RawMinute | null; readonly packed: PackedMinute | null } | undefined): boolean {
  return minute !== undefined && minute.raw === null && minute.packed === null;
}
