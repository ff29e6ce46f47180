import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import { emptyReadings } from "../../drivers/reading.ts";
import type { BusDoctorView } from "../../firmware/contract/doctor.ts";
import { LATENCY_CLASSES, latencyClass, percentiles } from "../../firmware/doctor/latency.ts";
import { BusTally } from "../../firmware/doctor/tally.ts";
import { FAULTS, type Fault, HEALTHY, opensOf, type Scene } from "./doctor-faults.ts";
import { examined } from "./doctor-room.ts";

/** A minute of health, for what comes later, and enough after it. */
const EXAMINED_MS = 150_000;
const SEEDS = [1, 2];

const look = (scene: Scene): Promise<BusDoctorView> => examined(scene.site, scene.clock, opensOf(scene), EXAMINED_MS);

/** The first finding names the fault, alone or among those that look the same, and exactly the devices that it is at. */
async function verdict(fault: Fault, seed: number): Promise<{ readonly isRight: boolean; readonly view: BusDoctorView }> {
  const scene = fault.build(seed);
  const view = await look(scene);
  const [first] = view.findings;
  const isNamed = first !== undefined && fault.expected.some((cause) => first.causes.includes(cause));
  return { isRight: isNamed && [...first.devices].sort().join() === [...scene.devices].sort().join(), view };
}

describe("a bus with a fault", () => {
  const verdicts: boolean[] = [];

  test.each(FAULTS.map((fault) => [fault.name, fault] as const))("%s", async (_, fault) => {
    const found = await Promise.all(SEEDS.map((seed) => verdict(fault, seed)));
    verdicts.push(...found.map(({ isRight }) => isRight));
    expect(found.some(({ isRight }) => isRight)).toBe(true);
    for (const { what, why, next } of found.flatMap(({ view }) => view.findings))
      for (const words of [what, why, next])
        for (const text of [words.zh, words.en]) {
          expect(text).not.toBe("");
          expect(text).not.toMatch(/undefined|NaN|null|Infinity/);
        }
  });

  test("nine of ten are named rightly, and where they are", () => {
    expect(verdicts).toHaveLength(FAULTS.length * SEEDS.length);
    expect(verdicts.filter(Boolean).length).toBeGreaterThanOrEqual(0.9 * verdicts.length);
  });
});

describe("a healthy bus", () => {
  test.each(HEALTHY.map((healthy) => [healthy.name, healthy] as const))("%s: nothing to do", async (_, healthy) => {
    for (const seed of SEEDS) {
      const view = await look(healthy.build(seed));
      expect(view.findings).toEqual([]);
      expect(view.answered).toBeGreaterThan(20);
    }
  });

  test("shows how long its devices think and how much of the wire they take", async () => {
    const scene = HEALTHY.find(({ name }) => name === "one probe")?.build(1);
    if (scene === undefined) throw new Error("no probe");
    const view = await look(scene);
    const [device] = view.devices;
    expect(device).toMatchObject({ device: "d1", exchanges: view.exchanges, answered: view.answered, errors: {} });
    // It thinks 8 to 26 ms, and its 9 bytes reach the box with the last of them, at 4,800 to 19,200 Bd.
    expect(view.latency?.p50Ms).toBeGreaterThan(10);
    expect(view.latency?.p99Ms).toBeLessThan(60);
    expect(view.busyPercent).toBeGreaterThan(0.2);
    expect(view.busyPercent).toBeLessThan(3);
    expect(view.loadPercent).toBeGreaterThan(0.2);
    expect(view.loadPercent).toBeLessThan(3);
  });
});

describe("the figures", () => {
  const device = { id: "d1", periodMs: 1_000, order: null };
  const QUESTION = Uint8Array.from(Buffer.from("010400010002200b", "hex"));
  const record = (from: Partial<ExchangeRecord>): ExchangeRecord => ({
    sent: QUESTION,
    came: new Uint8Array(0),
    stray: new Uint8Array(0),
    strayMs: null,
    askedMs: 0,
    firstByteMs: null,
    endedMs: 500,
    lost: { outcome: "lost", reason: "timeout", what: "no answer" },
    ...from,
  });
  const bytes = fc.uint8Array({ maxLength: 600 });

  test("whatever bytes come, each question is counted once, and as no more than one kind of failure", () =>
    fc.assert(
      fc.property(fc.array(fc.record({ came: bytes, stray: bytes }), { minLength: 1, maxLength: 20 }), (all) => {
        const tally = new BusTally({ frames: "rtu", characterMs: 1 }, [device], 0);
        for (const { came, stray } of all) tally.exchange(0, record({ came, stray, strayMs: 0, firstByteMs: 20 }));
        const { counts } = tally.figures(1_000);
        const { silent, checksum, partial, headless, wrongLength, foreign, foreignQuestions } = counts;
        expect(counts.asked).toBe(all.length);
        expect(counts.shortAsked + counts.middleAsked + counts.longAsked).toBe(all.length);
        expect(silent + checksum + partial + headless + wrongLength + foreign).toBeLessThanOrEqual(all.length);
        expect(foreignQuestions).toBeLessThanOrEqual(2 * all.length);
      }),
    ));

  test("what happened is forgotten after a quarter of an hour, and not before twelve minutes", () => {
    const tally = new BusTally({ frames: "rtu", characterMs: 1 }, [device], 0);
    tally.exchange(0, record({}));
    expect(tally.figures(12 * 60_000 - 1).counts.silent).toBe(1);
    expect(tally.figures(15 * 60_000).counts.silent).toBe(0);
    tally.exchange(0, record({ askedMs: 90 * 60_000, endedMs: 90 * 60_000 + 500 }));
    expect(tally.figures(91 * 60_000)).toMatchObject({ counts: { asked: 1 }, devices: [{ counts: { asked: 1 } }] });
  });

  test("an SNMP agent has no wire to look at: its reads are counted, and what they took", () => {
    const tally = new BusTally({ frames: "none", characterMs: 0 }, [device], 0);
    const readings = emptyReadings(1);
    tally.read(0, { answered: true, transactions: 2, faults: [] }, readings, 0, 40);
    for (let index = 0; index < 3; index += 1)
      tally.read(0, { answered: false, transactions: 1, faults: [{ reason: "timeout", detail: "" }] }, readings, 1_000, 6_000);
    const figures = tally.figures(10_000);
    expect(figures).toMatchObject({ counts: { asked: 4, answered: 1, silent: 3 }, devices: [{ misses: 3, lastAnsweredMs: 40 }] });
    expect(figures.latency?.p50Ms).toBeCloseTo(20, -1);
  });

  test("a percentile is right to a fifth, whatever the times are", () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 50_000, noNaN: true }), { minLength: 1, maxLength: 300 }), (times) => {
        const histogram = new Uint16Array(LATENCY_CLASSES);
        for (const ms of times) histogram[latencyClass(ms)] = (histogram[latencyClass(ms)] ?? 0) + 1;
        const sorted = [...times].sort((a, b) => a - b);
        const found = percentiles(histogram);
        for (const [part, told] of [
          [0.5, found?.p50Ms],
          [0.95, found?.p95Ms],
          [0.99, found?.p99Ms],
        ] as const) {
          const truth = sorted[Math.ceil(sorted.length * part) - 1] ?? 0;
          expect((told ?? 0) / truth).toBeGreaterThan(0.8);
          expect((told ?? 0) / truth).toBeLessThan(1.25);
        }
      }),
    ));
});
