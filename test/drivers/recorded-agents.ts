import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadProfile, profileIds } from "../../drivers/catalogue.ts";
import { type ProfilePoint, profilePoints, type Rows } from "../../drivers/profile.ts";
import { rowNameOf } from "../../drivers/snmp/decode.ts";
import { fittingProfiles } from "../../drivers/snmp/identify.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";
import { parseSnmprec, type SnmpRecording } from "../../drivers/snmp/recording.ts";
import { findPoint, stateIndex } from "../../drivers/vocabulary.ts";

/** Recordings of real network cards and servers. They are under GPL and lie beside the project, or where RECORDINGS says, not in it. */
const RECORDINGS = process.env["RECORDINGS"] ?? fileURLToPath(new URL("../../../shared/recordings/", import.meta.url));
const FOLDERS = ["snmp", "servers"] as const;

export const RECORDINGS_THERE = existsSync(RECORDINGS);

export interface RecordedAgent {
  readonly name: string;
  readonly file: string;
  readonly recording: SnmpRecording;
  /** Profiles of ours that fit it, best first. */
  readonly profiles: readonly SnmpProfile[];
}

/** Every recording that lies there, tomorrow's included. */
export function recordedAgents(): readonly RecordedAgent[] {
  if (!RECORDINGS_THERE) return [];
  const profiles = profileIds().flatMap((id): readonly SnmpProfile[] => {
    const answer = loadProfile(id);
    return "profile" in answer && answer.profile.protocol === "snmp" ? [answer.profile] : [];
  });
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(RECORDINGS, folder))
      .filter((name) => name.endsWith(".snmprec"))
      .map((name) => join(RECORDINGS, folder, name)),
  );
  return files.map((file) => {
    const parsed = parseSnmprec(readFileSync(file));
    if ("problems" in parsed) throw new Error(`${file}: ${JSON.stringify(parsed.problems)}`);
    const { recording } = parsed;
    const has = (oid: string): boolean => recording.variables.has(oid);
    return {
      name: basename(file, ".snmprec"),
      file,
      recording,
      profiles: fittingProfiles({ sysObjectId: recording.sysObjectId, has }, profiles),
    };
  });
}

/** Which points of ours are read from each OID of the recording, the fallbacks too: a cell may tell a temperature or a humidity. */
export function pointsByOid(profile: SnmpProfile, rows: Rows, { variables }: SnmpRecording): ReadonlyMap<string, readonly ProfilePoint[]> {
  const byOid = new Map<string, ProfilePoint[]>();
  for (const point of profilePoints(profile, rows)) {
    const content = profile.points[point.field];
    if (content === undefined) continue;
    const { row } = point;
    const nameColumn = content.row === undefined ? undefined : profile.rows[content.row]?.nameColumn;
    const instance = row === null ? null : nameColumn === undefined ? row : instanceOf(nameColumn, row, variables);
    for (const oid of [content.oid, ...(content.fallback === undefined ? [] : [content.fallback.oid])]) {
      const full = instance === null ? oid : `${oid}.${instance}`;
      byOid.set(full, [...(byOid.get(full) ?? []), point]);
    }
  }
  return byOid;
}

function instanceOf(nameColumn: string, row: string, variables: SnmpRecording["variables"]): string {
  const cell = [...variables.values()].find((variable) => variable.oid.startsWith(`${nameColumn}.`) && rowNameOf(variable) === row);
  return cell === undefined ? "none" : cell.oid.slice(nameColumn.length + 1);
}

export interface Expectation {
  readonly kind: string;
  readonly oid: string;
  readonly raw: string;
  readonly expected: number;
}

/** Rows of a recording's table of expected values, in the units of the software that made it. */
export function expectationsOf({ file }: RecordedAgent): readonly Expectation[] {
  const table = file.replace(/\.snmprec$/, ".expected.csv");
  if (!existsSync(table)) return [];
  const [head = "", ...lines] = readFileSync(table, "utf8").trim().split("\n");
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    const cell = (name: string): string => cells[names.indexOf(name)] ?? "";
    return { kind: cell("sensor_class"), oid: cell("oid"), raw: cell("raw"), expected: Number(cell("expected")) };
  });
}

const CUBIC_METRES_PER_HOUR_PER_CFM = 1.699010795;

/**
 * What our reading must be: the other software shows run times in minutes, cooling in watts, pressure in kPa, air flow in cfm, and states as
 * raw codes.
 */
export function houseValue(profile: SnmpProfile, field: string, { kind, raw, expected }: Expectation): number {
  const definition = findPoint(field);
  const content = profile.points[field];
  if (definition?.kind === "state") return stateIndex(definition, content?.states?.[raw] ?? content?.otherwise ?? "") ?? Number.NaN;
  if (kind === "runtime") return definition?.unit === "s" ? expected * 60 : expected;
  if (kind === "cooling" && definition?.unit === "kW") return expected / 1_000;
  if (kind === "pressure" && definition?.unit === "Pa") return expected * 1_000;
  if (kind === "airflow") return expected * CUBIC_METRES_PER_HOUR_PER_CFM;
  return expected;
}
