import { isGood, type QualityName, qualityName } from "../../../drivers/reading.ts";
import type { PointTable } from "../../points/table.ts";
import type { Publication } from "./mqtt-link.ts";

export type Readable = Pick<PointTable, "entries" | "values" | "qualities" | "lastGoodWallMs">;

/** One point as it is told: a number or the name of a state; null when it is not known now, and then `quality` says why. */
interface Told {
  readonly value: number | string | null;
  readonly unit?: string;
  readonly quality: QualityName;
  /** When it was last good, ISO 8601; null: not since the start. */
  readonly at: string | null;
}

/** The latest readings, one message per device: `below/telemetry/DEVICE`. With QoS 0 and not retained: what is missed is told again soon. */
export function telemetryOf(
  table: Readable,
  below: string,
  now: { readonly atMs: number; readonly isTrusted: boolean },
): readonly Publication[] {
  const { entries, lastGoodWallMs } = table;
  const shown = entries.flatMap(({ id, optional }, point) =>
    // What not every unit of a family has is told of once it was there.
    optional && Number.isNaN(lastGoodWallMs[point]) ? [] : [{ device: id.slice(0, id.indexOf("/")), point }],
  );
  return [...Map.groupBy(shown, ({ device }) => device)].map(([device, points]) => {
    const told = Object.fromEntries(points.map(({ point }) => [entries[point]?.name ?? "", toldOf(table, point)]));
    const message = { device, at: timeOf(now.atMs), clockTrusted: now.isTrusted, points: told };
    return { topic: `${below}/telemetry/${device}`, payload: Buffer.from(JSON.stringify(message), "utf8"), qos: 0, retain: false };
  });
}

function toldOf({ entries, values, qualities, lastGoodWallMs }: Readable, point: number): Told {
  const { definition } = entries[point] as Readable["entries"][number];
  const value = values[point] as number;
  const quality = qualities[point] as number;
  const lastGoodMs = lastGoodWallMs[point] as number;
  const isState = definition.kind === "state";
  const shown = isState ? (definition.states[value]?.name ?? null) : value;
  return {
    value: isGood(quality) ? shown : null,
    ...(isState || definition.unit === "" ? {} : { unit: definition.unit }),
    quality: qualityName(quality),
    at: Number.isNaN(lastGoodMs) ? null : timeOf(lastGoodMs),
  };
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
