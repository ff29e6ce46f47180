import type { LineListener } from "../../../../drivers/line/line.ts";
import type { OpensWire } from "../../../../drivers/line/wire.ts";
import type { VirtualTime } from "../virtual-time.ts";
import { endOf, type Heard, hear, type UartSettings, type Wave, waveOf } from "./uart.ts";

/** Whoever hangs on the pair beside the box: hears what masters say, and may send. */
export interface Station {
  readonly line: UartSettings;
  /** Without it the station does not hear. */
  hears?(heard: readonly Heard[]): void;
}

/** What copper and adapter do to what is sent. */
export interface Copper {
  /** The levels as they arrive, noise and reflections in them. */
  damage?(wave: Wave, from: "box" | Station): void;
  /** Bytes that the turning of the pair makes for the box: before an answer, and behind anything. */
  turnaround?(where: "before" | "behind"): readonly number[];
  /** The box hears itself. */
  echoes?: boolean;
  /** The box's receiver throws faulty characters away, as serial servers do; else it takes them as they are, as Linux does without INPCK. */
  drops?: boolean;
  /** Neither side hears the other: the pair is cut or swapped. */
  deaf?(): boolean;
  /** Whether this station is behind a cut. */
  isCut?(station: Station): boolean;
}

const SILENCE_CHARACTERS = 3.5;
/** How many bytes a converter collects before it passes them on. */
const FIFO_BYTES = 8;
const OWN = "box";

interface Sent {
  readonly wave: Wave;
  readonly from: typeof OWN | Station;
  readonly isMaster: boolean;
}

/** Two wires in virtual time, bit for bit: everybody's levels are joined, and each receiver reads them with its own speed and parity. */
export class Pair {
  readonly #time: VirtualTime;
  readonly #line: UartSettings;
  readonly #stations: readonly Station[];
  readonly #copper: Copper;
  #listener: LineListener | null = null;
  /** Who sent since the pair was last quiet. */
  #episode: Sent[] = [];
  #endMs = 0;
  #pending: (() => void)[] = [];
  #passedOnMs = 0;
  #pulledUntilMs = 0;

  constructor(time: VirtualTime, line: UartSettings, stations: readonly Station[], copper: Copper) {
    this.#time = time;
    this.#line = line;
    this.#stations = stations;
    this.#copper = copper;
  }

  /** The box's end of it. */
  readonly opens: OpensWire = async (_wire, _pace, listener) => {
    if (this.#time.nowMs < this.#pulledUntilMs) return { fault: { reason: "adapterMissing", detail: "not there" } };
    this.#listener = listener;
    return {
      line: {
        send: (bytes) => this.send(OWN, bytes, this.#line, true),
        check: async () => null,
        close: async () => {
          if (this.#listener === listener) this.#listener = null;
        },
      },
    };
  };

  /** Takes the adapter away for so long. */
  pull(forMs: number): void {
    this.#pulledUntilMs = this.#time.nowMs + forMs;
    const listener = this.#listener;
    this.#listener = null;
    listener?.lost({ reason: "adapterMissing", detail: "gone" });
  }

  /** @param isMaster others listen to it for questions. */
  send(from: typeof OWN | Station, bytes: Uint8Array, line: UartSettings, isMaster = false): void {
    const prefixed =
      from !== OWN && !isMaster ? Uint8Array.from([...(this.#copper.turnaround?.("before") ?? []), ...bytes]) : Uint8Array.from(bytes);
    const wave = waveOf(
      Uint8Array.from([...prefixed, ...(from === OWN ? [] : (this.#copper.turnaround?.("behind") ?? []))]),
      line,
      this.#time.nowMs,
    );
    this.#copper.damage?.(wave, from);
    this.put({ wave, from, isMaster });
  }

  /** Levels that nobody meant. */
  disturb(wave: Wave, from: Station): void {
    this.put({ wave, from, isMaster: false });
  }

  put(sent: Sent): void {
    if (this.#time.nowMs > this.#endMs + this.#characterMs()) this.#episode = [];
    this.#episode.push(sent);
    this.#endMs = Math.max(this.#endMs, endOf(sent.wave));
    for (const cancel of this.#pending) cancel();
    this.#pending = [];
    this.#schedule();
  }

  #characterMs(): number {
    return 11_000 / this.#line.baudRate;
  }

  #schedule(): void {
    const { echoes, drops, deaf, isCut } = this.#copper;
    const reachesBox = ({ from }: Sent): boolean => (from === OWN ? echoes === true : deaf?.() !== true && isCut?.(from) !== true);
    const box = hear(
      this.#episode.filter(reachesBox).map(({ wave }) => wave),
      this.#line,
      drops === true ? "fall" : "start",
    ).filter(({ isFaulty, isBreak, endMs }) => endMs > this.#passedOnMs && (drops !== true || !isFaulty || isBreak));
    for (let from = 0; from < box.length; from += FIFO_BYTES) this.#toBox(box.slice(from, from + FIFO_BYTES));
    if (!this.#episode.some(({ isMaster }) => isMaster)) return;
    const heardBy = new Map<UartSettings, readonly Heard[]>();
    for (const station of this.#stations) {
      if (station.hears === undefined || isCut?.(station) === true) continue;
      const reaches = ({ from }: Sent): boolean => from !== station && (from !== OWN || deaf?.() !== true);
      const waves = this.#episode.filter(reaches);
      if (!waves.some(({ isMaster }) => isMaster)) continue;
      const isAll = waves.length === this.#episode.length;
      const heard =
        (isAll ? heardBy.get(station.line) : undefined) ??
        hear(
          waves.map(({ wave }) => wave),
          station.line,
        );
      if (isAll) heardBy.set(station.line, heard);
      const lastMs = heard.at(-1)?.endMs;
      if (lastMs === undefined) continue;
      const atMs = lastMs + (SILENCE_CHARACTERS * 11_000) / station.line.baudRate;
      if (atMs > this.#time.nowMs) this.#later(atMs, () => station.hears?.(heard));
    }
  }

  #toBox(portion: readonly Heard[]): void {
    const atMs = portion.at(-1)?.endMs ?? 0;
    this.#later(atMs, () => {
      this.#passedOnMs = Math.max(this.#passedOnMs, atMs);
      this.#listener?.bytes(Uint8Array.from(portion, ({ byte }) => byte));
    });
  }

  #later(atMs: number, happen: () => void): void {
    this.#pending.push(this.#time.after(Math.max(0, atMs - this.#time.nowMs), happen));
  }
}
