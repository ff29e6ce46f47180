import { isGood, isLost, QUALITY } from "../../../drivers/reading.ts";
import type { PointTable } from "../../points/table.ts";
import { encodePayload, type Metric, REBIRTH } from "./sparkplug-payload.ts";

const SEQ_COUNT = 256;
/** Of the `Quality` property. */
const GOOD = 192;
const BAD = 0;
const STALE = 500;
/** Every event of an incident, as JSON. */
const EVENT = "Alarm/Event";

export type LiveTable = Pick<PointTable, "entries" | "spans" | "values" | "qualities" | "lastGoodWallMs">;

/** Where an edge node is, and what its devices are called, in the order of the table's spans. */
export interface EdgePlace {
  readonly group: string;
  readonly edge: string;
  readonly devices: readonly string[];
}

interface Message {
  readonly topic: string;
  readonly payload: Buffer;
}

/**
 * An edge node of Sparkplug B in one connection: it says which births, deaths and data follow from what the table shows now, and counts
 * them. It says nothing by itself.
 */
export class EdgeNode {
  readonly #place: EdgePlace;
  readonly #table: LiveTable;
  readonly #bdSeq: number;
  #seq = 0;
  /** What was last told of every point, to tell only what is new. */
  readonly #toldValues: Float64Array;
  readonly #toldQualities: Uint8Array;
  readonly #isBorn: boolean[];

  constructor(place: EdgePlace, table: LiveTable, bdSeq: number) {
    this.#place = place;
    this.#table = table;
    this.#bdSeq = bdSeq;
    this.#toldValues = new Float64Array(table.entries.length);
    this.#toldQualities = new Uint8Array(table.entries.length);
    this.#isBorn = table.spans.map(() => false);
  }

  /** NBIRTH, and DBIRTH of every device that answers. */
  births(atMs: number): readonly Message[] {
    this.#seq = 0;
    const node: Metric[] = [
      bdSeqMetric(this.#bdSeq, atMs),
      { name: REBIRTH, type: "boolean", value: false, atMs },
      { name: EVENT, type: "string", value: null, atMs },
      ...this.#all(this.#ownFirst, this.#table.entries.length, atMs),
    ];
    this.#isBorn.fill(false);
    return [this.#message("NBIRTH", null, node, atMs), ...this.changes(atMs)];
  }

  /** DBIRTH and DDEATH of devices that came or went, DDATA and NDATA of points that changed. */
  changes(atMs: number): readonly Message[] {
    const { entries, spans } = this.#table;
    const messages: Message[] = [];
    spans.forEach(({ first, count }, device) => {
      const isAlive = this.#isAlive(first, first + count);
      if (isAlive && this.#isBorn[device] !== true)
        messages.push(this.#message("DBIRTH", device, this.#all(first, first + count, atMs), atMs));
      else if (!isAlive && this.#isBorn[device] === true) messages.push(this.#message("DDEATH", device, [], atMs));
      else if (isAlive) {
        const news = this.#news(first, first + count, atMs);
        if (news.length > 0) messages.push(this.#message("DDATA", device, news, atMs));
      }
      this.#isBorn[device] = isAlive;
    });
    const own = this.#news(this.#ownFirst, entries.length, atMs);
    if (own.length > 0) messages.push(this.#message("NDATA", null, own, atMs));
    return messages;
  }

  /** An event of an incident, under the time when it was. */
  event(body: string, eventAtMs: number, isHistorical: boolean, atMs: number): Message {
    return this.#message("NDATA", null, [{ name: EVENT, type: "string", value: body, atMs: eventAtMs, isHistorical }], atMs);
  }

  /** Points that the box works out stand behind those of the devices. */
  get #ownFirst(): number {
    const last = this.#table.spans.at(-1);
    return last === undefined ? 0 : last.first + last.count;
  }

  /** A device that has answered and has not fallen silent, whatever it answers. */
  #isAlive(from: number, to: number): boolean {
    return this.#table.qualities.subarray(from, to).some((quality) => !isSilent(quality));
  }

  #all(from: number, to: number, atMs: number): readonly Metric[] {
    return numbers(from, to).map((point) => this.#metric(point, atMs));
  }

  #news(from: number, to: number, atMs: number): readonly Metric[] {
    const { values, qualities } = this.#table;
    const isNew = (point: number): boolean =>
      qualities[point] !== this.#toldQualities[point] || !Object.is(values[point], this.#toldValues[point]);
    return numbers(from, to)
      .filter(isNew)
      .map((point) => this.#metric(point, atMs));
  }

  #metric(point: number, atMs: number): Metric {
    const { entries, values, qualities, lastGoodWallMs } = this.#table;
    const value = values[point] as number;
    const quality = qualities[point] as number;
    const { name, definition } = entries[point] as LiveTable["entries"][number];
    this.#toldValues[point] = value;
    this.#toldQualities[point] = quality;
    const isState = definition.kind === "state";
    const shown = isState ? (definition.states[value]?.name ?? null) : value;
    const unit = isState || definition.unit === "" ? {} : { engUnit: definition.unit };
    return {
      name,
      type: isState ? "string" : "double",
      value: isGood(quality) ? shown : null,
      atMs: isGood(quality) ? (lastGoodWallMs[point] as number) : atMs,
      properties: { Quality: isGood(quality) ? GOOD : isSilent(quality) ? STALE : BAD, ...unit },
    };
  }

  #message(
    type: "NBIRTH" | "NDATA" | "DBIRTH" | "DDATA" | "DDEATH",
    device: number | null,
    metrics: readonly Metric[],
    atMs: number,
  ): Message {
    const { devices } = this.#place;
    const topic = topicOf(this.#place, type, device === null ? null : (devices[device] as string));
    const payload = encodePayload({ atMs, seq: this.#seq, metrics });
    this.#seq = (this.#seq + 1) % SEQ_COUNT;
    return { topic, payload };
  }
}

/** The will: it names the birth that it ends, and has no number. */
export function nodeDeath(place: EdgePlace, bdSeq: number, atMs: number): Message {
  return { topic: topicOf(place, "NDEATH", null), payload: encodePayload({ atMs, seq: null, metrics: [bdSeqMetric(bdSeq, atMs)] }) };
}

export function topicOf({ group, edge }: EdgePlace, type: string, device: string | null): string {
  return ["spBv1.0", group, type, edge, ...(device === null ? [] : [device])].join("/");
}

function bdSeqMetric(bdSeq: number, atMs: number): Metric {
  return { name: "bdSeq", type: "int64", value: bdSeq, atMs };
}

function isSilent(quality: number): boolean {
  return isLost(quality) || quality === QUALITY.stale || quality === QUALITY.never;
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, place) => from + place);
}
