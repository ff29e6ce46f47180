import type { LineListener } from "../../drivers/line/line.ts";
import type { OpensWire } from "../../drivers/line/wire.ts";
import type { Cause } from "../../firmware/contract/doctor.ts";
import type { Site } from "../../firmware/site/model.ts";
import { type Copper, Pair, type Station } from "../drivers/wire/rs485/pair.ts";
import { type Chance, chanceOf, type Device, registersOf, slaveOn, type Temper, withChecksum } from "../drivers/wire/rs485/slave.ts";
import type { UartSettings, Wave } from "../drivers/wire/rs485/uart.ts";
import { VirtualClock } from "../drivers/wire/virtual-clock.ts";
import { loadedSite } from "./loaded-site.ts";

/** A room with one bus, before anything is wrong with it. */
export interface Scene {
  readonly site: Site;
  readonly clock: VirtualClock;
  readonly opens: OpensWire;
}

/** What is wrong: what the doctor should say of it. */
export interface Fault {
  readonly name: string;
  readonly expected: readonly Cause[];
  build(seed: number): Scene & { readonly devices: readonly string[] };
}

const PROBE = "sensor/xy-md02";
const METER = "meter/eastron-sdm630";
const SMALL_METER = "meter/peacefair-pzem-016";
const CONTACT = "door/wellpro-di";

/** How long after the start something changes. */
export const CHANGE_AFTER_MS = 60_000;

interface Plan {
  readonly profiles: readonly string[];
  readonly baudRate: number;
  readonly parity: UartSettings["parity"];
  readonly kind: "modbus-rtu" | "modbus-rtu-tcp";
  readonly every: string | null;
  readonly timeout: string;
}

function planOf(chance: Chance, from: Partial<Plan> = {}): Plan {
  const count = 4 + Math.floor(chance() * 5);
  const profiles = Array.from({ length: count }, (_, index) => (index % 3 === 0 ? METER : index % 3 === 1 ? PROBE : SMALL_METER));
  const baudRate = [9_600, 9_600, 19_200, 4_800][Math.floor(chance() * 4)] ?? 9_600;
  return { profiles, baudRate, parity: "none", kind: "modbus-rtu", every: null, timeout: "500ms", ...from };
}

function siteText({ profiles, baudRate, parity, kind, every, timeout }: Plan): string {
  const line = kind === "modbus-rtu" ? `path: /dev/x, baudRate: ${baudRate}, parity: ${parity}` : "host: 10.0.0.2, port: 4001";
  const devices = profiles.map((profile, index) => {
    const period = every === null ? "" : `, every: ${every}`;
    return `  - { id: d${index + 1}, area: room, bus: line, unit: ${index + 1}, profile: ${profile}${period} }`;
  });
  return `site: { id: t, name: T }\nareas: [{ id: room, name: Room }]\nbuses:\n  - { id: line, kind: ${kind}, ${line}, timeout: ${timeout} }\ndevices:\n${devices.join("\n")}\n`;
}

interface Made {
  readonly chance: Chance;
  readonly clock: VirtualClock;
  readonly line: UartSettings;
  readonly devices: Device[];
  /** Stations beside the devices: twins, other masters, babblers. */
  readonly others: Station[];
  readonly copper: Copper;
  readonly pair: () => Pair;
  /** The device that the trouble is at. */
  readonly chosen: number;
}

/** Builds a bus, `change` making it sick. */
function scene(
  seed: number,
  from: Partial<Plan>,
  change: (made: Made) => {
    readonly tempers?: (unit: number) => Partial<Temper>;
    readonly line?: UartSettings;
    readonly copper?: Copper;
    readonly about?: readonly number[];
    readonly running?: (pair: Pair) => void;
    readonly others?: (pair: () => Pair) => readonly Station[];
  },
): ReturnType<Fault["build"]> {
  const chance = chanceOf(seed);
  const plan = planOf(chance, from);
  const site = loadedSite(siteText(plan));
  const clock = new VirtualClock();
  const line: UartSettings = { baudRate: plan.baudRate, parity: plan.parity, stopBits: 1 };
  let pair: Pair | null = null;
  const thePair = (): Pair => {
    if (pair === null) throw new Error("no pair yet");
    return pair;
  };
  const chosen = 1 + Math.floor(chance() * plan.profiles.length);
  const made = { chance, clock, line, devices: [], others: [], copper: {}, pair: thePair, chosen };
  const { tempers, copper = {}, about = [], running, others, line: busLine = line } = change(made);
  const devices = site.devices.map(({ unit, profile, channel }) => {
    if (profile.protocol !== "modbus") throw new Error(profile.protocol);
    const base = 8 + chance() * 12;
    const temper: Temper = {
      unit,
      line: busLine,
      lenient: false,
      thinkMs: () => base + chance() * 6,
      ...tempers?.(unit),
    };
    return slaveOn(temper, registersOf(profile, channel, chance), clock);
  });
  pair = new Pair(clock, plan.kind === "modbus-rtu" ? line : busLine, [...devices, ...(others?.(thePair) ?? [])], copper);
  for (const device of devices) device.pair.current = pair;
  running?.(pair);
  return { site, clock, opens: pair.opens, devices: about.map((unit) => `d${unit}`) };
}

/** Lets something happen again and again, at random times. */
function often(clock: VirtualClock, chance: Chance, meanMs: number, happen: () => void): void {
  const next = (): void => {
    clock.after(-Math.log(1 - chance()) * meanMs, () => {
      happen();
      next();
    });
  };
  next();
}

const NOBODY: Station = { line: { baudRate: 9_600, parity: "none", stopBits: 1 } };

/** A burst of disturbance: levels that change at random, faster than bits do. */
function burst(clock: VirtualClock, chance: Chance, lengthMs: number): Wave {
  const bitMs = 0.06;
  return { startMs: clock.nowMs, bitMs, levels: Uint8Array.from({ length: Math.ceil(lengthMs / bitMs) }, () => (chance() < 0.35 ? 0 : 1)) };
}

/** Bits that change on their way: the farther into a frame, the more ringing has added up. */
function ringing(chance: Chance, perBit: number): NonNullable<Copper["damage"]> {
  return ({ levels }) => {
    for (let bit = 1; bit < levels.length; bit += 1)
      if (levels[bit] !== levels[bit - 1] && chance() < perBit) levels[bit] = levels[bit - 1] ?? 1;
  };
}

const one = (unit: number, temper: Partial<Temper>) => ({
  tempers: (each: number): Partial<Temper> => (each === unit ? temper : {}),
  about: [unit],
});

/** Everything that the simulator can break. */
export const FAULTS: readonly Fault[] = [
  {
    name: "a device without power, from the start",
    expected: ["deviceOff"],
    build: (seed) => scene(seed, {}, ({ chosen }) => one(chosen, { lives: () => false })),
  },
  {
    name: "a device with another address",
    expected: ["wrongAddress"],
    build: (seed) => scene(seed, {}, ({ chosen }) => one(chosen, { unit: 200 })),
  },
  {
    name: "a device set to another speed",
    expected: ["wrongSpeed"],
    build: (seed) =>
      scene(seed, {}, ({ chosen, line, chance }) =>
        one(chosen, { line: { ...line, baudRate: line.baudRate * (chance() < 0.5 ? 2 : 0.5) } }),
      ),
  },
  {
    name: "a device that dies",
    expected: ["deviceOff"],
    build: (seed) => scene(seed, {}, ({ chosen, clock }) => one(chosen, { lives: () => clock.nowMs < CHANGE_AFTER_MS })),
  },
  {
    name: "the whole bus at another speed",
    expected: ["wrongSpeed"],
    build: (seed) =>
      scene(seed, {}, ({ line, chance }) => ({
        line: { ...line, baudRate: line.baudRate * ([0.5, 2, 4][Math.floor(chance() * 3)] ?? 2) },
      })),
  },
  {
    name: "the whole bus with another parity, devices that mind",
    expected: ["wrongParity"],
    build: (seed) => scene(seed, {}, ({ line, chance }) => ({ line: { ...line, parity: chance() < 0.5 ? "even" : "odd" } })),
  },
  {
    name: "the whole bus with another parity, devices that do not mind, behind a serial server that drops faulty bytes",
    expected: ["wrongParity"],
    build: (seed) =>
      scene(seed, {}, ({ line, chance }) => ({
        line: { ...line, parity: chance() < 0.5 ? "even" : "odd" },
        copper: { drops: true },
        tempers: () => ({ lenient: true }),
      })),
  },
  {
    name: "the whole bus with another parity, devices that do not mind, at a port of the box",
    expected: ["wrongParity"],
    build: (seed) =>
      scene(seed, {}, ({ line, chance }) => ({
        line: { ...line, parity: chance() < 0.5 ? "even" : "odd" },
        tempers: () => ({ lenient: true }),
      })),
  },
  {
    name: "one device with another parity, that does not mind",
    expected: ["wrongParity"],
    build: (seed) =>
      scene(seed, {}, ({ chosen, line, chance }) => ({
        ...one(chosen, { lenient: true, line: { ...line, parity: chance() < 0.5 ? "even" : "odd" } }),
        copper: { drops: true },
      })),
  },
  {
    name: "A and B swapped at the box, the idle level set elsewhere",
    expected: ["swappedWires"],
    build: (seed) =>
      scene(seed, {}, ({ clock }) => {
        // What it hears is upside down: the idle line is a break as soon as its own driver lets go.
        let listener: LineListener | null = null;
        const opens: OpensWire = async (_wire, _pace, given) => {
          listener = given;
          return {
            line: {
              send: (bytes) => void clock.after(bytes.length * 1.1 + 2, () => listener?.bytes(Uint8Array.of(0))),
              check: async () => null,
              close: async () => {
                listener = null;
              },
            },
          };
        };
        swappedOpens.set(clock, opens);
        return {};
      }),
  },
  {
    name: "A and B swapped at the box, the idle level set at the box",
    expected: ["swappedWires"],
    build: (seed) => scene(seed, {}, () => ({ copper: { deaf: () => true } })),
  },
  {
    name: "the cable cut at the box",
    expected: ["cableCut"],
    build: (seed) => scene(seed, {}, ({ clock }) => ({ copper: { deaf: () => clock.nowMs > CHANGE_AFTER_MS } })),
  },
  {
    name: "the cable cut behind some devices",
    expected: ["cableCut"],
    build: (seed) =>
      scene(seed, {}, ({ clock, chosen }) => {
        const from = Math.max(2, Math.min(chosen, 3));
        const isBehind = (station: Station): boolean => "temper" in station && (station as Device).temper.unit >= from;
        return {
          copper: { isCut: (station) => clock.nowMs > CHANGE_AFTER_MS && isBehind(station) },
          about: unitsFrom(seed, from),
        };
      }),
  },
  {
    name: "no terminators",
    expected: ["missingTermination"],
    build: (seed) => scene(seed, {}, ({ chance }) => ({ copper: { damage: ringing(chance, 0.0004 + 0.0008 * chance()) } })),
  },
  {
    name: "no bias",
    expected: ["missingBias"],
    build: (seed) =>
      scene(seed, {}, ({ chance }) => ({
        copper: { turnaround: () => (chance() < 0.4 ? [[0x00, 0xff, 0xfe, 0xf8, 0xfc][Math.floor(chance() * 5)] ?? 0] : []) },
      })),
  },
  {
    name: "disturbance from a drive",
    expected: ["noise"],
    build: (seed) =>
      scene(seed, {}, ({ clock, chance, pair }) => ({
        running: () =>
          often(clock, chance, 1_500 + 2_500 * chance(), () => {
            for (let count = 0; count < 3; count += 1)
              clock.after(count * 40, () => pair().disturb(burst(clock, chance, 3 + 20 * chance()), NOBODY));
          }),
      })),
  },
  {
    name: "two devices with one address, both at once",
    expected: ["sameAddress"],
    build: (seed) => scene(seed, {}, (made) => ({ others: twin(made, () => 6 + made.chance() * 16), about: [made.chosen] })),
  },
  {
    name: "two devices with one address, one behind the other",
    expected: ["sameAddress"],
    build: (seed) =>
      scene(seed, {}, (made) => {
        const laterMs = 30 + 130 * made.chance();
        return { others: twin(made, () => laterMs + made.chance() * 20), about: [made.chosen] };
      }),
  },
  {
    name: "a second master",
    expected: ["secondMaster"],
    build: (seed) =>
      scene(seed, {}, ({ clock, chance, line, pair }) => ({
        running: () => {
          const master: Station = { line };
          const period = 700 + 2_000 * chance();
          const ask = (): void => {
            const body = Buffer.from([1 + Math.floor(chance() * 3), 4, 0, 0, 0, 2]);
            pair().send(master, withChecksum(body), line, true);
            clock.after(period, ask);
          };
          clock.after(period, ask);
        },
      })),
  },
  {
    name: "an adapter that hears itself",
    expected: ["echo"],
    build: (seed) => scene(seed, {}, () => ({ copper: { echoes: true } })),
  },
  {
    name: "a slow device",
    expected: ["slowDevice"],
    build: (seed) =>
      scene(seed, {}, ({ chosen, chance }) => {
        const base = 560 + 150 * chance();
        return one(chosen, { thinkMs: () => base + 120 * chance() });
      }),
  },
  {
    name: "a device that needs a rest between questions",
    expected: ["needsRest"],
    build: (seed) =>
      scene(seed, { profiles: [METER, PROBE, METER, SMALL_METER, METER] }, ({ chance }) => {
        const unit = [1, 3, 5][Math.floor(chance() * 3)] ?? 1;
        return one(unit, { restMs: 50 + 120 * chance() });
      }),
  },
  {
    name: "answers without their first bytes",
    expected: ["lostFirstBytes"],
    build: (seed) =>
      scene(seed, {}, ({ chosen, chance }) =>
        one(chosen, { answers: (frame) => (chance() < 0.7 ? frame.subarray(1 + Math.floor(chance() * 2)) : frame) }),
      ),
  },
  {
    name: "a device of another family, that refuses",
    expected: ["wrongProfile"],
    build: (seed) => scene(seed, {}, ({ chosen, chance }) => one(chosen, { refuses: () => (chance() < 2 ? 2 : null) })),
  },
  {
    name: "a device of another family, with fewer registers in its answers",
    expected: ["wrongProfile"],
    build: (seed) =>
      scene(seed, {}, ({ chosen }) =>
        one(chosen, {
          answers: (frame) => {
            const body = Buffer.from(frame.subarray(0, Math.max(5, frame.length - 4)));
            body[2] = body.length - 3;
            return withChecksum(body);
          },
        }),
      ),
  },
  {
    name: "the words of a value in the other order",
    expected: ["wrongOrder"],
    build: (seed) => scene(seed, {}, () => one(1, { orders: (words) => words.map((_, index) => words[index ^ 1] ?? 0) })),
  },
  {
    name: "the bytes of a word in the other order",
    expected: ["wrongOrder"],
    build: (seed) =>
      scene(seed, {}, ({ chosen }) => one(chosen, { orders: (words) => words.map((word) => ((word & 0xff) << 8) | (word >> 8)) })),
  },
  {
    name: "a device behind a gateway that cannot be reached",
    expected: ["behindGateway"],
    build: (seed) => scene(seed, {}, ({ chosen }) => one(chosen, { refuses: () => 11 })),
  },
  {
    name: "a device that is busy",
    expected: ["deviceBusy"],
    build: (seed) => scene(seed, {}, ({ chosen, chance }) => one(chosen, { refuses: () => (chance() < 0.5 ? 6 : null) })),
  },
  {
    name: "an adapter that comes and goes",
    expected: ["adapterUnstable"],
    build: (seed) =>
      scene(seed, {}, ({ clock, chance, pair }) => ({
        running: () => often(clock, chance, 20_000, () => pair().pull(1_500 + 4_000 * chance())),
      })),
  },
  {
    name: "more than the wire can carry",
    expected: ["overload"],
    build: (seed) =>
      scene(seed, { every: "1s", baudRate: 9_600, profiles: [METER, METER, METER, METER, METER, METER, PROBE, PROBE] }, () => ({})),
  },
  {
    name: "a device that babbles",
    expected: ["babble"],
    build: (seed) =>
      scene(seed, {}, ({ clock, chance, line, pair }) => ({
        running: () => {
          const babbler: Station = { line };
          const say = (): void => {
            pair().send(
              babbler,
              Uint8Array.from({ length: 24 }, () => Math.floor(chance() * 256)),
              line,
            );
            clock.after((24 * 11_000) / line.baudRate + 5 + 30 * chance(), say);
          };
          say();
        },
      })),
  },
  {
    name: "a loose wire at one device",
    expected: ["looseContact"],
    build: (seed) =>
      scene(seed, {}, ({ chosen, chance }) => ({
        about: [chosen],
        copper: {
          damage: (wave, from) => {
            if (from === "box" || !("temper" in from) || (from as Device).temper.unit !== chosen || chance() > 0.16) return;
            const at = Math.floor(chance() * wave.levels.length);
            wave.levels.fill(1, at, at + 30);
          },
        },
      })),
  },
];

/** Wires that are no pair: what a swapped receiver hears. */
const swappedOpens = new WeakMap<VirtualClock, OpensWire>();
export const opensOf = ({ clock, opens }: Scene): OpensWire => swappedOpens.get(clock) ?? opens;

function unitsFrom(seed: number, from: number): readonly number[] {
  const { profiles } = planOf(chanceOf(seed));
  return profiles.flatMap((_, index) => (index + 1 >= from ? [index + 1] : []));
}

/** A second device with the address of the chosen one. */
function twin({ chosen, line, chance, clock }: Made, thinkMs: () => number): (pair: () => Pair) => readonly Station[] {
  return (pair) => {
    const [device] = loadedSite(siteText({ ...planOf(chance, { profiles: [PROBE] }) })).devices;
    if (device?.profile.protocol !== "modbus") throw new Error("no twin");
    const slave = registersOf(device.profile, 0, chance);
    const made = slaveOn({ unit: chosen, line, lenient: false, thinkMs }, slave, clock);
    clock.after(0, () => {
      made.pair.current = pair();
    });
    return [made];
  };
}

/** Buses with nothing wrong with them. */
export const HEALTHY: readonly { readonly name: string; build(seed: number): Scene }[] = [
  { name: "several devices", build: (seed) => scene(seed, {}, () => ({})) },
  { name: "one probe", build: (seed) => scene(seed, { profiles: [PROBE] }, () => ({})) },
  {
    name: "twenty probes and meters",
    build: (seed) =>
      scene(seed, { profiles: Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? METER : PROBE)), baudRate: 19_200 }, () => ({})),
  },
  { name: "contacts at 115200 Bd", build: (seed) => scene(seed, { profiles: [CONTACT, CONTACT, PROBE], baudRate: 115_200 }, () => ({})) },
  { name: "behind a serial server", build: (seed) => scene(seed, { kind: "modbus-rtu-tcp", baudRate: 9_600 }, () => ({})) },
  { name: "with parity", build: (seed) => scene(seed, { parity: "even" }, () => ({})) },
  {
    name: "devices that take their time",
    build: (seed) => scene(seed, {}, ({ chance }) => ({ tempers: () => ({ thinkMs: () => 150 + 200 * chance() }) })),
  },
  {
    name: "a lost answer now and then",
    build: (seed) => scene(seed, {}, ({ chance }) => ({ tempers: () => ({ answers: (frame) => (chance() < 0.004 ? null : frame) }) })),
  },
];
