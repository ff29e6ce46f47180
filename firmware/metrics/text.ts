/** The text format that Prometheus, VictoriaMetrics, Telegraf and the OpenTelemetry collector read alike. */
export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Lines, or what has some lines, that are written at once, between two turns of the event loop. */
const LINES_PER_PIECE = 250;

/** In the order in which they are written. An empty one is left out: to Prometheus both are the same. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  /** Null, like NaN: not known, and the sample is absent. Unknown is never zero. */
  readonly value: number | null;
  /** Of a summary. */
  readonly part?: "sum" | "count";
}

/** What stands in front of all samples of one name. */
export interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter" | "summary";
  readonly help: string;
}

export interface Family extends Metric {
  readonly samples: readonly Sample[];
}

/** Everything up to the value: `name{a="1"} `. */
export function seriesText(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).flatMap(([label, value]) => (value === "" ? [] : [`${label}="${escapedLabel(value)}"`]));
  return pairs.length === 0 ? `${name} ` : `${name}{${pairs.join(",")}} `;
}

function headText({ name, type, help }: Metric): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

/** A family without a known sample is nothing at all. */
export function familyText(family: Family): string {
  const lines = family.samples.flatMap(({ labels, value, part }) =>
    value === null || Number.isNaN(value)
      ? []
      : [`${seriesText(part === undefined ? family.name : `${family.name}_${part}`, labels)}${numberText(value)}\n`],
  );
  return lines.length === 0 ? "" : headText(family) + lines.join("");
}

/** As Go reads it. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escapedLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** A metric of many lines, some at a time; one without a line has no head either. */
export function* inPieces<Of>(metric: Metric, all: readonly Of[], textOf: (one: Of) => string): Iterable<string> {
  let head = headText(metric);
  for (let first = 0; first < all.length; first += LINES_PER_PIECE) {
    const end = Math.min(all.length, first + LINES_PER_PIECE);
    let text = "";
    for (let at = first; at < end; at += 1) text += textOf(all[at] as Of);
    if (text === "") continue;
    yield head + text;
    head = "";
  }
}
