import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Rows } from "../../drivers/profile.ts";
import { emptyReadings, isGood, type QualityName, qualityName } from "../../drivers/reading.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";
import { recordedDevices } from "../../drivers/snmp/recorded-rows.ts";
import { openSnmp } from "../../drivers/snmp/session.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer } from "../peers/peer.ts";
import { type Simulator, startSimulator } from "../peers/snmpsim.ts";
import { expectationsOf, houseValue, pointsByOid, RECORDINGS_THERE, type RecordedAgent, recordedAgents } from "./recorded-agents.ts";
import { LIES, NO_PROFILE } from "./recorded-lies.ts";

/** Fewer than this, and something that was compared once is compared no more. */
const COMPARED_MIN = 1_300;

const agents = recordedAgents();
const known = agents.filter(({ profiles }) => profiles.length > 0);

describe.skipIf(!RECORDINGS_THERE)("every recording", () => {
  test("has a profile that fits, or is listed with the reason why not", () => {
    const unfit = agents.filter(({ profiles }) => profiles.length === 0).map(({ name }) => name);
    expect(unfit.sort()).toEqual(Object.keys(NO_PROFILE).sort());
  });
});

const needs = RECORDINGS_THERE ? ["snmpsim"] : ["snmpsim", "recordings"];
describePeer("recordings of real network cards, served by snmpsim", needs, () => {
  let simulator: Simulator;
  let compared = 0;

  beforeAll(async () => {
    simulator = await startSimulator(known);
  }, 120_000);
  afterAll(() => simulator.stop());

  test.each(known.flatMap((agent) => agent.profiles.map((profile) => [profile.id, agent.name, profile, agent] as const)))(
    "%s reads %s as recorded",
    async (_id, _name, profile, agent) => {
      const surprises: string[] = [];
      for (const rows of recordedDevices(profile, agent.recording)) surprises.push(...(await readAndCompare(profile, rows, agent)));
      expect(surprises).toEqual([]);
    },
    60_000,
  );

  test("and enough of it was compared to mean something", () => {
    expect(compared).toBeGreaterThanOrEqual(COMPARED_MIN);
  });

  async function readAndCompare(profile: SnmpProfile, rows: Rows, agent: RecordedAgent): Promise<readonly string[]> {
    const security = { version: "2c", community: agent.name } as const;
    const session = openSnmp(
      { kind: "snmp", host: "127.0.0.1", port: simulator.port, timeoutMs: 5_000, retries: 1, security },
      systemClock,
    );
    const device = session.device({ profile, rows });
    const readings = emptyReadings(device.pointNames.length);
    const report = await device.read(readings);
    await session.close();
    expect(report).toMatchObject({ answered: true, faults: [] });
    const said = (name: string): number | QualityName => {
      const column = device.pointNames.indexOf(name);
      const quality = readings.qualities[column] ?? 255;
      return isGood(quality) ? (readings.values[column] ?? Number.NaN) : qualityName(quality);
    };
    const byOid = pointsByOid(profile, rows, agent.recording);
    const surprises: string[] = [];
    for (const expectation of expectationsOf(agent)) {
      const points = byOid.get(expectation.oid) ?? [];
      if (points.length === 0) continue;
      compared += 1;
      const outcomes = points.map(({ name, field }) => {
        const lie = LIES[`${agent.name} ${profile.id} ${name}`] ?? LIES[`${agent.name} ${name}`];
        const wanted = lie ?? expectedOf(profile, field, expectation);
        return {
          fits: agrees(said(name), wanted),
          text: `${name} ${expectation.oid}: raw ${expectation.raw}, wanted ${wanted}, said ${said(name)}`,
        };
      });
      if (!outcomes.some(({ fits }) => fits)) surprises.push(...outcomes.map(({ text }) => text));
    }
    return surprises;
  }
});

/** A state's code that the maker documents as "no state" is none of ours; for numbers every such case is listed among the lies. */
function expectedOf(profile: SnmpProfile, field: string, expectation: Parameters<typeof houseValue>[2]): number | QualityName {
  const isState = findPoint(field)?.kind === "state";
  if (isState && profile.points[field]?.absent.includes(Number(expectation.raw)) === true) return "sentinel";
  return houseValue(profile, field, expectation);
}

/** The tables round to two places. */
function agrees(said: number | QualityName, wanted: number | QualityName): boolean {
  if (typeof said === "string" || typeof wanted === "string") return said === wanted;
  return Math.abs(said - wanted) <= 0.006 + 1e-4 * Math.abs(wanted);
}
