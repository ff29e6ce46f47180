import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModbusWire, openModbus } from "../../drivers/modbus/session.ts";
import type { ModbusOutput } from "../../drivers/modbus/switch.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";

const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));

describePeer("a pymodbus output module", ["pymodbus"], () => {
  const folder = mkdtempSync(join(tmpdir(), "roomward-"));
  const manners = join(folder, "manners.json");
  const link = join(folder, "tty");
  const peers: Peer[] = [];
  let port = 0;

  beforeAll(async () => {
    const map = join(folder, "map.json");
    writeFileSync(map, JSON.stringify({ manners, units: { 3: { coil: { 0: 0, 1: 0 }, holding: { 7: 4, 8: 0 } } } }));
    port = await freePort();
    const ready = (output: string): boolean => output.includes("ready");
    peers.push(await startPeer("/usr/bin/python3", [SLAVE, map, "tcp", `127.0.0.1:${port}`], { ready }));
    peers.push(await startPeer("/usr/bin/python3", [SLAVE, map, "pty", link], { ready }));
  });
  afterAll(async () => {
    for (const peer of peers) await peer.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const wires = {
    "on TCP": (): ModbusWire => ({ kind: "modbus-tcp", host: "127.0.0.1", port, timeoutMs: 500 }),
    "on a serial line": (): ModbusWire => ({
      kind: "modbus-rtu",
      path: link,
      baudRate: 9_600,
      parity: "none",
      stopBits: 1,
      timeoutMs: 500,
    }),
  };
  const coil = { unit: 3, table: "coil", address: 0, on: 1, off: 0, multiple: false } as const;
  const outputs: Readonly<Record<string, ModbusOutput>> = {
    "a coil (5)": coil,
    "a coil that is off while it is on (15)": { ...coil, address: 1, on: 0, off: 1, multiple: true },
    "a register (6)": { ...coil, table: "holding", address: 7, on: 5, off: 4 },
    "a register (16)": { ...coil, table: "holding", address: 8, multiple: true },
  };
  const cases = Object.entries(wires).flatMap(([where, wire]) =>
    Object.entries(outputs).map(([what, output]) => [what, where, wire, output] as const),
  );

  test.each(cases)("%s %s is set, read back, refuses, and lies", async (_what, _where, wire, output) => {
    const session = openModbus(wire(), systemClock);
    const at = session.switchAt(output);
    const code = output.table === "coil" ? (output.multiple ? 15 : 5) : output.multiple ? 16 : 6;
    try {
      writeFileSync(manners, "{}");
      expect(await at.set(true)).toEqual({ isOn: true, fault: null });
      expect(await at.look()).toEqual({ isOn: true, fault: null });
      writeFileSync(manners, JSON.stringify({ refuses: [code] }));
      expect(await at.set(false)).toMatchObject({
        isOn: true,
        fault: { reason: "exception", detail: expect.stringContaining("exception 4") },
      });
      writeFileSync(manners, JSON.stringify({ ignores: [code] }));
      expect(await at.set(false)).toEqual({ isOn: true, fault: null });
      writeFileSync(manners, "{}");
      expect(await at.set(false)).toEqual({ isOn: false, fault: null });
    } finally {
      await session.close();
    }
  });

  test("what is neither on nor off is not known, and neither is what does not answer", async () => {
    writeFileSync(manners, "{}");
    const session = openModbus(wires["on TCP"](), systemClock);
    const register = outputs["a register (6)"] as ModbusOutput;
    expect(await session.switchAt({ ...register, on: 1, off: 2 }).look()).toMatchObject({
      isOn: null,
      fault: { detail: "unit 3 holding 7: 4 is neither on (1) nor off (2)" },
    });
    expect(await session.switchAt({ ...register, unit: 9 }).set(true)).toMatchObject({ isOn: null, fault: { reason: "timeout" } });
    await session.close();
  });
});
