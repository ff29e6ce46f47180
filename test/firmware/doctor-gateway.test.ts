import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { DoctorReply } from "../../firmware/contract/doctor.ts";
import { startModbusTcp } from "../room/wire/modbus-tcp.ts";
import type { Slave } from "../room/wire/pdu.ts";
import { gatewayHere } from "./gateway-here.ts";

test("the running gateway says what is wrong with its bus, and at which device", async () => {
  const slave = (words: readonly number[]): Slave => ({
    read: (table, address, count) => (table === "input" && address + count <= words.length ? words.slice(address, address + count) : null),
    silent: () => false,
  });
  const wire = await startModbusTcp(
    0,
    new Map([
      [1, slave([0, 231, 456])],
      [2, slave([])],
    ]),
  );
  const work = mkdtempSync(join(tmpdir(), "roomward-doctor-"));
  mkdirSync(join(work, "data"));
  const devices = [1, 2, 3].map(
    (unit) => `  - { id: th-${unit}, area: room, bus: line, unit: ${unit}, profile: sensor/xy-md02, every: 1s }\n`,
  );
  writeFileSync(
    join(work, "site.yaml"),
    `site: { id: t, name: T }\nareas: [{ id: room, name: Room }]\nbuses:\n  - { id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${wire.port}, timeout: 300ms }\ndevices:\n${devices.join("")}`,
  );
  const gateway = await gatewayHere(work);
  try {
    const bus = await vi.waitUntil(
      async () => {
        const { buses } = await gateway.get<DoctorReply>("/api/v1/buses/doctor");
        return (buses[0]?.findings.length ?? 0) >= 2 && buses[0];
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(bus.findings.map(({ causes, devices: about }) => [causes, about])).toEqual([
      [["behindGateway"], ["th-3"]],
      [["wrongProfile"], ["th-2"]],
    ]);
    expect(bus.devices.find(({ device }) => device === "th-1")).toMatchObject({ errors: {} });
    expect(bus.latency?.p50Ms).toBeLessThan(500);
  } finally {
    await gateway.stop();
    await wire.stop();
    rmSync(work, { recursive: true });
  }
});
