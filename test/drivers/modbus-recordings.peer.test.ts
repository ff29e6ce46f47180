import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModbusRecording } from "../../drivers/modbus/recording.ts";
import { type ModbusAddress, openModbus } from "../../drivers/modbus/session.ts";
import { emptyReadings, isGood, qualityName } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { modbusProfile, modbusRecordings } from "./modbus-recordings.ts";

const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));
// The Debian package belongs to the Debian Python, whatever other Python comes first on the path.
const PYTHON = "/usr/bin/python3";

const recordings = modbusRecordings();

describePeer("recordings of raw words, served by pymodbus", ["pymodbus"], () => {
  let folder: string;
  let server: Peer;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roomward-words-"));
    const units = Object.fromEntries(recordings.map(([, recording], index) => [index + 1, tablesOf(recording)]));
    writeFileSync(join(folder, "map.json"), JSON.stringify({ units }));
    port = await freePort();
    server = await startPeer(PYTHON, [SLAVE, join(folder, "map.json"), "tcp", `127.0.0.1:${port}`], {
      ready: (output) => output.includes("ready"),
    });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(recordings.map(([name, recording], index) => [name, recording, index + 1] as const))("%s", async (_, recording, unit) => {
    const session = openModbus({ kind: "modbus-tcp", host: "127.0.0.1", port, timeoutMs: 2_000 }, systemClock);
    const said = await read(
      session.device({ profile: modbusProfile(recording.profile), unit, channel: recording.channel } satisfies ModbusAddress),
    );
    await session.close();
    const differing = Object.entries(recording.expect).filter(([name, wanted]) => !agrees(said.get(name), wanted));
    expect(differing.map(([name, wanted]) => `${name}: wanted ${wanted}, said ${said.get(name)}`)).toEqual([]);
  });
});

async function read(device: ReturnType<ReturnType<typeof openModbus>["device"]>): Promise<ReadonlyMap<string, number | string>> {
  const readings = emptyReadings(device.pointNames.length);
  expect((await device.read(readings)).answered).toBe(true);
  return new Map(
    device.pointNames.map((name, column) => {
      const quality = readings.qualities[column] ?? 255;
      const value = readings.values[column] ?? Number.NaN;
      const definition = findPoint(name);
      if (!isGood(quality)) return [name, `(${qualityName(quality)})`];
      return [name, definition?.kind === "state" ? (definition.states[value]?.name ?? "") : value];
    }),
  );
}

function agrees(said: number | string | undefined, wanted: number | string | null): boolean {
  if (wanted === null) return typeof said === "string" && said.startsWith("(");
  if (typeof said !== "number" || typeof wanted !== "number") return said === wanted;
  return Math.abs(said - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
}

function tablesOf({ blocks }: ModbusRecording): Readonly<Record<string, Readonly<Record<number, number>>>> {
  const tables: Record<string, Record<number, number>> = {};
  for (const { table, address, words } of blocks) {
    const cells = tables[table] ?? {};
    tables[table] = cells;
    for (const [at, word] of words.entries()) cells[address + at] = word;
  }
  return tables;
}
