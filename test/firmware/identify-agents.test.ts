import { describe, expect, test } from "vitest";
import { recordedDevices } from "../../drivers/snmp/recorded-rows.ts";
import { openRecording } from "../../drivers/snmp/recording.ts";
import { identifyOver } from "../../firmware/commissioning/identify.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { expectationsOf, pointsByOid, RECORDINGS_THERE, type RecordedAgent, recordedAgents } from "../drivers/recorded-agents.ts";

/** Profiles that read most of what other software reads of this agent: for one card several families may be right. */
function rightFor(agent: RecordedAgent): readonly string[] {
  const wanted = new Set(expectationsOf(agent).map(({ oid }) => oid));
  const read = agent.profiles.map((profile) => {
    const oids = recordedDevices(profile, agent.recording).flatMap((rows) => [...pointsByOid(profile, rows, agent.recording).keys()]);
    return { id: profile.id, count: new Set(oids.filter((oid) => wanted.has(oid))).size };
  });
  const most = Math.max(0, ...read.map(({ count }) => count));
  return most === 0 ? [] : read.filter(({ count }) => count >= 0.8 * most).map(({ id }) => id);
}

describe.skipIf(!RECORDINGS_THERE)("recorded agents", () => {
  test("are recognised as a family that reads most of what others read of them", async () => {
    const places: number[] = [];
    for (const agent of recordedAgents()) {
      const right = rightFor(agent);
      if (right.length === 0) continue;
      const tools = { clock: systemClock, ends: new AbortController().signal, tell: () => {} };
      const outcome = await identifyOver(openRecording(agent.recording), { where: agent.name, timeoutMs: 0 }, tools);
      if (outcome.result?.kind !== "identify") throw new Error(`${agent.name} was not identified`);
      const place = outcome.result.candidates.findIndex(({ profile }) => right.includes(profile));
      places.push(place < 0 ? Number.POSITIVE_INFINITY : place + 1);
    }
    const share = (best: number): number => places.filter((place) => place <= best).length / places.length;
    expect(places.length).toBeGreaterThanOrEqual(70);
    expect(share(1)).toBeGreaterThanOrEqual(0.9);
    expect(share(3)).toBe(1);
  });
});
