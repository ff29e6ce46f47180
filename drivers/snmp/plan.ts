import { profilePoints, type Rows } from "../profile.ts";
import { type Decoder, decoderFor } from "./decode.ts";
import type { SnmpField, SnmpProfile } from "./profile.ts";

/** sysUpTime: going backwards means that the agent has restarted and may have numbered its rows anew. */
export const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";

/** A row set that this device needs, and the names of the rows the site chose. */
export interface WantedRows {
  readonly id: string;
  readonly nameColumn: string;
  readonly names: readonly string[];
}

/** One way to a value: its variable, and those that explain its number. */
interface Way {
  readonly oid: string;
  readonly decoder: Decoder;
  readonly explainedBy: readonly string[];
}

interface PlannedPoint extends Way {
  /** Row set, where its rows are found by name. */
  readonly rows: string | null;
  readonly row: string | null;
  readonly fallback: Way | null;
  /** How often it is asked; 0 for in every pass. */
  readonly everyMs: number;
}

/** What to ask one device, before it is known where its rows are. */
export interface SnmpPlan {
  readonly pointNames: readonly string[];
  readonly points: readonly PlannedPoint[];
  readonly wantedRows: readonly WantedRows[];
  /** Null: the profile does not say. */
  readonly variablesPerGetMax: number | null;
}

/** Where rows were found: row set → row name → instance (the digits after the column's OID). */
export type FoundRows = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What one asked variable is for. `column` is the point's place in the readings. */
type Use =
  /** `explainedBy`: OIDs of other variables that say what the number means. */
  | { readonly kind: "value"; readonly column: number; readonly decoder: Decoder; readonly explainedBy: readonly string[] }
  /** Used only when the value asked before it is not good. */
  | { readonly kind: "fallback"; readonly column: number; readonly decoder: Decoder; readonly explainedBy: readonly string[] }
  | { readonly kind: "explanation" }
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
  const wanted = new Map<string, WantedRows & { readonly names: string[] }>();
  const planned = points.map(({ name, field, row, everyMs }): PlannedPoint => {
    const content = profile.points[field];
    if (content === undefined) throw new Error(`profile ${profile.id}: field ${field} is gone`);
    const set = row === null ? null : wantedSet(profile, content.row, wanted);
    if (set !== null && row !== null && !set.names.includes(row)) set.names.push(row);
    const { fallback } = content;
    return {
      ...wayOf(name, content),
      rows: set?.id ?? null,
      row,
      everyMs,
      fallback: fallback === undefined ? null : wayOf(name, { ...content, ...fallback, textUnits: fallback.textUnits }),
    };
  });
  return {
    pointNames: points.map(({ name }) => name),
    points: planned,
    wantedRows: [...wanted.values()],
    variablesPerGetMax: profile.variablesPerGetMax ?? null,
  };
}

function wayOf(name: string, field: Pick<SnmpField, "oid" | "scaledBy"> & Parameters<typeof decoderFor>[1]): Way {
  return { oid: field.oid, decoder: decoderFor(name, field), explainedBy: field.scaledBy.map(({ oid }) => oid) };
}

/** The set whose rows are looked for by name; null when rows are named by their instance. */
function wantedSet(
  profile: SnmpProfile,
  id: string | undefined,
  wanted: Map<string, WantedRows & { readonly names: string[] }>,
): (WantedRows & { readonly names: string[] }) | null {
  const set = id === undefined ? undefined : profile.rows[id];
  if (id === undefined || set === undefined) throw new Error(`profile ${profile.id}: row set ${id} is not declared`);
  if (set.nameColumn === undefined) return null;
  const known = wanted.get(id) ?? { id, nameColumn: set.nameColumn, names: [] };
  wanted.set(id, known);
  return known;
}

/** Lays out the questions once the rows are known. Pure. A variable that explains several others is asked once. */
export function questionsFor(plan: SnmpPlan, found: FoundRows): Questions {
  const variables: AskedVariable[] = [];
  const missingColumns: number[] = [];
  const explanations = new Set<string>();
  if (plan.wantedRows.length > 0) variables.push({ oid: SYS_UP_TIME, use: { kind: "upTime" } });
  for (const { id, nameColumn, names } of plan.wantedRows) {
    for (const name of names) {
      const instance = found.get(id)?.get(name);
      if (instance !== undefined) variables.push({ oid: `${nameColumn}.${instance}`, use: { kind: "rowName", name } });
    }
  }
  const ask = (kind: "value" | "fallback", column: number, way: Way, instance: string | null): void => {
    const at = (oid: string): string => (instance === null || oid.endsWith(".0") ? oid : `${oid}.${instance}`);
    const explainedBy = way.explainedBy.map(at);
    for (const oid of explainedBy) {
      if (explanations.has(oid)) continue;
      explanations.add(oid);
      variables.push({ oid, use: { kind: "explanation" } });
    }
    variables.push({
      oid: instance === null ? way.oid : `${way.oid}.${instance}`,
      use: { kind, column, decoder: way.decoder, explainedBy },
    });
  };
  plan.points.forEach((point, column) => {
    const instance = point.rows === null || point.row === null ? point.row : found.get(point.rows)?.get(point.row);
    if (instance === undefined) missingColumns.push(column);
    else {
      ask("value", column, point, instance);
      if (point.fallback !== null) ask("fallback", column, point.fallback, instance);
    }
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

/** The variables of a pass in which the values of some columns stand: without these values, and without what explains nothing else. */
export function withoutColumns(variables: readonly AskedVariable[], columns: ReadonlySet<number>): readonly AskedVariable[] {
  if (columns.size === 0) return variables;
  const wanted = variables.filter(({ use }) => !("column" in use && columns.has(use.column)));
  const explaining = new Set(wanted.flatMap(({ use }) => ("explainedBy" in use ? use.explainedBy : [])));
  return wanted.filter(({ oid, use }) => use.kind !== "explanation" || explaining.has(oid));
}
