import { crc16 } from "../../../../drivers/modbus/frame.ts";
import type { ModbusProfile } from "../../../../drivers/modbus/profile.ts";
import { findPoint } from "../../../../drivers/vocabulary.ts";
import { emptyImage, encodeModbus } from "../../../room/encode.ts";
import type { HouseValues } from "../../../room/house-values.ts";
import { answerPdu, exceptionPdu, type ModbusTable, type Slave } from "../../../room/wire/pdu.ts";
import type { Pair, Station } from "./pair.ts";
import type { Heard, UartSettings } from "./uart.ts";

export type Chance = () => number;

/** A small generator of chance with a seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How a device is, beside what its profile says. */
export interface Temper {
  readonly unit: number;
  readonly line: UartSettings;
  /** Takes questions with faulty characters all the same. */
  readonly lenient: boolean;
  thinkMs(): number;
  /** Whether the device lives at this moment. */
  lives?(): boolean;
  /** What becomes of its answer on its way out. */
  answers?(frame: Buffer): Buffer | null;
  /** A refusal instead of the answer. */
  refuses?(): number | null;
  /** How long the pair must have been quiet before a question that it takes. */
  readonly restMs?: number;
  /** Rearranges the words of an answer. */
  orders?(words: readonly number[], address: number): readonly number[];
}

export interface Device extends Station {
  readonly temper: Temper;
  readonly pair: { current: Pair | null };
}

const NUMBERS: readonly (readonly [suffix: RegExp, value: number])[] = [
  [/temperature/, 24.3],
  [/humidity/, 47.6],
  [/frequency/, 49.98],
  [/powerfactor/, 0.93],
  [/voltage/, 228.4],
  [/current/, 6.27],
  [/realpower|power|reactive/, 1_384.5],
  [/energy/, 4_812.37],
];

/** What a room's device would say: no value twice the same. */
function typicalValues(profile: ModbusProfile, chance: Chance): HouseValues {
  return Object.fromEntries(
    Object.keys(profile.points).map((name) => {
      const definition = findPoint(name);
      if (definition === undefined) throw new Error(name);
      if (definition.kind === "state") return [name, definition.states[0]?.name ?? ""];
      const number = NUMBERS.find(([pattern]) => pattern.test(name))?.[1] ?? definition.range[0] + 1;
      return [name, number * (0.97 + 0.06 * chance())];
    }),
  );
}

/** Registers of a device of this profile, anew at each question. */
export function registersOf(
  profile: ModbusProfile,
  channel: number,
  chance: Chance,
  known: (table: ModbusTable) => boolean = () => true,
): Slave {
  return {
    read(table, address, count) {
      if (!known(table)) return null;
      const image = emptyImage();
      encodeModbus(profile, channel, typicalValues(profile, chance), image);
      return Array.from({ length: count }, (_, index) => image[table].get(address + index) ?? 0);
    },
    silent: () => false,
  };
}

const isSound = (frame: Buffer): boolean => frame.length >= 4 && crc16(frame, 0, frame.length - 2) === frame.readUInt16LE(frame.length - 2);

export function withChecksum(body: Buffer): Buffer {
  const frame = Buffer.alloc(body.length + 2);
  body.copy(frame);
  frame.writeUInt16LE(crc16(body, 0, body.length), body.length);
  return frame;
}

/** A Modbus RTU device as it sits on the pair. `now` and `later` are virtual time. */
export function slaveOn(
  temper: Temper,
  slave: Slave,
  time: { readonly nowMs: number; after(ms: number, happen: () => void): () => void },
): Device {
  const pair: { current: Pair | null } = { current: null };
  let quietSinceMs = Number.NEGATIVE_INFINITY;
  /** While it prepares an answer it takes no other question. */
  let isBusy = false;
  const device: Device = {
    temper,
    pair,
    line: temper.line,
    hears(heard: readonly Heard[]) {
      const startedMs = (heard[0]?.endMs ?? 0) - 11_000 / temper.line.baudRate;
      const restedMs = startedMs - quietSinceMs;
      quietSinceMs = heard.at(-1)?.endMs ?? time.nowMs;
      const frame = Buffer.from(heard.map(({ byte }) => byte));
      if (temper.lives?.() === false || (!temper.lenient && heard.some(({ isFaulty }) => isFaulty))) return;
      // Rest is counted from whatever was on the pair, its own answers included.
      if (!isSound(frame) || frame[0] !== temper.unit || (temper.restMs !== undefined && restedMs < temper.restMs)) return;
      const answer = isBusy ? null : answerOf(frame);
      if (answer === null) return;
      isBusy = true;
      time.after(temper.thinkMs(), () => {
        isBusy = false;
        pair.current?.send(device, answer, temper.line);
        quietSinceMs = time.nowMs + (answer.length * 11_000) / temper.line.baudRate;
      });
    },
  };
  const answerOf = (frame: Buffer): Buffer | null => {
    const code = temper.refuses?.() ?? null;
    const ordered: Slave = {
      ...slave,
      read: (table, address, count) => {
        const words = slave.read(table, address, count);
        return words === null ? null : (temper.orders?.(words, address) ?? words);
      },
    };
    const pdu = code === null ? answerPdu(frame.subarray(1, frame.length - 2), ordered) : exceptionPdu(frame[1] ?? 0, code);
    const whole = withChecksum(Buffer.concat([Buffer.from([temper.unit]), pdu]));
    return temper.answers === undefined ? whole : temper.answers(whole);
  };
  return device;
}
