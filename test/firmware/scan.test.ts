import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Heard, Scanner } from "../../drivers/line/scan.ts";
import { foundOf, runScan, type ScanProgress } from "../../firmware/commissioning/scan.ts";
import { ASKS_AGAIN_MAX, planScan, type ScannedBus, type ScanPlan, type ScanStage } from "../../firmware/commissioning/scan-plan.ts";
import type { Found } from "../../firmware/contract/commissioning.ts";

const OWN = { baudRate: 19_200, parity: "even", stopBits: 1 } as const;
const FACTORY = { baudRate: 9_600, parity: "none", stopBits: 1 } as const;
const RS485: ScannedBus = { kind: "modbus-rtu", line: OWN, timeoutMs: 500 };
const FACTS = { modbusLines: [FACTORY, FACTORY, { ...FACTORY, baudRate: 4_800 }], ydClasses: [{ version: 0x20, cid1: 0x46 }] };

const named = ({ protocol, line }: ScanStage): string => `${protocol} ${line?.baudRate ?? ""} ${line?.parity ?? ""}`.trim();

describe("what is asked, in order", () => {
  test("first whether it is a UPS, then the bus as it is set, what is cheap, and then the other lines, commonest first", () => {
    const stages = planScan(RS485, {}, FACTS).stages.map(named);
    expect(stages.slice(0, 3)).toEqual(["megatec 2400 none", "upslink 2400 none", "modbus 19200 even"]);
    expect(stages.slice(3, 9)).toEqual([
      "dlt645-2007 2400 even",
      "dlt645-2007 9600 even",
      "dlt645-2007 1200 even",
      "dlt645-2007 4800 even",
      "yd1363 9600 none",
      "dlt645-1997 1200 even",
    ]);
    expect(stages.slice(9, 12)).toEqual(["modbus 9600 none", "modbus 4800 none", "modbus 9600 even"]);
    expect(new Set(stages).size).toBe(stages.length);
    expect(stages.filter((name) => name.endsWith("odd"))).toEqual([]);
  });

  test("only the speeds, parities, protocols and units that were named", () => {
    const { stages } = planScan(RS485, { bauds: [9_600], parities: ["odd"], protocols: ["modbus"], units: [7, 9] }, FACTS);
    expect(stages.map(named)).toEqual(["modbus 9600 odd"]);
    expect(stages[0]?.places).toEqual([7, 9]);
  });

  test("of a port that is meant for a UPS nothing that might switch it", () => {
    const { stages } = planScan({ kind: "megatec", line: { ...FACTORY, baudRate: 2_400 }, timeoutMs: 2_000 }, {}, FACTS);
    expect(new Set(stages.map(({ protocol }) => protocol))).toEqual(new Set(["megatec", "upslink"]));
  });

  test("behind a network connection there is no line to set", () => {
    const { stages } = planScan({ kind: "modbus-tcp", line: null, timeoutMs: 1_000 }, { units: [1] }, FACTS);
    expect(stages).toMatchObject([{ protocol: "modbus", line: null, places: [1] }]);
  });
});

type World = (stage: ScanStage, place: number) => Heard;

/** Runs a plan in a world whose every answer takes as long as silence does; the milliseconds that passed. */
async function scan(plan: ScanPlan, world: World, ends = new AbortController()) {
  const told: ScanProgress[] = [];
  const asked: string[] = [];
  let passedMs = 0;
  let open = 0;
  const outcome = await runScan(plan, {
    open: async (stage): Promise<Scanner> => {
      open += 1;
      return {
        async ask(place) {
          asked.push(`${named(stage)} ${place}`);
          passedMs += stage.silenceMs;
          return world(stage, place);
        },
        close: async () => {
          open -= 1;
        },
      };
    },
    deviceAt: (_, place) => (place === 3 ? "th-3" : null),
    tell: (progress) => told.push(progress),
    ends: ends.signal,
  });
  expect(open).toBe(0);
  return { ...outcome, told, askedPlaces: asked, passedMs };
}

const at =
  (place: number, heard: Heard): World =>
  (_, asked) =>
    asked === place ? heard : { outcome: "silent" };
const SMALL = planScan(RS485, { bauds: [9_600], parities: ["none"], protocols: ["modbus"] }, FACTS);

describe("a scan", () => {
  test("goes on to the end after it has found somebody, and says whether the site knows him", async () => {
    const { found, asked, told } = await scan(SMALL, at(3, { outcome: "answered", place: 3, what: "" }));
    expect(found).toMatchObject([{ place: 3, device: "th-3", verdict: "answered", asked: 3, answered: 3, line: "9600 8N1" }]);
    expect(asked).toBe(32 + 2);
    expect(told.at(-1)).toMatchObject({ done: 32, total: 32, leftMs: 0 });
    expect(told.map(({ leftMs }) => leftMs)).toEqual(told.map(({ leftMs }) => leftMs).toSorted((a, b) => b - a));
  });

  test("takes an exception for an answer: the unit is there", async () => {
    const { found } = await scan(SMALL, at(5, { outcome: "exception", place: 5, what: "exception 2" }));
    expect(found).toMatchObject([{ place: 5, verdict: "exception", exceptions: 3, what: "exception 2" }]);
  });

  test("says of garbled answers what to look at", async () => {
    const { found, advice } = await scan(SMALL, at(9, { outcome: "garbled", what: "7 bytes" }));
    expect(found).toMatchObject([{ place: 9, verdict: "garbled", garbled: 3, device: null }]);
    expect(advice[0]?.en).toContain("termination, polarity");
    expect(advice[0]?.zh).toContain("终端电阻");
  });

  test("says what to look at when nobody answers", async () => {
    const { advice } = await scan(SMALL, () => ({ outcome: "silent" }));
    expect(advice[0]?.en).toContain("Nothing answered");
  });

  test("does not take a gateway that speaks for nobody for somebody", async () => {
    expect((await scan(SMALL, () => ({ outcome: "nobody", what: "exception 11" }))).found).toEqual([]);
  });

  test("ends when the port goes, with what was found until then", async () => {
    let left = 6;
    const { found, unreachable } = await scan(SMALL, (_, place) => {
      left -= 1;
      if (left < 0) return { outcome: "unreachable", what: "has gone" };
      return place === 1 ? { outcome: "answered", place, what: "" } : { outcome: "silent" };
    });
    expect(unreachable).toBe("has gone");
    expect(found).toHaveLength(1);
  });

  test("asks a port at which a UPS is for nothing else", async () => {
    const whole = planScan(RS485, {}, FACTS);
    const { found, askedPlaces, advice } = await scan(whole, ({ protocol }) =>
      protocol === "upslink" ? { outcome: "answered", place: null, what: "SM" } : { outcome: "silent" },
    );
    expect(found).toMatchObject([{ protocol: "upslink", place: null }]);
    expect(askedPlaces.some((asked) => asked.startsWith("modbus"))).toBe(false);
    expect(advice.some(({ en }) => en.includes("A UPS is at this port"))).toBe(true);
  });

  test("stops at the next place when it is cancelled", async () => {
    const ends = new AbortController();
    const { asked } = await scan(
      SMALL,
      (_, place) => {
        if (place === 4) ends.abort();
        return { outcome: "silent" };
      },
      ends,
    );
    expect(asked).toBe(4);
  });

  test("law: whatever answers, it takes no longer than was said before, and every place is asked", async () => {
    const heard = fc.constantFrom<Heard>(
      { outcome: "silent" },
      { outcome: "garbled", what: "" },
      { outcome: "answered", place: 1, what: "" },
      { outcome: "nobody", what: "" },
    );
    const asks = fc.record({ units: fc.uniqueArray(fc.integer({ min: 1, max: 247 }), { minLength: 1, maxLength: 40 }) });
    await fc.assert(
      fc.asyncProperty(asks, fc.array(heard, { minLength: 1, maxLength: 50 }), async (ask, answers) => {
        const plan = planScan(RS485, { ...ask, protocols: ["modbus", "yd1363", "dlt645-2007"] }, FACTS);
        let at = 0;
        const world: World = () => {
          at += 1;
          return answers[at % answers.length] as Heard;
        };
        const { passedMs, asked } = await scan(plan, world);
        expect(passedMs).toBeLessThanOrEqual(plan.limitMs);
        expect(asked).toBeGreaterThanOrEqual(plan.places);
        expect(asked).toBeLessThanOrEqual(plan.places + ASKS_AGAIN_MAX);
      }),
      { numRuns: 40 },
    );
  });
});

test("of what was heard at one place the best counts, and all is counted", () => {
  const stage = SMALL.stages[0] as ScanStage;
  const found = foundOf(stage, 4, [
    { outcome: "garbled", what: "noise" },
    { outcome: "exception", place: 4, what: "exception 1" },
    { outcome: "silent" },
  ]);
  expect(found).toEqual<Found>({
    ...{ protocol: "modbus", line: "9600 8N1", place: 4, device: null, verdict: "exception" },
    ...{ asked: 3, answered: 0, exceptions: 1, garbled: 1, what: "exception 1" },
  });
});
