import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { type Box, eachAlarmAlone, eventually, SECRET, settled, startBox, writeSite } from "../box/box.ts";
import { type Room, startRoom } from "../room/room.ts";
import { native } from "./native.ts";

/** The demo room with a box whose disk can be made to fail. */
export interface Trouble {
  readonly room: Room;
  readonly data: string;
  /** The faults of the disk from now on, as lines of native/faultdisk.c; empty: a good one. */
  disk(faults: string): void;
  /** With the token of an earlier start, where the disk takes no new one. */
  start(token?: string): Promise<Box>;
}

/** Rules for impatient tests. */
function quickSite(yaml: string, upstream?: string): string {
  const site = parseDocument(yaml);
  site.addIn(["rules"], { points: ["ups-*/output.source"], state: { battery: "critical" }, on: "0s", off: "0s" });
  site.addIn(["rules"], { points: ["door-*/door.contact"], state: { open: "minor" }, on: "0s", off: "0s" });
  eachAlarmAlone(site);
  if (upstream !== undefined) site.setIn(["targets"], [{ id: "itsm", kind: "webhook", url: upstream, secret: SECRET }]);
  return site.toString();
}

export async function inTrouble(work: string, data = join(work, "data"), upstream?: string): Promise<Trouble> {
  const room = await startRoom({ ports: "free", speed: 10, seed: 7 });
  const site = writeSite(work, quickSite(room.siteYaml, upstream));
  const control = join(work, "faults");
  writeFileSync(control, "");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return {
    room,
    data,
    disk: (faults) => writeFileSync(control, faults),
    async start(token) {
      const env = { LD_PRELOAD: native("faultdisk"), ROOMWARD_FAULT_FOLDER: data, ROOMWARD_FAULT_CONTROL: control };
      const box = await startBox(site, data, { env, ...(token === undefined ? {} : { token }) });
      await eventually(
        () => box.health(),
        ({ points }) => points.fresh > 100 && points.stale === 0,
      );
      await settled(box);
      return box;
    },
  };
}

/** The alarm of the UPS on its battery. */
export function battery(alarms: readonly AlarmRecord[]): AlarmRecord | undefined {
  return alarms.find(({ point }) => point === "ups-a/output.source");
}

/** Acknowledges an alarm; true: the box said that it is on the disk. */
export async function acknowledge(box: Box, key: string, note: string): Promise<boolean> {
  const { status, body } = await box.post("/api/v1/alarms/acknowledge", { keys: [key], note });
  return status === 200 && (body as { acknowledged: string[] }).acknowledged.includes(key);
}

/** How long the box takes to answer, asked 40 times a second for a while. */
export async function answerTimes(
  box: Box,
  forMs: number,
): Promise<{ readonly p99: number; readonly stale: number; readonly asked: number }> {
  const times: number[] = [];
  let stale = 0;
  for (const end = performance.now() + forMs; performance.now() < end; ) {
    const asked = performance.now();
    stale = Math.max(stale, (await box.health()).points.stale);
    times.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  times.sort((a, b) => a - b);
  return { p99: times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY, stale, asked: times.length };
}
