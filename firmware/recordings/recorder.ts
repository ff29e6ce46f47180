import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import { isGood, qualityName, type Readings } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { BusListener } from "../acquire/bus.ts";
import type { Site } from "../site/model.ts";
import { eventLine, type RecordedEvent, type RecordedPoints } from "./format.ts";

/** How long a recording may take, and how much. */
export const RECORDING_MS_MAX = 3_600_000;
export const RECORDING_BYTES_MAX = 64 * 1024 * 1024;

/** The names of what is read of each device of a bus. */
export function pointNamesOn(site: Site, bus: string): ReadonlyMap<string, readonly string[]> {
  const devices = site.devices.filter((device) => device.bus === bus);
  return new Map(devices.map(({ id, points }) => [id, points.map(({ name }) => name)]));
}

/** Writes down what happens on one bus, line by line, with times from the beginning of the recording. */
export class BusRecorder implements BusListener {
  readonly #pointNames: ReadonlyMap<string, readonly string[]>;
  readonly #startMs: number;
  readonly #write: (line: string) => void;
  #latestMs: number;
  #reading = "";
  #questions = 0;

  /** @param pointNames of each device, in the order of its readings. */
  constructor(pointNames: ReadonlyMap<string, readonly string[]>, startMs: number, write: (line: string) => void) {
    this.#pointNames = pointNames;
    this.#startMs = startMs;
    this.#latestMs = startMs;
    this.#write = write;
  }

  /** How many were written down. */
  get questions(): number {
    return this.#questions;
  }

  turn(device: string | null): void {
    this.#reading = device ?? "";
  }

  exchange({ sent, came, stray, askedMs, firstByteMs, endedMs, lost }: ExchangeRecord): void {
    // A question that was on its way when the recording began belongs to it as a whole.
    const since = (ms: number): number => Math.max(0, ms - this.#startMs);
    if (stray.length > 0) this.#say({ kind: "stray", atMs: since(askedMs), bytes: Buffer.from(stray) });
    if (sent.length > 0) {
      this.#questions += 1;
      this.#say({ kind: "sent", atMs: since(askedMs), bytes: Buffer.from(sent) });
    }
    if (came.length > 0) this.#say({ kind: "came", atMs: since(firstByteMs ?? endedMs), bytes: Buffer.from(came) });
    if (lost !== null) this.#say({ kind: "lost", atMs: since(endedMs), reason: lost.reason, what: lost.what });
    this.#latestMs = endedMs;
  }

  read(device: string, readings: Readings): void {
    // What a missing adapter says of the other devices was not asked of them.
    if (device !== this.#reading) return;
    const points = readPoints(this.#pointNames.get(device) ?? [], readings);
    this.#say({ kind: "read", atMs: Math.max(0, this.#latestMs - this.#startMs), device, points });
  }

  #say(event: RecordedEvent): void {
    this.#write(eventLine(event));
  }
}

/** What readings say, in the words of a recording. */
export function readPoints(names: readonly string[], readings: Readings): RecordedPoints {
  return Object.fromEntries(names.map((name, column) => [name, valueText(name, readings, column)]));
}

function valueText(name: string, { values, qualities }: Readings, column: number): string {
  const quality = qualities[column] as number;
  const value = values[column] as number;
  if (!isGood(quality)) return `?${qualityName(quality)}`;
  const definition = findPoint(name);
  return definition?.kind === "state" ? (definition.states[value]?.name ?? String(value)) : String(value);
}
