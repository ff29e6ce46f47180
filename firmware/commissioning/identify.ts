import { BEST_SHOWN, type Scored, verdictOf } from "../../drivers/identify.ts";
import { askedOnce, evidenceOf, type ModbusEvidence, objectsIn, rankModbus } from "../../drivers/modbus/identify.ts";
import { clientFor, type ModbusWire } from "../../drivers/modbus/session.ts";
import type { Profile } from "../../drivers/profile.ts";
import { emptyReadings, isGood } from "../../drivers/reading.ts";
import { openClient } from "../../drivers/snmp/client.ts";
import { TAG } from "../../drivers/snmp/decode.ts";
import { fittingProfiles, rankSnmp, type SnmpEvidence } from "../../drivers/snmp/identify.ts";
import { agentHeard, SYSTEM_OIDS } from "../../drivers/snmp/scan.ts";
import { sessionOver } from "../../drivers/snmp/session.ts";
import type { SnmpClient } from "../../drivers/snmp/wire.ts";
import type { Candidate, JobResult } from "../contract/commissioning.ts";
import { wireText } from "../site/line.ts";
import type { BusEntry } from "../site/schema.ts";
import { snmpWire } from "../site/snmp.ts";
import { modbusProfiles, snmpProfiles } from "./ask.ts";
import type { Bench, Outcome } from "./bench.ts";
import { cannotReachWords, refusals, verdictWords } from "./words.ts";

/** Frames of an identification; what a unit says beyond is of no use here. */
const IDENTIFICATION_FRAMES_MAX = 3;
/** Questions in a row, at the start, to which nobody says anything: nobody is there. */
const SILENCES_MAX = 6;
/** Fitting profiles that an agent is read by; more than this hardly ever claim one. */
const READ_BY_MAX = 12;
const OBJECT_NAMES = ["VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl", "ProductName", "ModelName"] as const;

type Tools = Pick<Bench, "clock" | "ends" | "tell">;

/** Which families a unit may be of: reads it as each of them, and says what it says of itself. */
export async function identifyUnit(wire: ModbusWire, unit: number, { clock, ends, tell }: Tools): Promise<Outcome> {
  const client = clientFor(wire, clock);
  try {
    const said = await sayWhoYouAre(client, unit);
    if ("unreachable" in said)
      return { problem: cannotReachWords("path" in wire ? wire.path : `${wire.host}:${wire.port}`, said.unreachable) };
    const profiles = modbusProfiles();
    const line = wire.kind === "modbus-rtu" ? wire : null;
    let tells = false;
    let silences = said.silent ? 1 : 0;
    const asked = askedOnce({
      async ask(which, block, pauseMs) {
        const answer = await client.ask(which, block, pauseMs);
        if (answer.outcome === "exception") tells = true;
        if (answer.outcome !== "lost") silences = Number.NEGATIVE_INFINITY;
        else if (answer.reason === "timeout") silences += 1;
        return answer;
      },
    });
    const evidence: ModbusEvidence[] = [];
    for (const [index, profile] of profiles.entries()) {
      if (ends.aborted || silences >= SILENCES_MAX) break;
      tell({ done: index, total: profiles.length, leftMs: (profiles.length - index) * wire.timeoutMs, now: profile.id }, []);
      evidence.push(await evidenceOf(profile, asked, { unit, channel: 0, line }));
    }
    const text = [...said.objects.values()].join(" ");
    const objects = Object.fromEntries([...said.objects].map(([id, value]) => [OBJECT_NAMES[id] ?? `object ${id}`, value]));
    return { result: identified(objects, rankModbus(evidence, text), profiles, silences >= SILENCES_MAX ? "silent" : tells) };
  } finally {
    await client.close();
  }
}

type SaidSelf = { readonly objects: ReadonlyMap<number, string>; readonly silent: boolean } | { readonly unreachable: string };

async function sayWhoYouAre(client: ReturnType<typeof clientFor>, unit: number): Promise<SaidSelf> {
  const objects = new Map<number, string>();
  let from: number | null = 0;
  for (let frame = 0; frame < IDENTIFICATION_FRAMES_MAX && from !== null; frame += 1) {
    const answer = await client.ask(unit, { functionCode: 43, from });
    if (answer.outcome === "lost" && answer.reason === "adapterMissing") return { unreachable: answer.what };
    if (answer.outcome !== "data") return { objects, silent: frame === 0 && answer.outcome === "lost" && answer.reason === "timeout" };
    const said = objectsIn(answer.bytes);
    for (const [id, value] of said.objects) objects.set(id, value);
    from = said.next;
  }
  return { objects, silent: false };
}

function identified(
  said: Readonly<Record<string, string>>,
  ranked: readonly Scored[],
  profiles: readonly Profile[],
  heard: boolean | "silent",
): JobResult {
  const verdict = heard === "silent" ? heard : verdictOf(ranked, heard);
  const labels = new Map(profiles.map(({ id, label }) => [id, label]));
  const candidates = ranked.slice(0, BEST_SHOWN).map(({ profile, confidence, reasons }): Candidate => {
    return { profile, confidence, label: labels.get(profile) ?? { zh: profile, en: profile }, reasons: [...reasons] };
  });
  return { kind: "identify", said: { ...said }, candidates, verdict, words: verdictWords(verdict, ranked) };
}

/** Which families an SNMP agent may be of. */
export async function identifyAgent(bus: Extract<BusEntry, { kind: "snmp" }>, tools: Tools): Promise<Outcome> {
  const client = openClient(snmpWire(bus), tools.clock);
  try {
    return await identifyOver(client, { where: wireText(bus), timeoutMs: bus.timeout }, tools);
  } finally {
    client.close();
  }
}

/** The same over any client: an agent, or a recording. */
export async function identifyOver(
  client: SnmpClient,
  { where, timeoutMs }: { readonly where: string; readonly timeoutMs: number },
  { clock, ends, tell }: Tools,
): Promise<Outcome> {
  const heard = agentHeard(await client.get(SYSTEM_OIDS));
  if (heard.outcome === "silent") return { result: identified({}, [], [], "silent") };
  if (heard.outcome === "closed") return { problem: cannotReachWords(where, "no SNMP agent at this port") };
  if (heard.outcome !== "answered") return { problem: refusals.noAnswer(heard.what) };
  const { sysDescr, sysObjectId, sysName } = heard;
  const profiles = snmpProfiles();
  const probes = new Set(profiles.flatMap(({ probe }) => probe ?? []));
  const present = new Set<string>();
  let done = 0;
  const total = probes.size + READ_BY_MAX;
  const step = (now: string): void => {
    tell({ done, total, leftMs: (total - done) * timeoutMs, now }, []);
    done += 1;
  };
  for (const probe of probes) {
    if (ends.aborted) break;
    step(probe);
    if (await has(client, probe)) present.add(probe);
  }
  const fitting = fittingProfiles({ sysObjectId, has: (oid) => present.has(oid) }, profiles).slice(0, READ_BY_MAX);
  const evidence: SnmpEvidence[] = [];
  for (const profile of fitting) {
    if (ends.aborted) break;
    step(profile.id);
    const device = sessionOver(client, clock).device({ profile, rows: {} });
    const readings = emptyReadings(device.pointNames.length);
    await device.read(readings);
    evidence.push({ profile, good: readings.qualities.filter(isGood).length, points: device.pointNames.length });
  }
  return { result: identified({ sysDescr, sysObjectId, sysName }, rankSnmp(evidence, sysObjectId), profiles, true) };
}

async function has(client: SnmpClient, oid: string): Promise<boolean> {
  const answer = await client.get([oid]);
  const type = answer.outcome === "variables" ? answer.variables[0]?.type : undefined;
  return type !== undefined && type !== TAG.noSuchObject && type !== TAG.noSuchInstance && type !== TAG.endOfMibView;
}
