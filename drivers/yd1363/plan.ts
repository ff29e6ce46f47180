import { type HouseValue, houseValue } from "../house-value.ts";
import type { Query } from "../line/reader.ts";
import type { LayoutItem, Yd1363Profile } from "./profile.ts";

/** One command, what its answer holds, and who wants what of it. */
export interface Command extends Query {
  readonly cid2: number;
  readonly info: Buffer;
  /** Bytes that a full answer has, where that never varies. */
  readonly bytes: number | null;
  readonly layout: readonly LayoutItem[];
  readonly bigEndianFloats: boolean;
  /** Columns by item name and its place among those of that name, counted from 1. */
  readonly wanted: ReadonlyMap<string, ReadonlyMap<number, HouseValue>>;
  /** States that two bytes make together. */
  readonly pairs: readonly { readonly to: HouseValue; readonly first: string; readonly second: string }[];
  readonly columns: readonly HouseValue[];
  readonly optional: boolean;
}

export interface CommandPlan {
  readonly pointNames: readonly string[];
  readonly commands: readonly Command[];
}

/** What a profile asks of the unit at one address, in the order of its commands; a command that no point needs is not asked. */
export function planCommands(profile: Yd1363Profile, unit: number): CommandPlan {
  const points = Object.entries(profile.points);
  const commands = Object.entries(profile.commands).map(([name, { cid2, info, bytes, layout, optional }]): Command => {
    const wanted = new Map<string, Map<number, HouseValue>>();
    const pairs: { to: HouseValue; first: string; second: string }[] = [];
    const ofCommand = points.filter(([, field]) => field.command === name);
    const columns = points.flatMap(([point, field], column) => {
      if (field.command !== name) return [];
      const to = houseValue(point, field, column);
      if (field.with !== undefined) pairs.push({ to, first: field.item, second: field.with });
      else wanted.set(field.item, (wanted.get(field.item) ?? new Map()).set(field.nth, to));
      return [to];
    });
    return {
      where: `address ${unit} class ${profile.cid1} command ${cid2}`,
      cid2: Number.parseInt(cid2, 16),
      info: info === "unit" ? Buffer.from([unit]) : Buffer.from(info, "hex"),
      bytes: bytes ?? null,
      layout,
      bigEndianFloats: profile.floats === "big",
      wanted,
      pairs,
      columns,
      optional,
      everyMs: Math.min(...ofCommand.map(([, { everyMs }]) => everyMs)),
    };
  });
  return { pointNames: points.map(([name]) => name), commands: commands.filter(({ columns }) => columns.length > 0) };
}
