import type { Scored } from "../identify.ts";
import { emptyReadings, QUALITY, type QualityName, qualityName } from "../reading.ts";
import { findPoint, type Words } from "../vocabulary.ts";
import type { Answer } from "./client.ts";
import { type Block, planReads } from "./plan.ts";
import type { ModbusProfile } from "./profile.ts";
import { type Asked, deviceOver } from "./session.ts";

/** What one profile made of what the unit answered. */
export interface ModbusEvidence {
  readonly profile: Pick<ModbusProfile, "id" | "maker" | "family" | "label">;
  /** Blocks that every unit of the family has: all, those with data, those refused, those without an answer. */
  readonly blocks: { readonly all: number; readonly data: number; readonly refused: number; readonly silent: number };
  readonly points: readonly { readonly name: string; readonly optional: boolean; readonly quality: QualityName; readonly value: number }[];
  /** Whether unit and line are as the family leaves the factory; null where the profile does not say. */
  readonly asFactory: boolean | null;
}

/** A unit that is asked the same by many profiles is asked once; the answers of one unit at one time are judged side by side. */
export function askedOnce({ ask }: Asked): Asked {
  const known = new Map<string, Answer>();
  return {
    async ask(unit, block, pauseMs) {
      const key = `${unit} ${block.table} ${block.address} ${block.count}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const answer = await ask(unit, block, pauseMs);
      const kept: Answer = answer.outcome === "data" ? { ...answer, bytes: Buffer.from(answer.bytes) } : answer;
      known.set(key, kept);
      return kept;
    },
  };
}

/** Different blocks of all these profiles: what asking for them costs. */
export function blocksOf(profiles: readonly ModbusProfile[]): number {
  return new Set(
    profiles.flatMap((profile) => planReads(profile, 0).blocks.map(({ table, address, count }) => `${table} ${address} ${count}`)),
  ).size;
}

const ILLEGAL_DATA_ADDRESS = 2;

/** Reads a unit as if it were of this profile, and keeps what speaks for and against it. */
export async function evidenceOf(
  profile: ModbusProfile,
  asked: Asked,
  { unit, channel, line }: { readonly unit: number; readonly channel: number; readonly line: FactoryLine | null },
): Promise<ModbusEvidence> {
  const blocks = { all: 0, data: 0, refused: 0, silent: 0 };
  const columns = Object.values(profile.points);
  const isRequired = (block: Block): boolean => block.columns.some(({ column }) => columns[column]?.optional === false);
  const planned = planReads(profile, channel).blocks;
  const counted: Asked = {
    async ask(which, block, pauseMs) {
      // A refused block is the verdict: cut at its holes, another family would fit as well.
      if (!planned.some(({ table, address, count }) => table === block.table && address === block.address && count === block.count))
        return { outcome: "exception", code: ILLEGAL_DATA_ADDRESS };
      const answer = await asked.ask(which, block, pauseMs);
      if (!isRequired(block)) return answer;
      if (answer.outcome === "data") blocks.data += 1;
      else if (answer.outcome === "exception") blocks.refused += 1;
      else blocks.silent += 1;
      return answer;
    },
  };
  // One look, in which no time passes.
  const device = deviceOver(counted, { profile, unit, channel }, { monotonicMs: () => 0 });
  const readings = emptyReadings(device.pointNames.length);
  await device.read(readings);
  blocks.all = planned.filter(isRequired).length;
  const points = device.pointNames.map((name, column) => ({
    name,
    optional: columns[column]?.optional ?? false,
    quality: qualityName(readings.qualities[column] ?? QUALITY.never),
    value: readings.values[column] ?? Number.NaN,
  }));
  return { profile, blocks, points, asFactory: profile.serial === undefined ? null : isAsFactory(profile.serial, unit, line) };
}

export interface FactoryLine {
  readonly baudRate: number;
  readonly parity: string;
  readonly stopBits: number;
}

function isAsFactory(serial: FactoryLine & { readonly unit: number }, unit: number, line: FactoryLine | null): boolean {
  const sameLine =
    line === null || (serial.baudRate === line.baudRate && serial.parity === line.parity && serial.stopBits === line.stopBits);
  return sameLine && serial.unit === unit;
}

/** What a sound value is worth as evidence: a zero or a state may be an empty register of anything. */
const WORTH = { usual: 1, unusual: 0.4, plain: 0.15 } as const;
/** However many of them there are. */
const PLAIN_WORTH_MAX = 0.6;
const PLAIN_SHARE = 0.4;
/** Values that are met in a machine room, by unit: inside of what is physically possible. */
const USUAL: Readonly<Record<string, readonly [low: number, high: number]>> = {
  Hz: [45, 66],
  "°C": [-25, 75],
  "%": [1, 100],
  V: [1, 1_000],
};
/** Points that it takes until half of what they can say is said. */
const HALF_SAID = 1.2;
/** A value that cannot be speaks more against a profile than a sound one for it. */
const WRONG_WEIGHS = 1.5;
const FACTORY_BONUS = 1.04;
const NAME_LEAVES = 0.3;

/**
 * How likely the unit is one of this profile, 0–100 %. Three things count: how much of what every unit of the family has was answered, how
 * much of it is a value that can be, and how many values there are to say so.
 */
export function scoreModbus(evidence: ModbusEvidence, said: string): Scored {
  const { profile, blocks, points, asFactory } = evidence;
  const required = points.filter(({ optional }) => !optional);
  const judged = required.length > 0 ? required : points;
  const sound = points.filter(({ quality }) => quality === "good");
  const wrong = judged.filter(({ quality }) => quality === "outOfRange" || quality === "unknownState" || quality === "notANumber").length;
  const soundRequired = judged.filter(({ quality }) => quality === "good").length;
  const told = judged.filter(({ quality }) => quality === "good" || quality === "sentinel").length;
  const numbers = sound.filter(isTellingNumber);
  const codes = sound.length - numbers.length;
  const mass = numbers.reduce((sum, point) => sum + worthOf(point), 0) + Math.min(PLAIN_WORTH_MAX, WORTH.plain * codes);
  const eloquence = sound.length === 0 ? 0 : (numbers.length + PLAIN_SHARE * codes) / sound.length;
  const answered = blocks.all === 0 ? (sound.length > 0 ? 1 : 0) : blocks.data / blocks.all;
  const fit = told + wrong === 0 ? 0 : told / (told + WRONG_WEIGHS * wrong);
  const plain = answered ** 1.5 * fit ** 2 * eloquence ** 0.5 * (mass / (mass + HALF_SAID));
  const named = namesIt(profile, said);
  const likely = named ? 1 - (1 - plain) * NAME_LEAVES : plain;
  const confidence = Math.min(99, Math.round(100 * likely * (asFactory === true ? FACTORY_BONUS : 1)));
  return {
    profile: profile.id,
    confidence,
    reasons: reasonsOf({ blocks, judged: judged.length, soundRequired, wrong, named, asFactory, said }),
  };
}

type Point = ModbusEvidence["points"][number];

function isTellingNumber({ name, value }: Point): boolean {
  return value !== 0 && findPoint(name)?.kind !== "state";
}

function worthOf({ name, value }: Point): number {
  const usual = USUAL[findPoint(name)?.unit ?? ""];
  return usual === undefined || (value >= usual[0] && value <= usual[1]) ? WORTH.usual : WORTH.unusual;
}

/** Whether the device names the maker, or a word of the family that has a figure in it. */
function namesIt({ maker, family }: ModbusEvidence["profile"], said: string): boolean {
  const text = said.toLowerCase();
  const words = `${maker} ${family}`.toLowerCase().split(/[^a-z0-9]+/);
  return text !== "" && words.some((word) => word.length >= 4 && text.includes(word));
}

function reasonsOf(of: {
  readonly blocks: ModbusEvidence["blocks"];
  readonly judged: number;
  readonly soundRequired: number;
  readonly wrong: number;
  readonly named: boolean;
  readonly asFactory: boolean | null;
  readonly said: string;
}): readonly Words[] {
  const { blocks, judged, soundRequired, wrong, named, asFactory, said } = of;
  const reasons: Words[] = [
    {
      zh: `${blocks.all} 段必有寄存器中应答 ${blocks.data} 段，拒绝 ${blocks.refused} 段，无应答 ${blocks.silent} 段`,
      en: `of ${blocks.all} blocks that every unit has, ${blocks.data} answered, ${blocks.refused} refused, ${blocks.silent} silent`,
    },
    {
      zh: `${judged} 个必有测点中 ${soundRequired} 个有合理值，${wrong} 个数值不可能`,
      en: `of ${judged} points that every unit has, ${soundRequired} have a sound value and ${wrong} one that cannot be`,
    },
  ];
  if (named) reasons.push({ zh: `设备自报“${said}”`, en: `it says of itself "${said}"` });
  if (asFactory === true) reasons.push({ zh: "地址和线路参数为出厂值", en: "unit and line are as it leaves the factory" });
  return reasons;
}

/** Best first; of equals, those with more to say. */
export function rankModbus(evidence: readonly ModbusEvidence[], said: string): readonly Scored[] {
  const soundOf = new Map(evidence.map(({ profile, points }) => [profile.id, points.filter(({ quality }) => quality === "good").length]));
  return evidence
    .map((one) => scoreModbus(one, said))
    .filter(({ confidence }) => confidence > 0)
    .sort(
      (a, b) =>
        b.confidence - a.confidence || (soundOf.get(b.profile) ?? 0) - (soundOf.get(a.profile) ?? 0) || (a.profile < b.profile ? -1 : 1),
    );
}

/** Objects of an identification: 0 maker, 1 product, 2 version, and the rest by number; and from where to ask on. (Modbus V1.1b3, 6.21) */
export function objectsIn(data: Buffer): { readonly objects: ReadonlyMap<number, string>; readonly next: number | null } {
  const objects = new Map<number, string>();
  const more = data[3] === 0xff;
  const count = data[5] ?? 0;
  let at = 6;
  for (let object = 0; object < count && at + 2 <= data.length; object += 1) {
    const length = data[at + 1] ?? 0;
    objects.set(data[at] ?? 0, printable(data.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return { objects, next: more ? (data[4] ?? 0) : null };
}

function printable(bytes: Buffer): string {
  return bytes
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]/g, "")
    .trim();
}
