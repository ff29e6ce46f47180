import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../firmware/main.ts";
import type { LogLevel } from "../../firmware/platform/voice.ts";
import { Chance } from "./chance.ts";
import { CompressedClock } from "./compressed-clock.ts";
import { compressMachine, seenByThreads } from "./compressed-machine.ts";
import { DiskMeter, type MeterOptions } from "./disk-meter.ts";
import { MemoryRoom } from "./memory-room.ts";

/** What the process is told at its start, as JSON. */
export interface CompressedBoxOptions {
  readonly siteFile: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly startWallMs: number;
  /** Passed as fast as can be, before anything is counted; `hours` come after them. */
  readonly warmHours: number;
  readonly hours: number;
  readonly factor: number;
  readonly seed: number;
  readonly probes: number;
  readonly alarmsPerDay: number;
  /** A device falls silent and a wire loses its adapter, every day. */
  readonly troubles: boolean;
  readonly meter: MeterOptions | null;
}

/** What the process says of itself at the turn of an hour. */
export interface Vitals {
  /** Hours since the start. */
  readonly hour: number;
  readonly wallMs: number;
  readonly residentMb: number;
  readonly heapMb: number;
  readonly files: number;
}

/** Questions wait for `go`; time is braked meanwhile. */
export type FromCompressed =
  | { readonly kind: "listening"; readonly url: string }
  /** The hours that count begin. */
  | { readonly kind: "begins" }
  | { readonly kind: "hour"; readonly vitals: Vitals }
  | { readonly kind: "rings" }
  | { readonly kind: "over" }
  | { readonly kind: "said"; readonly level: LogLevel; readonly text: string }
  | { readonly kind: "ended"; readonly code: number; readonly minutes: readonly number[] };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ACKNOWLEDGED_AFTER_MS = 90_000;
const CLEARED_AFTER_MS = 5 * MINUTE_MS;
const SILENT_DEVICE = "m-1";
const UNPLUGGED_BUS = "b1";
const MB = 1_048_576;
const WARM_FACTOR = 20_000;

const options = JSON.parse(process.argv[2] ?? "{}") as CompressedBoxOptions;
const clock = new CompressedClock({ factor: WARM_FACTOR, startWallMs: options.startWallMs, seen: seenByThreads });
compressMachine(clock);
const room = new MemoryRoom(new Chance(options.seed));
const ending = new AbortController();
/** Programs are loaded in real time. */
const loosenStart = clock.brake();
const meter = options.meter === null ? null : new DiskMeter(options.meter, clock);

function say(message: FromCompressed): void {
  process.send?.(message);
}

let asking = Promise.resolve();
/** One question at a time, and time is slow until all are answered. */
function ask(message: FromCompressed): Promise<void> {
  const loosen = clock.brake();
  const question = async (): Promise<void> => {
    const answered = new Promise<void>((resolve) => process.once("message", () => resolve()));
    say(message);
    await answered;
    loosen();
  };
  asking = asking.then(question);
  return asking;
}

async function alarms(): Promise<void> {
  const everyMs = DAY_MS / options.alarmsPerDay;
  for (let n = 0; ; n += 1) {
    const probe = `th-${1 + (n % options.probes)}`;
    void alarm(probe);
    await clock.sleep(everyMs, ending.signal);
    if (ending.signal.aborted) return;
  }
}

async function alarm(probe: string): Promise<void> {
  room.heat(probe, true);
  await clock.sleep(ACKNOWLEDGED_AFTER_MS, ending.signal);
  if (ending.signal.aborted) return;
  await ask({ kind: "rings" });
  await clock.sleep(CLEARED_AFTER_MS - ACKNOWLEDGED_AFTER_MS, ending.signal);
  room.heat(probe, false);
}

async function troubles(): Promise<void> {
  while (!ending.signal.aborted) {
    await clock.sleep(15 * HOUR_MS, ending.signal);
    room.silence(SILENT_DEVICE, true);
    await clock.sleep(HOUR_MS / 2, ending.signal);
    room.silence(SILENT_DEVICE, false);
    await clock.sleep(HOUR_MS, ending.signal);
    room.unplug(UNPLUGGED_BUS, true);
    await clock.sleep(10 * MINUTE_MS, ending.signal);
    room.unplug(UNPLUGGED_BUS, false);
    await clock.sleep(DAY_MS - 16.5 * HOUR_MS - 10 * MINUTE_MS, ending.signal);
  }
}

async function hours(): Promise<void> {
  const { warmHours } = options;
  const until = (hour: number): Promise<void> => clock.sleep((warmHours + hour) * HOUR_MS - clock.monotonicMs(), ending.signal);
  if (warmHours > 0) await until(0);
  clock.runAt(options.factor);
  await ask({ kind: "begins" });
  await meter?.start();
  for (let hour = 1; hour <= options.hours; hour += 1) {
    await until(hour);
    await ask({ kind: "hour", vitals: vitals(hour) });
  }
  await until(options.hours);
  await ask({ kind: "over" });
  clock.letItBeReal();
  ending.abort();
}

function vitals(hour: number): Vitals {
  const { rss, heapUsed } = process.memoryUsage();
  const files = readdirSync("/proc/self/fd").length;
  return { hour, wallMs: clock.wallMs(), residentMb: rss / MB, heapMb: heapUsed / MB, files };
}

function begin(url: string): void {
  say({ kind: "listening", url });
  loosenStart();
  void hours();
  void alarms();
  if (options.troubles) void troubles();
}

/** A machine on which an NTP client says that the clock is right: it has the mark of systemd-timesyncd, and nothing else. */
function synchronisedMachine(): string {
  const machine = join(options.dataFolder, "..", "machine");
  mkdirSync(join(machine, "run/systemd/timesync"), { recursive: true });
  writeFileSync(join(machine, "run/systemd/timesync/synchronized"), "");
  return machine;
}

const code = await run({
  ...{ siteFile: options.siteFile, dataFolder: options.dataFolder, host: "127.0.0.1", port: options.port, demo: false, clock },
  voice: {
    say({ en }) {
      const url = /running at (\S+)/.exec(en)?.[1];
      if (url !== undefined) begin(url);
    },
    log: (level, { en }) => say({ kind: "said", level, text: en }),
  },
  openBus: room.openBus,
  machine: synchronisedMachine(),
  signal: ending.signal,
});
ending.abort();
await meter?.stop();
say({ kind: "ended", code, minutes: meter?.minutes ?? [] });
process.disconnect?.();
