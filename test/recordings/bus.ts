import { readdirSync, readFileSync } from "node:fs";
import type { OpensWire } from "../../drivers/line/wire.ts";
import { emptyReadings } from "../../drivers/reading.ts";
import { openBus } from "../../firmware/acquire/sessions.ts";
import { parseRecording, type RecordedPoints } from "../../firmware/recordings/format.ts";
import { readPoints } from "../../firmware/recordings/recorder.ts";
import { Replay } from "../../firmware/recordings/replay.ts";
import { VirtualClock } from "../drivers/wire/virtual-clock.ts";
import { loadedSite } from "../firmware/loaded-site.ts";

const FOLDER = new URL("./bus/", import.meta.url);

/** Every recording of a bus in this folder, tomorrow's included: a support case that is put there is a test. */
export function busRecordings(): readonly (readonly [name: string, text: string])[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".rec"))
    .map((file) => [file, readFileSync(new URL(file, FOLDER), "utf8")] as const);
}

/** What a pass over a device brought, then and now. */
export interface Pass {
  readonly device: string;
  readonly recorded: RecordedPoints;
  readonly replayed: RecordedPoints;
}

/** Reads the devices of a recording again, pass by pass in the order of then, with the drivers of today. */
export async function replayed(text: string): Promise<readonly Pass[]> {
  const recording = parseRecording(text);
  if ("problems" in recording) throw new Error(JSON.stringify(recording.problems));
  const site = loadedSite(recording.siteText);
  const bus = site.buses[0];
  if (bus === undefined) throw new Error("a site that passed its check without a bus");
  const clock = new VirtualClock();
  const replay = new Replay(recording.events, bus.kind);
  const opens: OpensWire = async (_wire, _pace, listener) => ({
    line: {
      send(bytes) {
        for (const { bytes: said, afterMs } of replay.answer(bytes) ?? []) clock.after(afterMs, () => listener.bytes(said));
      },
      check: async () => null,
      close: async () => {},
    },
  });
  const wire = await openBus(bus, clock, { opens });
  const devices = new Map(
    site.devices.map((device) => {
      const reader = wire.reader(device);
      return [device.id, { reader, readings: emptyReadings(reader.pointNames.length) }] as const;
    }),
  );
  const passes: Pass[] = [];
  for (const event of recording.events) {
    if (event.kind !== "read") continue;
    const device = devices.get(event.device);
    if (device === undefined) throw new Error(`${event.device} is not in the head of its recording`);
    await clock.run(device.reader.read(device.readings));
    passes.push({ device: event.device, recorded: event.points, replayed: readPoints(device.reader.pointNames, device.readings) });
  }
  await wire.close();
  return passes;
}
