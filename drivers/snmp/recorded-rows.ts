import type { Rows } from "../profile.ts";
import { rowNameOf } from "./decode.ts";
import type { SnmpField, SnmpProfile } from "./profile.ts";
import type { SnmpRecording } from "./recording.ts";

/** The devices behind a recorded agent, each with all of its rows as a site would name them: one, or one per row where a row is a device. */
export function recordedDevices(profile: SnmpProfile, recording: SnmpRecording): readonly Rows[] {
  const rows = Object.fromEntries(Object.keys(profile.rows).map((set) => [set, rowsOf(profile, set, recording)]));
  const single = Object.entries(profile.rows).find(([, { one }]) => one)?.[0];
  return single === undefined ? [rows] : (rows[single] ?? []).map((row) => ({ ...rows, [single]: [row] }));
}

function rowsOf(profile: SnmpProfile, set: string, { variables }: SnmpRecording): readonly string[] {
  const nameColumn = profile.rows[set]?.nameColumn;
  const columns = nameColumn === undefined ? columnsOf(profile, set) : [nameColumn];
  const names = new Set<string>();
  for (const cell of variables.values()) {
    const column = columns.find((candidate) => cell.oid.startsWith(`${candidate}.`));
    if (column === undefined) continue;
    const name = nameColumn === undefined ? cell.oid.slice(column.length + 1) : rowNameOf(cell);
    if (name !== null && name !== "") names.add(name);
  }
  return [...names];
}

function columnsOf(profile: SnmpProfile, set: string): readonly string[] {
  return Object.values<SnmpField>(profile.points).flatMap(({ row, at, oid, fallback }) =>
    row === set && at === undefined ? [oid, ...(fallback === undefined ? [] : [fallback.oid])] : [],
  );
}
