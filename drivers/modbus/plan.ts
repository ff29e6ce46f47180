import { houseValue, unbounded } from "../house-value.ts";
import { type Scaling, scalingOf } from "../scaling.ts";
import { type ColumnDecoder, columnDecoder, rawDecoder } from "./decode.ts";
import { type ModbusField, type ModbusProfile, REGISTERS_OF } from "./profile.ts";

/** The function code that reads each table. */
export const FUNCTION_OF = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<ModbusField["table"], number>;

/** One read request and what its answer fills. */
export interface Block {
  readonly table: ModbusField["table"];
  readonly functionCode: 1 | 2 | 3 | 4;
  /** Zero-based address as sent, the channel already added. */
  readonly address: number;
  /** Registers, or bits in the bit tables. */
  readonly count: number;
  /** Data bytes that a full answer has. */
  readonly bytes: number;
  readonly columns: readonly ColumnDecoder[];
  /** Not every unit of the family has it. */
  readonly optional: boolean;
  /** How often it is asked; 0 for every round. */
  readonly everyMs: number;
  /** The same fields in two smaller blocks, for a unit that has not all of the addresses; none where only one field is left. */
  parts(): readonly Block[];
}

export interface ReadPlan {
  /** Vocabulary names, one per column of the readings, in profile order. */
  readonly pointNames: readonly string[];
  readonly blocks: readonly Block[];
  /** Columns whose number another register explains; read into columns behind those of the points. */
  readonly scaled: readonly ScaledColumn[];
  /** Columns of the blocks: the points, and what explains them. */
  readonly columnCount: number;
}

export interface ScaledColumn {
  readonly column: number;
  readonly saidIn: number;
  readonly scaling: Scaling;
  readonly low: number;
  readonly high: number;
}

const ADDRESS_MAX = 65_535;
const BITS_PER_REGISTER = 16;

interface Placed {
  /** Null for a register that is read for what it says about another one. */
  readonly name: string | null;
  readonly column: number;
  readonly field: Pick<ModbusField, "table" | "type" | "optional" | "everyMs">;
  readonly start: number;
  readonly end: number;
  decoder(at: number): ColumnDecoder;
}

const isBitTable = (table: ModbusField["table"]): boolean => table === "coil" || table === "discrete";

/**
 * Folds a register map into few reads; computed once, before the first poll. Near neighbours of one table share a read, at most
 * `gapMax` unused addresses apart. What only some units have is never read together with what all have: a unit without it answers
 * the whole request with an exception.
 */
export function planReads(profile: ModbusProfile, channel: number): ReadPlan {
  const offset = profile.perChannel ? channel : 0;
  const names = Object.keys(profile.points);
  const fields = Object.entries(profile.points);
  const place = (name: string | null, column: number, field: Placed["field"], address: number, decoder: Placed["decoder"]): Placed => {
    const start = address + offset;
    const end = start + (isBitTable(field.table) ? 1 : REGISTERS_OF[field.type]);
    if (end > ADDRESS_MAX + 1) throw new RangeError(`${profile.id} ${name}: channel ${channel} leads beyond address ${ADDRESS_MAX}`);
    return { name, column, field, start, end, decoder };
  };
  const placed = fields.map(([name, field], column) =>
    place(name, column, field, field.address, (at) => {
      const decoder = columnDecoder(name, field, column, at, isBitTable(field.table));
      return field.scaledBy === undefined ? decoder : unbounded(decoder);
    }),
  );
  const scaled: ScaledColumn[] = [];
  for (const [column, [name, field]] of fields.entries()) {
    if (field.scaledBy === undefined) continue;
    const { address, type } = field.scaledBy;
    const saidIn = names.length + scaled.length;
    const { low, high } = houseValue(name, field, column);
    scaled.push({ column, saidIn, scaling: scalingOf(field.scaledBy), low, high });
    placed.push(place(null, saidIn, { ...field, type }, address, (at) => rawDecoder(type, saidIn, at)));
  }
  const blocks = groups(placed).flatMap((group) => fold(group, profile));
  return { pointNames: names, blocks, scaled, columnCount: names.length + scaled.length };
}

/** Fields that may share a read at all: same table, equally certain to be there, asked equally often. In order of address. */
function groups(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const byKind = new Map<string, Placed[]>();
  for (const one of placed) {
    const kind = `${one.field.table} ${one.field.optional} ${one.field.everyMs}`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), one]);
  }
  return [...byKind.values()].map((group) => group.toSorted((a, b) => a.start - b.start || a.end - b.end));
}

function fold(group: readonly Placed[], { gapMax, registersPerReadMax }: ModbusProfile): readonly Block[] {
  const blocks: Block[] = [];
  let members: Placed[] = [];
  let start = 0;
  let end = 0;
  for (const next of group) {
    const lengthMax = isBitTable(next.field.table) ? registersPerReadMax * BITS_PER_REGISTER : registersPerReadMax;
    const joins = members.length > 0 && next.start - end <= gapMax && Math.max(end, next.end) - start <= lengthMax;
    if (!joins) {
      if (members.length > 0) blocks.push(block(members));
      members = [];
      start = next.start;
      end = next.end;
    }
    members.push(next);
    end = Math.max(end, next.end);
  }
  if (members.length > 0) blocks.push(block(members));
  return blocks;
}

/** @param members in order of address, at least one. */
function block(members: readonly Placed[]): Block {
  const { start, field } = members[0] as Placed;
  const { table, optional, everyMs } = field;
  const count = Math.max(...members.map(({ end }) => end)) - start;
  return {
    optional,
    everyMs,
    parts: () => cut(members).map(block),
    table,
    functionCode: FUNCTION_OF[table],
    address: start,
    count,
    bytes: isBitTable(table) ? Math.ceil(count / 8) : count * 2,
    columns: members.map(({ start: at, decoder }) => decoder(at - start)),
  };
}

/** In two at the widest hole, of holes of one width at the one nearest to the middle. Fields that share a register stay together. */
function cut(members: readonly Placed[]): readonly (readonly Placed[])[] {
  const middle = members.length / 2;
  let best: { readonly at: number; readonly hole: number } | null = null;
  let end = 0;
  for (const [at, { start, end: ownEnd }] of members.entries()) {
    const hole = start - end;
    const isBetter = best === null || hole > best.hole || (hole === best.hole && Math.abs(at - middle) < Math.abs(best.at - middle));
    if (at > 0 && hole >= 0 && isBetter) best = { at, hole };
    end = Math.max(end, ownEnd);
  }
  return best === null ? [] : [members.slice(0, best.at), members.slice(best.at)];
}
