import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { sparkplugDialect } from "../../firmware/upstream/dialects/sparkplug.ts";
import { BRANCH, FleetRooms } from "./fleet-rooms.ts";

const READ_EVERY_MS = 10_000;

/** The process of the gateways: each an edge node with the product's own dialect and a connection of its own; the rooms are read in turn. */
function tell(port: number, count: number): void {
  const fleet = new FleetRooms(count, BRANCH);
  const dataFolder = mkdtempSync(join(tmpdir(), "roomward-nodes-"));
  const { devices } = fleet;
  const dialects = fleet.rooms.map(({ table }, n) => {
    const room = { table, dataFolder, onDamage: () => undefined, onTrouble: ({ en }: { readonly en: string }) => console.error(en) };
    const broker = { host: "127.0.0.1", port, security: "none", clientId: `edge-${n}`, clock } as const;
    return sparkplugDialect({ ...broker, id: `edge-${n}`, group: "fleet", edge: `room-${n}`, devices, room });
  });
  let read = 0;
  const startMs = performance.now();
  setInterval(() => {
    // A busy machine is late; no round is left out for that.
    const due = Math.floor(((performance.now() - startMs) / READ_EVERY_MS) * count);
    for (; read < due; read += 1) {
      const room = fleet.rooms[read % count];
      if (room !== undefined) fleet.read(performance.now(), [room]);
    }
  }, READ_EVERY_MS / count);
  process.on("message", () => {
    for (const dialect of dialects) dialect.close();
    rmSync(dataFolder, { recursive: true, force: true });
    process.exit(0);
  });
}

if (import.meta.main) tell(Number(process.argv[2]), Number(process.argv[3]));
