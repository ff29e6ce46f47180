/** Times of one door's rules, ms. */
export interface DoorTimes {
  readonly openTooLongMs: number;
  /** After a granted card or the exit button the door may be opened within this time. */
  readonly allowedMs: number;
  readonly denials: { readonly count: number; readonly withinMs: number };
  /** Whether an opening without a card means force: it does where every way through the door is known to the box. */
  readonly judgesForce: boolean;
}

export type DoorEvent =
  | { readonly kind: "opened"; readonly watched: boolean }
  | { readonly kind: "closed"; readonly watched: boolean; readonly openMs: number }
  | { readonly kind: "leftOpen" | "forced" };

/** Alarms of the door that changed with this input. */
export interface DoorVerdict {
  readonly events: readonly DoorEvent[];
  readonly alarms: readonly { readonly type: "forced" | "denied"; readonly active: boolean }[];
}

/** The card and the contact are two devices, read one after the other: the card that opened the door may be heard of after the opening. */
export const GRACE_MS = 3_000;
/** Without a reading for longer than this, what has changed since happened unwatched. */
export const UNWATCHED_MS = 10_000;

/** What the log says of the door before this start: whether it stood open, and for how long already. */
export interface DoorBefore {
  readonly open: boolean;
  readonly openMs: number;
  readonly leftOpenTold: boolean;
}

/** One door: opened, closed, left open, forced, and cards refused too often. Pure but for its own memory; time is an argument. */
export class DoorWatch {
  readonly #times: DoorTimes;
  #open: boolean | null;
  #openedMs = 0;
  #seenMs: number;
  #leftOpenTold: boolean;
  #allowedMs = Number.NEGATIVE_INFINITY;
  /** The door was opened and no card was heard of yet. */
  #suspectMs: number | null = null;
  #forced: boolean;
  #denied: boolean;
  #denials: readonly number[] = [];

  constructor(times: DoorTimes, before: DoorBefore | null, live: { readonly forced: boolean; readonly denied: boolean }, nowMs: number) {
    this.#times = times;
    this.#open = before?.open ?? null;
    this.#openedMs = nowMs - (before?.openMs ?? 0);
    this.#leftOpenTold = before?.leftOpenTold ?? false;
    this.#seenMs = Number.NEGATIVE_INFINITY;
    this.#forced = live.forced;
    this.#denied = live.denied;
  }

  /** Null: no contact was read yet. */
  get open(): boolean | null {
    return this.#seenMs === Number.NEGATIVE_INFINITY ? null : this.#open;
  }
  get leftOpen(): boolean {
    return this.open === true && this.#leftOpenTold;
  }
  get forced(): boolean {
    return this.#forced;
  }

  /** A good reading of the contact. `blind`: a reader or the button is not heard at present, so that nobody knows whether there was a card. */
  contact(open: boolean, nowMs: number, blind: boolean): DoorVerdict {
    const watched = nowMs - this.#seenMs <= UNWATCHED_MS;
    const first = this.#open === null;
    this.#seenMs = nowMs;
    if (this.#open === open) return this.#verdict([], !open && this.#forced ? this.#setForced(false) : []);
    this.#open = open;
    if (!open) {
      // A door that was shut again at once was opened all the same: the suspicion stays.
      const openMs = nowMs - this.#openedMs;
      return this.#verdict(first ? [] : [{ kind: "closed", watched, openMs }], this.#setForced(false));
    }
    this.#openedMs = nowMs;
    this.#leftOpenTold = false;
    // Nobody knows who opened a door that nobody watched.
    if (this.#times.judgesForce && watched && !first && !blind && nowMs - this.#allowedMs > this.#times.allowedMs) this.#suspectMs = nowMs;
    return this.#verdict([{ kind: "opened", watched: watched && !first }], []);
  }

  /** A granted card, or the exit button: the door may be opened now. */
  allow(nowMs: number): void {
    this.#allowedMs = nowMs;
    this.#suspectMs = null;
  }

  deny(nowMs: number): DoorVerdict {
    this.#denials = [...this.#recent(nowMs), nowMs].slice(-this.#times.denials.count);
    return this.#verdict([], this.#judgeDenials());
  }

  /** Time passes: doors stand open too long, doubts become certain, refusals are forgotten. */
  tick(nowMs: number): DoorVerdict {
    const events: DoorEvent[] = [];
    const alarms: DoorVerdict["alarms"][number][] = [];
    if (this.#suspectMs !== null && nowMs - this.#suspectMs >= GRACE_MS) {
      this.#suspectMs = null;
      events.push({ kind: "forced" });
      alarms.push(...this.#setForced(true));
    }
    if (this.open === true && !this.#leftOpenTold && nowMs - this.#openedMs >= this.#times.openTooLongMs) {
      this.#leftOpenTold = true;
      events.push({ kind: "leftOpen" });
    }
    if (this.#denials.length > 0 || this.#denied) {
      this.#denials = this.#recent(nowMs);
      alarms.push(...this.#judgeDenials());
    }
    return this.#verdict(events, alarms);
  }

  #recent(nowMs: number): readonly number[] {
    return this.#denials.filter((atMs) => nowMs - atMs < this.#times.denials.withinMs);
  }

  #judgeDenials(): DoorVerdict["alarms"] {
    const active = this.#denials.length >= this.#times.denials.count || (this.#denied && this.#denials.length > 0);
    if (active === this.#denied) return [];
    this.#denied = active;
    return [{ type: "denied", active }];
  }

  #setForced(active: boolean): DoorVerdict["alarms"] {
    if (this.#forced === active) return [];
    this.#forced = active;
    return [{ type: "forced", active }];
  }

  #verdict(events: readonly DoorEvent[], alarms: DoorVerdict["alarms"]): DoorVerdict {
    return { events, alarms };
  }
}
