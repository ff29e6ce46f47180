import { createServer, type Socket } from "node:net";
import type { FarmOptions, FromFarm, ToFarm } from "./farm.ts";
import { machineMs } from "./process.ts";
import { quantile } from "./row.ts";

/** The other side of `farm.ts`: many small Modbus TCP devices in a process of their own, so that they cost the box nothing. */
const HEADER_BYTES = 9;
const REQUEST_BYTES = 12;
const RESTING = 2_300;
/** How far and in how many steps moving registers move: each poll sees another value. */
const STEPS = 16;

class FarmDevice {
  readonly #registers: Uint16Array;
  readonly #moves: boolean;
  readonly #index: number;
  #round = 0;
  #watched = -1;
  arrivalsMs: number[] = [];

  constructor(index: number, { registers, moving }: FarmOptions) {
    this.#index = index;
    this.#registers = new Uint16Array(registers).fill(RESTING);
    this.#moves = moving;
  }

  set(register: number, value: number): void {
    this.#registers[register] = value;
    this.#watched = register;
  }

  answer(request: Buffer, socket: Socket): void {
    const address = request.readUInt16BE(8);
    const count = request.readUInt16BE(10);
    const answer = Buffer.alloc(HEADER_BYTES + count * 2);
    request.copy(answer, 0, 0, 8);
    answer.writeUInt16BE(3 + count * 2, 4);
    answer.writeUInt8(count * 2, 8);
    this.#round += 1;
    const moved = this.#moves ? this.#round % STEPS : 0;
    for (let i = 0; i < count; i += 1) answer.writeUInt16BE((this.#registers[address + i] ?? 0) + moved, HEADER_BYTES + i * 2);
    const nowMs = machineMs();
    this.arrivalsMs.push(nowMs);
    socket.write(answer);
    if (this.#watched < address || this.#watched >= address + count) return;
    this.#watched = -1;
    say({ kind: "served", device: this.#index, atMs: nowMs });
  }
}

function say(message: FromFarm): void {
  process.send?.(message);
}

/** How late each request was against its device's grid, whose place the device's earliest request tells. */
function latenessMs(arrivalsMs: readonly number[], periodMs: number): readonly number[] {
  const first = arrivalsMs[0] ?? 0;
  const offsets = arrivalsMs.map((atMs) => atMs - first - Math.round((atMs - first) / periodMs) * periodMs);
  const earliest = Math.min(...offsets);
  return offsets.map((offset) => offset - earliest);
}

async function listen(device: FarmDevice): Promise<number> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    // One request at a time on a connection, and twelve bytes travel together on loopback.
    socket.on("data", (chunk: Buffer) => {
      for (let at = 0; at + REQUEST_BYTES <= chunk.length; at += REQUEST_BYTES) device.answer(chunk.subarray(at), socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

const options = JSON.parse(process.argv[2] ?? "{}") as FarmOptions;
const devices = Array.from({ length: options.devices }, (_, index) => new FarmDevice(index, options));
const ports: number[] = [];
for (const device of devices) ports.push(await listen(device));
process.on("message", (message: ToFarm) => {
  if (message.kind === "set") devices[message.device]?.set(message.register, message.value);
  else if (message.kind === "reset") for (const device of devices) device.arrivalsMs = [];
  else {
    const late = devices.flatMap(({ arrivalsMs }) => latenessMs(arrivalsMs, message.periodMs));
    const requests = devices.reduce((sum, { arrivalsMs }) => sum + arrivalsMs.length, 0);
    say({ kind: "counted", requests, lateMedianMs: quantile(late, 0.5), lateP99Ms: quantile(late, 0.99) });
  }
});
process.on("disconnect", () => process.exit());
say({ kind: "listening", ports });
