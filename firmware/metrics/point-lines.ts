import { isGood, QUALITY, qualityName } from "../../drivers/reading.ts";
import type { PointEntry } from "../points/table.ts";
import { inPieces, type Labels, type Metric, numberText, seriesText } from "./text.ts";

/** What the points of one box may cost a Prometheus; those beyond it are left out and counted. A room of 5,000 points has some 9,000. */
const POINT_SERIES_MAX = 50_000;
const VALUE: Metric = {
  name: "roomward_point",
  type: "gauge",
  help: "Latest good reading of a point, in the unit that its label says. Absent while it is not known.",
};
const STATE: Metric = {
  name: "roomward_point_state",
  type: "gauge",
  help: "1 for the state that a point is in, 0 for its others. Absent while it is not known.",
};
const UNKNOWN: Metric = {
  name: "roomward_point_unknown",
  type: "gauge",
  help: "1 for each point that should have a value and has none; the label says why.",
};

/** Latest readings as columns: the gateway's own, read when the text is made. */
export interface PointColumns {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
  /** Monotonic time of the last good reading, ms; NaN: never since start. */
  lastGoodMs(point: number): number;
}

export interface PointPlace {
  readonly entry: Pick<PointEntry, "name" | "definition" | "optional">;
  /** Site, area, device and class. */
  readonly labels: Labels;
}

/** One point: what is written before its value, once for a measure, once per state otherwise. */
interface Line {
  readonly point: number;
  readonly heads: readonly string[];
}

/** The readings of a room as text. What stands before each value never changes and is made once. */
export class PointLines {
  /** Points that are not told, because there are more series than may be. */
  readonly leftOut: number;
  readonly #measures: readonly Line[];
  readonly #states: readonly Line[];
  readonly #places: readonly PointPlace[];
  /** Those that are told, in the order of the site. */
  readonly #told: readonly number[];

  constructor(places: readonly PointPlace[], seriesMax = POINT_SERIES_MAX) {
    this.#places = places;
    const measures: Line[] = [];
    const states: Line[] = [];
    const told: number[] = [];
    let series = 0;
    for (const [point, place] of places.entries()) {
      const heads = headsOf(place);
      if (series + heads.length > seriesMax) continue;
      series += heads.length;
      told.push(point);
      (place.entry.definition.kind === "state" ? states : measures).push({ point, heads });
    }
    this.#measures = measures;
    this.#states = states;
    this.#told = told;
    this.leftOut = places.length - told.length;
  }

  /** Some points at a time, so that the event loop turns in between. */
  *pieces(columns: PointColumns): Iterable<string> {
    yield* inPieces(VALUE, this.#measures, ({ point, heads: [head = ""] }) =>
      isGood(columns.qualities[point] as number) ? `${head}${numberText(columns.values[point] as number)}\n` : "",
    );
    yield* inPieces(STATE, this.#states, ({ point, heads }) => {
      if (!isGood(columns.qualities[point] as number)) return "";
      const now = columns.values[point] as number;
      let text = "";
      for (let state = 0; state < heads.length; state += 1) text += `${heads[state]}${state === now ? "1" : "0"}\n`;
      return text;
    });
    yield* inPieces(UNKNOWN, this.#told, (point) => this.#unknown(point, columns));
  }

  /** What is not fitted, or of which there is nothing to measure, is missed by nobody. */
  #unknown(point: number, columns: PointColumns): string {
    const quality = columns.qualities[point] as number;
    if (isGood(quality) || quality === QUALITY.nothingToMeasure) return "";
    const { entry, labels } = this.#places[point] as PointPlace;
    if (entry.optional && Number.isNaN(columns.lastGoodMs(point))) return "";
    return `${seriesText(UNKNOWN.name, { ...labels, point: entry.name, quality: qualityName(quality) })}1\n`;
  }
}

function headsOf({ entry: { name, definition }, labels }: PointPlace): readonly string[] {
  if (definition.kind !== "state") return [seriesText(VALUE.name, { ...labels, point: name, unit: definition.unit })];
  return definition.states.map((state) => seriesText(STATE.name, { ...labels, point: name, state: state.name }));
}
