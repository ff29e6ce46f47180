import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyReadings, isGood } from "../../drivers/reading.ts";
import { openSnmp } from "../../drivers/snmp/session.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer, NUT_SNMP } from "../peers/peer.ts";
import { snmpProfile } from "../peers/snmp-profiles.ts";
import { type Simulator, startSimulator } from "../peers/snmpsim.ts";
import { RECORDINGS_THERE, recordedAgents } from "./recorded-agents.ts";

/** Recordings that NUT's driver recognises, with the name of its MIB. It probes objects that the other recordings lack. */
const JUDGED: readonly (readonly [recording: string, profile: string, mibs: string])[] = [
  ["apc_smx750", "ups/apc-powernet", "apcc"],
  ["apc_smtl1000-nmc3", "ups/apc-powernet", "apcc"],
  ["apc_sua1500rmi2u", "ups/apc-powernet", "apcc"],
  ["apc_symmetralx", "ups/apc-powernet", "apcc"],
  ["cyberpower", "ups/cyberpower", "cyberpower"],
  ["generex-ups_cs141", "ups/ietf-rfc1628", "ietf"],
  ["generex-ups_cs141-v22036", "ups/ietf-rfc1628", "ietf"],
];
const AGREED_MIN = 60;

/** One quantity under two names: NUT drops the phase of what it takes for a single-phase unit, and calls APC's battery temperature the UPS's. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  "input.L1-N.voltage": ["input.voltage"],
  "input.L1.frequency": ["input.frequency"],
  "output.L1-N.voltage": ["output.voltage"],
  "output.L1.current": ["output.current"],
  "output.L1.realpower": ["output.realpower"],
  "battery.temperature": ["battery.temperature", "ups.temperature"],
};
/** Where NUT 2.8.0 is wrong, and why we believe ourselves. */
const NUT_ERRS: Readonly<Record<string, string>> = {
  "cyberpower battery.current": "its table has the output current under this name",
  "apc_sua1500rmi2u ambient.humidity": "−1 stands for no humidity sensor",
};

describePeer(
  "NUT's numbers for the same recording",
  RECORDINGS_THERE ? ["snmpsim", "nut-snmp"] : ["snmpsim", "nut-snmp", "recordings"],
  () => {
    let simulator: Simulator;
    let agreed = 0;

    beforeAll(async () => {
      simulator = await startSimulator(recordedAgents().filter(({ name }) => JUDGED.some(([judged]) => judged === name)));
      mkdirSync(join(simulator.folder, "nut"));
    }, 120_000);
    afterAll(() => simulator.stop());

    test.each(JUDGED)(
      "%s: %s agrees with snmp-ups (%s) where both know the name",
      async (recording, id, mibs) => {
        const nut = await numbersOfNut(recording, mibs);
        const ours = await ourNumbers(recording, id);
        const differing: string[] = [];
        let compared = 0;
        for (const [name, value] of ours) {
          const theirs = [name, ...(SAME[name] ?? [])].flatMap((other) => nut.get(other) ?? [])[0];
          if (theirs === undefined || NUT_ERRS[`${recording} ${name}`] !== undefined) continue;
          compared += 1;
          if (Math.abs(theirs - value) > 0.051) differing.push(`${name}: ours ${value}, NUT's ${theirs}`);
        }
        agreed += compared;
        expect(differing).toEqual([]);
        expect(compared).toBeGreaterThan(5);
      },
      60_000,
    );

    test("and enough of it was compared to mean something", () => {
      expect(agreed).toBeGreaterThanOrEqual(AGREED_MIN);
    });

    /** Numbers of one round of NUT's driver, by its names. */
    async function numbersOfNut(recording: string, mibs: string): Promise<ReadonlyMap<string, number>> {
      const { folder, port } = simulator;
      const nut = join(folder, "nut");
      const settings = [`port=127.0.0.1:${port}`, `community=${recording}`, "snmp_version=v2c", `mibs=${mibs}`];
      const arguments_ = ["-s", "t1", "-u", "root", "-d", "1", ...settings.flatMap((setting) => ["-x", setting])];
      const environment = { ...process.env, NUT_STATEPATH: nut, NUT_ALTPIDPATH: nut, NUT_CONFPATH: nut };
      const { stdout } = await promisify(execFile)(NUT_SNMP, arguments_, { env: environment, timeout: 50_000 });
      const lines = [...stdout.matchAll(/^([a-zA-Z0-9.-]+): (-?\d+(?:\.\d+)?)$/gm)];
      return new Map(lines.map(([, name = "", value]) => [name, Number(value)]));
    }

    async function ourNumbers(recording: string, id: string): Promise<ReadonlyMap<string, number>> {
      const security = { version: "2c", community: recording } as const;
      const session = openSnmp(
        { kind: "snmp", host: "127.0.0.1", port: simulator.port, timeoutMs: 3_000, retries: 1, security },
        systemClock,
      );
      const device = session.device({ profile: snmpProfile(id), rows: {} });
      const readings = emptyReadings(device.pointNames.length);
      await device.read(readings);
      await session.close();
      return new Map(
        device.pointNames.flatMap((name, column) =>
          isGood(readings.qualities[column] ?? 255) && findPoint(name)?.kind !== "state"
            ? [[name, readings.values[column] ?? 0] as const]
            : [],
        ),
      );
    }
  },
);
