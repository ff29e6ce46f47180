import { type HouseValue, houseValue } from "../house-value.ts";
import type { Query } from "../line/reader.ts";
import type { Dlt645Profile } from "./profile.ts";

/** A value made ready: packed decimal digits at a place of the answer. */
export interface MeterColumn extends HouseValue {
  readonly at: number;
  readonly bytes: number;
  readonly signed: boolean;
}

/** One data identifier, and the columns that its answer fills. */
export interface MeterQuery extends Query {
  readonly di: string;
  /** Bytes that an answer has; null for a block. */
  readonly bytes: number | null;
  readonly columns: readonly MeterColumn[];
  readonly optional: boolean;
  readonly everyMs: number;
  /** The same quantities one by one, for meters that do not know the block; none where there is no such way. */
  parts(): readonly MeterQuery[];
}

export interface MeterPlan {
  readonly pointNames: readonly string[];
  readonly queries: readonly MeterQuery[];
}

/** What a profile asks of the meter at one address: each data identifier once, in the order of the points. */
export function planMeter(profile: Dlt645Profile, address: string): MeterPlan {
  const points = Object.entries(profile.points).map(([name, field], column) => {
    const { at, bytes, signed } = field;
    return { ...field, place: { ...houseValue(name, field, column), at, bytes, signed } satisfies MeterColumn };
  });
  const where = (di: string): string => `meter ${address} ${di}`;
  const queries = [...Map.groupBy(points, ({ di }) => di)].map(([di, fields]): MeterQuery => {
    const isBlock = fields.length > 1 || fields.some(({ single }) => single !== undefined);
    const optional = fields.every((field) => field.optional);
    const everyMs = Math.min(...fields.map((field) => field.everyMs));
    const parts = fields.flatMap(({ single, place }): MeterQuery[] =>
      single === undefined
        ? []
        : [{ where: where(single), di: single, bytes: place.bytes, columns: [{ ...place, at: 0 }], optional, everyMs, parts: () => [] }],
    );
    const bytes = isBlock ? null : (fields[0]?.bytes ?? null);
    return { where: where(di), di, bytes, columns: fields.map(({ place }) => place), optional, everyMs, parts: () => parts };
  });
  return { pointNames: Object.keys(profile.points), queries };
}
