import type { WallMs } from "../contract/time.ts";
import type { Clock } from "../platform/clock.ts";

/** What came of a loan of a wire. */
export type Loaned<Result> =
  | { readonly outcome: "done"; readonly result: Result }
  /** The time was over, or watching ended: the wire was taken back. What the borrower still does with it is not waited for. */
  | { readonly outcome: "takenBack" }
  /** Somebody else has it. */
  | { readonly outcome: "taken"; readonly by: string }
  /** Nobody watches this wire any more. */
  | { readonly outcome: "ended" };

/** Time for a borrower to put the wire down after its signal: the longest question, and the closing of the port. */
export const GRACE_MS = 15_000;

/** One loan of one wire: runs the borrower's work, and ends whatever the work does. */
export class Loan {
  readonly to: string;
  readonly #limitMs: number;
  /** Resolves with how its outcome is told. */
  readonly #work: (ends: AbortSignal) => Promise<() => void>;
  readonly #over: (outcome: "takenBack" | "ended") => void;
  #sinceMs: WallMs | null = null;

  constructor(
    to: string,
    limitMs: number,
    work: (ends: AbortSignal) => Promise<unknown>,
    resolve: (loaned: Loaned<never>) => void,
    reject: (error: unknown) => void,
  ) {
    this.to = to;
    this.#limitMs = limitMs;
    this.#over = (outcome) => resolve({ outcome });
    this.#work = async (ends) => {
      try {
        const result = (await work(ends)) as never;
        return () => resolve({ outcome: "done", result });
      } catch (error) {
        return () => reject(error);
      }
    };
  }

  /** Nobody will run it. */
  refuse(): void {
    this.#over("ended");
  }

  /** Null while it waits for the read that is on its way. */
  shown(): { readonly to: string; readonly sinceMs: number } | null {
    return this.#sinceMs === null ? null : { to: this.to, sinceMs: this.#sinceMs };
  }

  /** Resolves when the wire is free again. @param signal watching ends. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    this.#sinceMs = clock.wallMs();
    const ends = new AbortController();
    const stop = (): void => ends.abort();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const over = new AbortController();
    const work = this.#work(ends.signal);
    void clock.sleep(this.#limitMs, over.signal).then(() => over.signal.aborted || stop());
    const told = new Promise<void>((resolve) => {
      if (ends.signal.aborted) resolve();
      ends.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const settle = (await Promise.race([work, told])) ?? (await Promise.race([work, clock.sleep(GRACE_MS, over.signal)]));
    over.abort();
    signal.removeEventListener("abort", stop);
    if (settle === undefined) this.#over("takenBack");
    else settle();
  }
}
