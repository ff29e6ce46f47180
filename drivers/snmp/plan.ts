import { profilePoints, type Rows, type SnmpProfile } from "../profile.ts";
import { type Decoder, decoderFor } from "./decode.ts";

/** sysUpTime: going backwards means that the agent has restarted and may have numbered its rows anew. */
export const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";

/** A row set that this device needs, and the names of the rows the site chose. */
export interface WantedRows {
  readonly id: string;
  readonly nameColumn: string;
  readonly names: readonly string[];
}

interface PlannedPoint {
  readonly oid: string;
  readonly rows: string | null;
  readonly row: string | null;
  readonly decoder: Decoder;
  readonly fallback: { readonly oid: string; readonly decoder: Decoder } | null;
}

/** What to ask one device, before it is known where its rows are. */
export interface SnmpPlan {
  readonly pointNames: readonly string[];
  readonly points: readonly PlannedPoint[];
  readonly wantedRows: readonly WantedRows[];
  readonly variablesPerGetMax: number;
}

/** Where rows were found: row set → row name → instance (the digits after the column's OID). */
export type FoundRows = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What one asked variable is for. `column` is the point's place in the readings. */
type Use =
  | { readonly kind: "value"; readonly column: number; readonly decoder: Decoder }
  /** Used only when the value asked before it is not good. */
  | { readonly kind: "fallback"; readonly column: number; readonly decoder: Decoder }
  /** The name cell of a row: when it reads otherwise, the row has moved and its values belong to another. */
  | { readonly kind: "rowName"; readonly name: string }
  | { readonly kind: "upTime" };

export interface AskedVariable {
  readonly oid: string;
  readonly use: Use;
}

/** All variables in asking order, and the columns of rows that are not there. */
export interface Questions {
  readonly variables: readonly AskedVariable[];
  readonly missingColumns: readonly number[];
}

/** Works out what a device of this profile is asked. Pure; done once per device. */
export function planDevice(profile: SnmpProfile, rows: Rows): SnmpPlan {
  const points = profilePoints(profile, rows);
  const wanted = new Map<string, Set<string>>();
  const planned = points.map(({ name, field, row }): PlannedPoint => {
    const content = profile.points[field];
    if (content === undefined) throw new Error(`profile ${profile.id}: field ${field} is gone`);
    if (row !== null && content.row !== undefined) wanted.set(content.row, (wanted.get(content.row) ?? new Set()).add(row));
    const { fallback } = content;
    return {
      oid: content.oid,
      rows: row === null ? null : (content.row ?? null),
      row,
      decoder: decoderFor(name, content),
      fallback: fallback === undefined ? null : { oid: fallback.oid, decoder: decoderFor(name, { ...content, ...fallback }) },
    };
  });
  const wantedRows = [...wanted].map(([id, names]): WantedRows => {
    const set = profile.rows[id];
    if (set === undefined) throw new Error(`profile ${profile.id}: row set ${id} is not declared`);
    return { id, nameColumn: set.nameColumn, names: [...names] };
  });
  return {
    pointNames: points.map(({ name }) => name),
    points: planned,
    wantedRows,
    variablesPerGetMax: profile.variablesPerGetMax,
  };
}

/** Lays out the questions once the rows are known. Pure. */
export function questionsFor(plan: SnmpPlan, found: FoundRows): Questions {
  const variables: AskedVariable[] = [];
  const missingColumns: number[] = [];
  if (plan.wantedRows.length > 0) variables.push({ oid: SYS_UP_TIME, use: { kind: "upTime" } });
  for (const { id, nameColumn, names } of plan.wantedRows) {
    for (const name of names) {
      const instance = found.get(id)?.get(name);
      if (instance !== undefined) variables.push({ oid: `${nameColumn}.${instance}`, use: { kind: "rowName", name } });
    }
  }
  plan.points.forEach((point, column) => {
    const instance = point.rows === null || point.row === null ? null : found.get(point.rows)?.get(point.row);
    if (instance === undefined) missingColumns.push(column);
    else
      variables.push({
        oid: instance === null ? point.oid : `${point.oid}.${instance}`,
        use: { kind: "value", column, decoder: point.decoder },
      });
    if (point.fallback !== null && instance === null)
      variables.push({ oid: point.fallback.oid, use: { kind: "fallback", column, decoder: point.fallback.decoder } });
  });
  return { variables, missingColumns };
}

/** Cuts a list into requests of at most `sizeMax`, of nearly equal size so that no request carries a lonely rest. */
export function cutIntoRequests<Item>(items: readonly Item[], sizeMax: number): readonly (readonly Item[])[] {
  if (items.length === 0) return [];
  const count = Math.ceil(items.length / sizeMax);
  return Array.from({ length: count }, (_, n) =>
    items.slice(Math.floor((n * items.length) / count), Math.floor(((n + 1) * items.length) / count)),
  );
}
