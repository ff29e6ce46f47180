import type { Cause } from "../contract/doctor.ts";
import { type Counts, type DeviceCounter, GAP_LIMITS_MS, QUICK_GAP_CLASS } from "./counters.ts";
import type { BusFigures, DeviceFigures } from "./tally.ts";

/** What is most likely wrong. The first cause is the likeliest; more than one where they look the same on the wire. */
export interface Finding {
  readonly causes: readonly [Cause, ...Cause[]];
  readonly certainty: "certain" | "likely" | "unsure";
  /** Ids; empty: the whole bus. */
  readonly devices: readonly string[];
  /** Numbers that the words are made of. */
  readonly evidence: Readonly<Record<string, number>>;
  /** What the words need beside numbers: which order fits. */
  readonly kind?: string;
}

/** Fewer questions than this say nothing yet. */
const ASKED_MIN = 6;
/** A device that missed so many reads in a row is silent. */
const MISSES_MIN = 3;
/** One event may be chance, so may two. */
const EVENTS_MIN = 3;
/** Devices that fell silent within this time of each other have one cause; their periods are added. */
const TOGETHER_MS = 5_000;
const CLEAN_PART_MAX = 0.02;
const PARITY_BYTES_MIN = 16;
const BABBLE_PART_MIN = 0.6;
const NOISE_PART_MIN = 0.015;
const EDGE_PART_MIN = 0.15;
const DISTURBED_PART_MIN = 0.02;
const LOOSE_PART_MIN = 0.04;
const HEADLESS_PART_MIN = 0.2;
const COLLIDING_PART_MIN = 0.3;
const UNKNOWN_PART_MIN = 0.3;
const BUSY_PART_MIN = 0.1;
const ECHO_PART_MIN = 0.9;
const BEHIND_PART_MIN = 0.85;

const share = (part: number, of: number): number => (of === 0 ? 0 : part / of);
const damaged = ({ checksum, partial }: Counts): number => checksum + partial;
/** Questions to a device that should have answered, and did not, or not soundly. */
const disturbed = (counts: Counts): number => damaged(counts) + counts.silent;
const ids = (devices: readonly DeviceFigures[]): readonly string[] => devices.map(({ id }) => id);
const isSilent = ({ misses }: DeviceFigures): boolean => misses >= MISSES_MIN;
const never = ({ lastAnsweredMs }: DeviceFigures): boolean => lastAnsweredMs === null;
const sum = (devices: readonly DeviceFigures[], of: (counts: Counts) => number): number =>
  devices.reduce((total, { counts }) => total + of(counts), 0);

/**
 * What is wrong with a bus, most important first. What one cause explains is not told again: an adapter that is gone makes no device
 * silent, and noise on the pair is no loose wire at each device.
 */
export function findingsOf(bus: BusFigures): readonly Finding[] {
  const adapter = adapterFinding(bus);
  if (adapter !== null) return [adapter];
  if (bus.devices.length === 0 || bus.counts.asked < Math.min(ASKED_MIN, MISSES_MIN * bus.devices.length)) return [];
  const whole = talkerFinding(bus) ?? wholeBusFinding(bus);
  if (whole !== null) return [whole];
  const plain = bus.devices.flatMap((device) => plainFinding(device) ?? []);
  // Answers that come out of turn meet those of others: what is seen there is no trouble of its own.
  const isMuddled = plain.some(({ causes: [cause] }) => cause === "sameAddress" || cause === "slowDevice");
  const restless = isMuddled ? [] : untold(bus.devices, plain).flatMap((device) => restNeeded(device) ?? []);
  const silent = silentFindings(bus, untold(bus.devices, [...plain, ...restless]));
  const known = [...plain, ...restless, ...silent];
  const noise = isMuddled ? [] : lineNoise(bus);
  const own = untold(bus.devices, known).flatMap((device) => deviceFinding(device, bus, isMuddled || noise.length > 0) ?? []);
  const rest = untold(bus.devices, [...known, ...own]);
  const line = isMuddled ? [] : noise.length > 0 ? noise : ringing(bus, rest);
  const others = together([...plain, ...restless, ...own]);
  const found = isMuddled ? [...others, ...silent] : [...silent, ...others, ...line];
  return [...found, ...overload(bus), ...(found.length === 0 ? echo(bus) : [])];
}

function untold(devices: readonly DeviceFigures[], findings: readonly Finding[]): readonly DeviceFigures[] {
  const told = new Set(findings.flatMap((finding) => finding.devices));
  return devices.filter(({ id }) => !told.has(id));
}

function adapterFinding({ adapterMissing, adapterSeen, counts }: BusFigures): Finding | null {
  const evidence = { tries: counts.adapterMissing, losses: counts.adapterLost };
  if (counts.adapterLost >= 2) return { causes: ["adapterUnstable"], certainty: "certain", devices: [], evidence };
  if (adapterMissing || (!adapterSeen && counts.adapterMissing > 0))
    return { causes: ["adapterMissing"], certainty: "certain", devices: [], evidence: { ...evidence, seen: adapterSeen ? 1 : 0 } };
  return null;
}

/** Somebody else talks on the wire: nothing else can be judged before that has ended. */
function talkerFinding({ counts, frames }: BusFigures): Finding | null {
  if (frames !== "rtu" && frames !== "text") return null;
  const { asked, foreignQuestions, noiseBursts, noiseBytes } = counts;
  const evidence = { asked, foreignQuestions, noiseBursts, noiseBytes };
  if (foreignQuestions >= EVENTS_MIN) return { causes: ["secondMaster"], certainty: "certain", devices: [], evidence };
  if (noiseBursts >= BABBLE_PART_MIN * asked && noiseBytes >= 8 * asked && asked >= ASKED_MIN)
    return { causes: ["babble"], certainty: "likely", devices: [], evidence };
  return null;
}

/** Nobody answers, or nobody in a way that can be understood. */
function wholeBusFinding(bus: BusFigures): Finding | null {
  const { devices, counts, frames } = bus;
  if (!devices.every(isSilent) || devices.some((device) => plainFinding(device) !== null)) return null;
  const isLine = frames === "rtu" || frames === "text";
  const evidence = { asked: counts.asked, devices: devices.length, damaged: damaged(counts) };
  const one = devices.length === 1 ? ids(devices) : [];
  if (isUnreadable(bus)) return { ...unreadable(counts), devices: one };
  if (devices.every(never)) {
    if (isLine && counts.edgeOnly >= 0.5 * counts.asked)
      return {
        causes: ["swappedWires", "missingBias"],
        certainty: "likely",
        devices: [],
        evidence: { ...evidence, edges: counts.edgeOnly },
      };
    if (!isLine) return { causes: ["deviceOff", "wrongAddress"], certainty: "unsure", devices: one, evidence };
    return devices.length === 1
      ? { causes: SILENT_ALONE, certainty: "unsure", devices: one, evidence }
      : { causes: ["swappedWires", "wrongSpeed", "wrongParity", "cableCut", "deviceOff"], certainty: "unsure", devices: [], evidence };
  }
  const fallen = devices.filter((device) => !never(device));
  const sinceMs = Math.min(...fallen.map(({ firstMissMs }) => firstMissMs ?? bus.nowMs));
  return {
    causes: isLine ? ["cableCut", "deviceOff"] : ["deviceOff", "cableCut"],
    certainty: "unsure",
    devices: one,
    evidence: { ...evidence, seconds: (bus.nowMs - sinceMs) / 1_000 },
  };
}

const SILENT_ALONE = ["deviceOff", "wrongAddress", "swappedWires", "wrongSpeed", "wrongParity"] as const;

/** By chance an answer may be right now and then. */
function isUnreadable({ counts }: { readonly counts: Counts }): boolean {
  return damaged(counts) >= 0.5 * counts.asked && counts.answered <= 0.1 * counts.asked;
}

/** Bytes come, never a frame. Of a device with parity a receiver without it loses all bytes of one kind. */
function unreadable(counts: Counts): Omit<Finding, "devices"> {
  const { oddBytes, evenBytes, asked } = counts;
  const evidence = { asked, damaged: damaged(counts), bytes: oddBytes + evenBytes };
  if (oddBytes + evenBytes >= PARITY_BYTES_MIN && Math.min(oddBytes, evenBytes) === 0)
    return { causes: ["wrongParity"], certainty: "certain", evidence, kind: evenBytes === 0 ? "even" : "odd" };
  return { causes: ["wrongParity", "wrongSpeed"], certainty: "unsure", evidence };
}

/** Devices that do not answer while others do. Those that fell silent together have one cause. */
function silentFindings(bus: BusFigures, untoldDevices: readonly DeviceFigures[]): readonly Finding[] {
  const silent = untoldDevices.filter(isSilent);
  const isLine = bus.frames === "rtu" || bus.frames === "text";
  const unread = silent.filter(isUnreadable);
  const fallen = silent
    .filter((device) => !never(device) && !unread.includes(device))
    .sort((a, b) => (a.firstMissMs ?? 0) - (b.firstMissMs ?? 0));
  const findings: Finding[] = [];
  for (let from = 0; from < fallen.length; ) {
    const first = fallen[from] as DeviceFigures;
    let to = from + 1;
    while (to < fallen.length && isTogether(first, fallen[to] as DeviceFigures)) to += 1;
    findings.push(fellSilent(fallen.slice(from, to), bus, isLine));
    from = to;
  }
  for (const device of unread) findings.push(unreadableDevice(device));
  const unheard = silent.filter((device) => never(device) && !unread.includes(device));
  const behind = unheard.filter(({ counts }) => counts.unreachable >= 0.5 * counts.asked);
  if (behind.length > 0) findings.push(behindGateway(behind));
  const mute = unheard.filter((device) => !behind.includes(device));
  if (mute.length > 0)
    findings.push({
      causes: !isLine ? ["deviceOff", "wrongAddress"] : mute.length > 1 ? [...SILENT_ALONE, "cableCut"] : SILENT_ALONE,
      certainty: "unsure",
      devices: ids(mute),
      evidence: { asked: sum(mute, ({ asked }) => asked), others: bus.devices.length - silent.length },
    });
  return findings;
}

function isTogether(first: DeviceFigures, other: DeviceFigures): boolean {
  return (other.firstMissMs ?? 0) - (first.firstMissMs ?? 0) <= TOGETHER_MS + first.periodMs + other.periodMs;
}

function fellSilent(devices: readonly DeviceFigures[], bus: BusFigures, isLine: boolean): Finding {
  const behind = devices.filter(({ counts }) => counts.unreachable >= 0.5 * (counts.asked - counts.answered));
  if (behind.length === devices.length && behind.some(({ counts }) => counts.unreachable > 0)) return behindGateway(devices);
  const seconds = (bus.nowMs - Math.min(...devices.map(({ firstMissMs }) => firstMissMs ?? bus.nowMs))) / 1_000;
  const evidence = { seconds, others: bus.devices.length - bus.devices.filter(isSilent).length, count: devices.length };
  return devices.length > 1 && isLine
    ? { causes: ["cableCut", "deviceOff"], certainty: "likely", devices: ids(devices), evidence }
    : { causes: ["deviceOff", "cableCut"], certainty: "unsure", devices: ids(devices), evidence };
}

function behindGateway(devices: readonly DeviceFigures[]): Finding {
  const evidence = { times: sum(devices, ({ unreachable }) => unreachable), asked: sum(devices, ({ asked }) => asked) };
  return { causes: ["behindGateway"], certainty: "certain", devices: ids(devices), evidence };
}

/** One device whose bytes never make a frame while others are understood: another parity, or two that talk at once. */
function unreadableDevice(device: DeviceFigures): Finding {
  const judged = unreadable(device.counts);
  if (judged.certainty === "certain") return { ...judged, devices: [device.id] };
  return { causes: ["sameAddress", "wrongParity"], certainty: "unsure", devices: [device.id], evidence: judged.evidence };
}

/** What the bytes themselves say of a device, whether it is understood or not. */
function plainFinding(device: DeviceFigures): Finding | null {
  const { counts, id } = device;
  const { asked } = counts;
  const alone = { devices: [id], certainty: "certain" } as const;
  if (counts.late >= EVENTS_MIN && counts.late >= 0.5 * counts.silent)
    return { ...alone, causes: ["slowDevice"], evidence: { late: counts.late, asked, lateMaxMs: device.lateMaxMs } };
  if (counts.headless >= Math.max(EVENTS_MIN, HEADLESS_PART_MIN * asked))
    return { ...alone, causes: ["lostFirstBytes"], evidence: { headless: counts.headless, asked } };
  if (counts.twice >= EVENTS_MIN)
    return { ...alone, causes: ["sameAddress"], evidence: { twice: counts.twice, damaged: damaged(counts), asked } };
  if (counts.unreachable >= Math.max(EVENTS_MIN, UNKNOWN_PART_MIN * asked)) return behindGateway([device]);
  if (counts.wrongLength >= Math.max(EVENTS_MIN, UNKNOWN_PART_MIN * asked))
    return { ...alone, causes: ["wrongProfile"], evidence: { refused: counts.unknownData, wrongLength: counts.wrongLength, asked } };
  return null;
}

/** What is wrong with one device that answers at least now and then. */
function deviceFinding(device: DeviceFigures, bus: BusFigures, isDisturbed: boolean): Finding | null {
  const { counts, id } = device;
  const { asked } = counts;
  if (asked < ASKED_MIN || isSilent(device)) return null;
  const others = bus.devices.filter((other) => other !== device && !isSilent(other));
  const othersPart = share(
    sum(others, disturbed),
    sum(others, (other) => other.asked),
  );
  const alone = { devices: [id], certainty: "certain" } as const;
  if (counts.unknownData >= Math.max(EVENTS_MIN, UNKNOWN_PART_MIN * asked))
    return { ...alone, causes: ["wrongProfile"], evidence: { refused: counts.unknownData, wrongLength: counts.wrongLength, asked } };
  if (counts.busy >= Math.max(EVENTS_MIN, BUSY_PART_MIN * asked))
    return { ...alone, causes: ["deviceBusy"], evidence: { busy: counts.busy, asked } };
  if (device.order !== null && counts.answered >= 1) {
    const { order, fields, fits } = device.order;
    return { devices: [id], certainty: "likely", causes: ["wrongOrder"], evidence: { fields, fits }, kind: order };
  }
  const isEmpty = counts.emptyReads >= EVENTS_MIN && counts.emptyReads === counts.answeredReads;
  if (isEmpty && counts.unreachable === 0)
    return { devices: [id], certainty: "likely", causes: ["wrongProfile"], evidence: { empty: counts.emptyReads, asked } };
  if (isDisturbed || othersPart > CLEAN_PART_MAX || others.length === 0) return null;
  const talker = talkerBefore(device, bus);
  if (talker !== null) return talker;
  if (damaged(counts) >= Math.max(EVENTS_MIN, COLLIDING_PART_MIN * asked))
    return {
      devices: [id],
      certainty: "likely",
      causes: ["sameAddress", "looseContact"],
      evidence: { damaged: damaged(counts), asked, twice: counts.twice },
    };
  if (disturbed(counts) >= Math.max(EVENTS_MIN, LOOSE_PART_MIN * asked))
    return {
      devices: [id],
      certainty: "likely",
      causes: ["looseContact"],
      evidence: { damaged: damaged(counts), silent: counts.silent, asked },
    };
  return null;
}

/** A device that is damaged only right behind another one, and clean when it has rested: the second answer to that one runs into its own. */
function talkerBefore({ counts }: DeviceFigures, { devices }: BusFigures): Finding | null {
  const damage = damaged(counts) + counts.foreign;
  let rested = 0;
  for (let index = QUICK_GAP_CLASS + 1; index <= GAP_LIMITS_MS.length; index += 1) rested += counts[`gapAsked${index}` as DeviceCounter];
  if (damage < EVENTS_MIN || counts.quickDamaged < BEHIND_PART_MIN * damage || rested < EVENTS_MIN) return null;
  const [before] = [...devices].sort((a, b) => b.counts.followDamaged - a.counts.followDamaged);
  if (before === undefined || before.counts.followDamaged < BEHIND_PART_MIN * counts.quickDamaged) return null;
  const evidence = { behind: counts.quickDamaged, asked: counts.asked };
  return { devices: [before.id], certainty: "likely", causes: ["sameAddress"], evidence };
}

/** A device that misses what comes quickly after another question, and takes what comes later. */
function restNeeded({ id, counts }: DeviceFigures): Finding | null {
  const at = (index: number): { asked: number; failed: number } => ({
    asked: counts[`gapAsked${index}` as DeviceCounter],
    failed: counts[`gapFailed${index}` as DeviceCounter],
  });
  const classes = Array.from({ length: GAP_LIMITS_MS.length + 1 }, (_, index) => at(index));
  for (let limit = 0; limit < GAP_LIMITS_MS.length; limit += 1) {
    const total = (part: readonly { asked: number; failed: number }[]) =>
      part.reduce((sums, each) => ({ asked: sums.asked + each.asked, failed: sums.failed + each.failed }), { asked: 0, failed: 0 });
    const quick = total(classes.slice(0, limit + 1));
    const rested = total(classes.slice(limit + 1));
    if (quick.failed < EVENTS_MIN || quick.failed < 0.6 * quick.asked || rested.asked < 2) continue;
    if (rested.failed > 0.1 * rested.asked) continue;
    return {
      causes: ["needsRest"],
      certainty: "likely",
      devices: [id],
      evidence: { quickAsked: quick.asked, quickFailed: quick.failed, restedAsked: rested.asked, pauseMs: GAP_LIMITS_MS[limit] ?? 0 },
    };
  }
  return null;
}

/** The same trouble at every device that answers is the wire's or the adapter's. */
function together(own: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(own, ({ causes, kind }) => `${causes.join()} ${kind ?? ""}`);
  return [...groups.values()].map((group) => {
    const [first] = group as [Finding, ...Finding[]];
    if (group.length === 1) return first;
    const evidence: Record<string, number> = {};
    for (const each of group)
      for (const [name, number] of Object.entries(each.evidence))
        evidence[name] = /Ms$/.test(name) ? Math.max(evidence[name] ?? 0, number) : (evidence[name] ?? 0) + number;
    return { ...first, devices: group.flatMap(({ devices }) => devices), evidence };
  });
}

/** Bytes that nobody sent. */
function lineNoise({ counts, frames }: BusFigures): readonly Finding[] {
  if (frames !== "rtu" && frames !== "text") return [];
  const { asked, noiseBursts, noiseBytes, edge } = counts;
  const evidence = { asked, damaged: damaged(counts), silent: counts.silent, noiseBursts, noiseBytes, edges: edge };
  if (noiseBursts >= Math.max(EVENTS_MIN, NOISE_PART_MIN * asked))
    return [{ causes: ["noise"], certainty: "likely", devices: [], evidence }];
  if (edge >= Math.max(EVENTS_MIN, EDGE_PART_MIN * asked)) return [{ causes: ["missingBias"], certainty: "likely", devices: [], evidence }];
  return [];
}

/** Damage to what is sent, and nothing in between: the longer a frame, the more. */
function ringing(bus: BusFigures, devices: readonly DeviceFigures[]): readonly Finding[] {
  if (bus.frames !== "rtu" && bus.frames !== "text") return [];
  const of = (counter: (counts: Counts) => number): number => sum(devices, counter);
  const asked = of((counts) => counts.asked);
  if (of(disturbed) < Math.max(EVENTS_MIN, DISTURBED_PART_MIN * asked)) return [];
  const shortPart = share(
    of(({ shortFailed }) => shortFailed),
    of(({ shortAsked }) => shortAsked),
  );
  const longPart = share(
    of(({ longFailed, middleFailed }) => longFailed + middleFailed),
    of(({ longAsked, middleAsked }) => longAsked + middleAsked),
  );
  return [
    {
      causes: devices.length === 1 ? ["missingTermination", "looseContact"] : ["missingTermination", "noise"],
      certainty: longPart > 1.5 * shortPart ? "likely" : "unsure",
      devices: [],
      evidence: {
        ...{ asked, damaged: of(damaged), silent: of(({ silent }) => silent) },
        ...{ shortPercent: shortPart * 100, longPercent: longPart * 100 },
      },
    },
  ];
}

/** Part of the time that all devices that answer would take at their periods. */
export function loadOf(bus: BusFigures): number | null {
  const living = bus.devices.filter(({ counts }) => counts.answeredReads > 0);
  if (living.length === 0) return null;
  return living.reduce((load, { counts, periodMs }) => load + counts.answeredMs / counts.answeredReads / periodMs, 0);
}

function overload(bus: BusFigures): readonly Finding[] {
  const load = loadOf(bus);
  if (load === null || load <= 1 || bus.counts.answeredReads < ASKED_MIN) return [];
  const longestMs = Math.max(...bus.devices.map(({ periodMs }) => periodMs));
  return [
    {
      causes: ["overload"],
      certainty: "certain",
      devices: [],
      evidence: { percent: load * 100, periodMs: longestMs, factor: load / 0.8 },
    },
  ];
}

function echo({ counts, frames }: BusFigures): readonly Finding[] {
  if (frames === "none" || counts.echo < Math.max(ASKED_MIN, ECHO_PART_MIN * counts.asked)) return [];
  return [{ causes: ["echo"], certainty: "certain", devices: [], evidence: { echo: counts.echo, asked: counts.asked } }];
}
