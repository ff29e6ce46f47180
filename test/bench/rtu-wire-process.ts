import { spawn } from "node:child_process";
import { crc16 } from "../room/wire/crc16.ts";
import { machineMs } from "./process.ts";
import { median, quantile } from "./row.ts";
import type { FromWire, ToWire, WireCount, WireOptions } from "./rtu-wire.ts";

/** The other side of `rtu-wire.ts`: an RS-485 pair with its timing, in a process of its own. */
const REQUEST_BYTES = 8;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_CHARACTER = 10;
/** A converter passes on what it has when so many bytes are there. */
const FIFO_BYTES = 8;
/** Timers are late by up to this; the rest of a wait is spent awake. */
const TIMER_SLACK_MS = 1.5;

const { path, baudRate, slaves, dead = [] } = JSON.parse(process.argv[2] ?? "{}") as WireOptions;
const characterMs = (BITS_PER_CHARACTER * 1_000) / baudRate;
const silenceMs = baudRate > 19_200 ? 1.75 : 3.5 * characterMs;

const pty = spawn("socat", [`pty,raw,echo=0,link=${path}`, "-"], { stdio: ["pipe", "pipe", "inherit"] });
let pending: Buffer = Buffer.alloc(0);
let beganMs = 0;
/** When the portion with the last byte of the last answer was about to be handed on. (Afterwards this process may be put off, and the other side not.) */
let quietSinceMs = Number.NaN;
let speaking = false;
let gapsMs: number[] = [];
let perUnit: number[] = Array.from({ length: slaves }, () => 0);
let idealMs = 0;
let broken = 0;
let collisions = 0;

pty.stdout.on("data", (chunk: Buffer) => {
  if (pending.length === 0) beganMs = machineMs();
  pending = Buffer.concat([pending, chunk]);
  if (speaking) collisions += 1;
  if (pending.length < REQUEST_BYTES) return;
  const request = pending.subarray(0, REQUEST_BYTES);
  pending = Buffer.alloc(0);
  if (!speaking) void answer(request, beganMs);
});

async function answer(request: Buffer, requestMs: number): Promise<void> {
  speaking = true;
  if (!Number.isNaN(quietSinceMs)) {
    const gapMs = requestMs - quietSinceMs;
    gapsMs.push(gapMs);
    if (gapMs < silenceMs) broken += 1;
  }
  const unit = request.readUInt8(0);
  if (unit <= slaves) perUnit[unit - 1] = (perUnit[unit - 1] ?? 0) + 1;
  const said = unit >= 1 && unit <= slaves && !dead.includes(unit) ? answerTo(request) : Buffer.alloc(0);
  const startMs = requestMs + REQUEST_BYTES * characterMs + silenceMs;
  for (let from = 0; from < said.length; from += FIFO_BYTES) {
    const portion = said.subarray(from, from + FIFO_BYTES);
    await at(startMs + (from + portion.length) * characterMs);
    quietSinceMs = machineMs();
    pty.stdin.write(portion);
  }
  idealMs += (REQUEST_BYTES + said.length) * characterMs + 2 * silenceMs;
  speaking = false;
}

async function at(untilMs: number): Promise<void> {
  const drowsyMs = Math.floor(untilMs - machineMs() - TIMER_SLACK_MS);
  if (drowsyMs > 0) await new Promise((resolve) => setTimeout(resolve, drowsyMs));
  while (machineMs() < untilMs) await new Promise((resolve) => setImmediate(resolve));
}

/** The registers of a unit say which they are. */
function answerTo(request: Buffer): Buffer {
  const [address, count] = [request.readUInt16BE(2), request.readUInt16BE(4)];
  const body = Buffer.alloc(3 + count * 2 + 2);
  request.copy(body, 0, 0, 2);
  body.writeUInt8(count * 2, 2);
  for (let register = 0; register < count; register += 1) body.writeUInt16BE(2_300 + ((address + register) % 16), 3 + register * 2);
  body.writeUInt16LE(crc16(body.subarray(0, -2)), body.length - 2);
  return body;
}

function counted(): WireCount {
  const requests = gapsMs.length;
  return {
    requests,
    perUnit,
    idealMs: idealMs / Math.max(1, requests),
    silenceMs,
    gapMedianMs: median(gapsMs),
    gapLeastMs: Math.min(...gapsMs),
    gapP99Ms: quantile(gapsMs, 0.99),
    broken,
    collisions,
  };
}

const say = (message: FromWire): void => {
  process.send?.(message);
};
process.on("message", (message: ToWire) => {
  if (message === "count") say({ kind: "counted", ...counted() });
  gapsMs = [];
  perUnit = perUnit.map(() => 0);
  idealMs = 0;
  broken = 0;
  collisions = 0;
});
process.on("disconnect", () => pty.kill());
pty.on("exit", () => process.exit());
pty.stdin.on("error", () => {});
say({ kind: "ready" });
