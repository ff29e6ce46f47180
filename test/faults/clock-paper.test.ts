import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { type Exporter, openExporter } from "../../firmware/exports/exporter.ts";
import { keepRounds } from "../../firmware/inspection/round-keeper.ts";
import { contentHash } from "../../firmware/report/document.ts";
import { type Rounds, roundsIn, WallClock } from "../firmware/inspection-stage.ts";
import { ScriptedPress } from "../firmware/scripted-press.ts";
import { times } from "./counts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
/** Every minute on a box; here as seldom as no deadline is missed. */
const LOOK_HOURS = 3;
/** Longer than a small file takes to reach the disk. */
const SETTLE_MS = 12;

/** Both clocks apart: the wall clock is set, runs slow or fast; the other only goes forward. */
class SteppedClock extends WallClock {
  passedMs = 0;
  override monotonicMs = () => this.passedMs as MonotonicMs;
  override wallMs = () => Math.floor(this.nowMs) as WallMs;

  pass(ms: number, rate: number): void {
    this.passedMs += ms;
    this.nowMs += ms * rate;
  }
}

type Blow =
  | { readonly kind: "pass"; readonly hours: number; readonly rate: number }
  | { readonly kind: "step"; readonly ms: number; readonly backAfterHours: number }
  | { readonly kind: "restart" }
  | { readonly kind: "sign" };

const blow: fc.Arbitrary<Blow> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      hours: fc.integer({ min: 1, max: 30 }),
      rate: fc.constantFrom(1, 0.9, 1.1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("step" as const),
      ms: fc.constantFrom(-YEAR_MS, YEAR_MS, -HOUR_MS, HOUR_MS, -DAY_MS, DAY_MS, -30 * DAY_MS),
      backAfterHours: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sign" as const) }) },
);

/** The paperwork of a box on a real journal, from one start to the next. */
class Office {
  readonly folder = mkdtempSync(join(tmpdir(), "roomward-paper-"));
  readonly clock = new SteppedClock("2026-09-20T09:00:00+08:00");
  readonly press = new ScriptedPress();
  readonly troubles: string[] = [];
  rounds: Rounds = roundsIn(join(this.folder, "journal"), { clock: this.clock });
  exporter: Exporter = this.open();
  keeper = this.keep();

  open(): Exporter {
    const { desk, journal, history } = this.rounds;
    return openExporter({
      ...{ desk, journal, history, press: this.press, dataFolder: this.folder, version: "0", clock: this.clock },
      site: {
        name: { zh: "机房", en: "room" },
        timezone: "Asia/Shanghai",
        exports: { language: "en", keepDays: 9_999 },
      } as unknown as Parameters<typeof openExporter>[0]["site"],
      onTrouble: ({ en }) => this.troubles.push(en),
    });
  }

  keep() {
    const { desk, journal } = this.rounds;
    return keepRounds({ desk, journal, timezone: "Asia/Shanghai", clock: this.clock, onTrouble: ({ en }) => this.troubles.push(en) });
  }

  /** Two looks of both; each ends when the disk has what it was given. */
  async work(): Promise<void> {
    for (let look = 0; look < 2; look += 1) {
      await this.clock.beat();
      for (let before = ""; before !== this.state(); ) {
        before = this.state();
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      }
    }
  }

  state(): string {
    const memory = statSync(join(this.folder, "exports.json"), { throwIfNoEntry: false });
    return JSON.stringify([this.press.documents.length, memory?.mtimeMs, memory?.ino]);
  }

  async pass(hours: number, rate = 1): Promise<void> {
    for (let passed = 0; passed < hours; passed += LOOK_HOURS) {
      this.clock.pass(LOOK_HOURS * HOUR_MS, rate);
      await this.work();
    }
  }

  async suffer(what: Blow): Promise<void> {
    switch (what.kind) {
      case "pass":
        return this.pass(what.hours, what.rate);
      case "step":
        this.clock.nowMs += what.ms;
        await this.pass(what.backAfterHours);
        this.clock.nowMs -= what.ms;
        return this.pass(2);
      case "restart":
        await this.stop();
        this.rounds = await this.rounds.again();
        this.exporter = this.open();
        this.keeper = this.keep();
        return;
      case "sign": {
        const { desk } = this.rounds;
        const id = `daily/${desk.today}`;
        const sheet = await desk.sheet(id);
        await desk.answer(
          { sheet: id, item: "lamps", value: "none", note: "", revision: sheet?.revision ?? 0 },
          { by: "li", from: "console" },
        );
      }
    }
  }

  /** Documents that say what one of the same name has said before. */
  twice(): readonly string[] {
    const made = this.made().map(({ name, content }) => `${name} ${content}`);
    return made.filter((one, index) => made.indexOf(one) !== index);
  }

  /** Documents that say what the file of that name says already; a document takes the place of the one before it. */
  needless(): readonly string[] {
    const files = new Map<string, string>();
    return this.made().flatMap(({ name, content }) => {
      const isThere = files.get(name) === content;
      files.set(name, content);
      return isThere ? [name] : [];
    });
  }

  made() {
    return this.press.documents.map((document) => ({
      name: JSON.stringify([document.title, document.subtitle]),
      content: contentHash(document),
    }));
  }

  async stop(): Promise<void> {
    await this.exporter.stop();
    await this.keeper.stop();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.rounds.journal.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * The day is exported when it is over, then once more as an open one (the clock stands on it, and may be the one that is right), and
 * restored when the clock is back: three documents, and none that was there already.
 */
const BACK_TWICE_AND_A_YEAR: Blow[] = [
  { kind: "step", ms: -30 * DAY_MS, backAfterHours: 1 },
  { kind: "step", ms: -30 * DAY_MS, backAfterHours: 1 },
  { kind: "step", ms: -YEAR_MS, backAfterHours: 1 },
];

test("law: however the clock is set, no sheet is there twice, and no document is made that is there already", {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(blow, { minLength: 1, maxLength: 8 }), async (blows) => {
      const office = new Office();
      try {
        await office.pass(26);
        for (const what of blows) await office.suffer(what);
        expect(office.needless()).toEqual([]);
        const { days } = await office.rounds.journal.inspections({ what: "days", from: "2020-01-01", to: "2030-01-01" });
        expect(new Set(days.map(({ template, day }) => `${template}/${day}`)).size).toBe(days.length);
        expect(office.troubles).toEqual([]);
      } finally {
        await office.close();
      }
    }),
    { numRuns: times({ short: 4, full: 150 }), examples: [[BACK_TWICE_AND_A_YEAR]] },
  );
});

test("what is exported while an hour repeats says so", async () => {
  const office = new Office();
  try {
    await office.pass(26);
    office.clock.repeating = true;
    await office.rounds.desk.answer(
      { sheet: `daily/${office.rounds.desk.today}`, item: "lamps", value: "none", note: "", revision: 0 },
      { by: "li", from: "console" },
    );
    const { names } = (await office.exporter.makeSheet(`daily/${office.rounds.desk.today}`, "en")) as { names: string[] };
    expect(names.length).toBe(3);
    expect(office.press.documents.at(-1)?.origin).toMatchObject({ timeRepeats: true });
  } finally {
    await office.close();
  }
});

test("an hour back over midnight: the day that was over is not exported as an open one", async () => {
  const office = new Office();
  try {
    await office.pass(26);
    office.clock.set("2026-09-22T00:30:00+08:00");
    for (let look = 0; look < 3; look += 1) await office.work();
    const before = office.press.documents.length;
    expect(JSON.stringify(office.press.documents.map(({ subtitle }) => subtitle))).toContain("2026-09-21");
    office.clock.nowMs -= HOUR_MS;
    await office.work();
    office.clock.nowMs += 2 * HOUR_MS;
    for (let look = 0; look < 3; look += 1) await office.work();
    expect(office.press.documents.slice(before).map(({ subtitle }) => subtitle)).toEqual([]);
  } finally {
    await office.close();
  }
});

test("a clock that is wrong twice in the same way makes no document twice", async () => {
  const office = new Office();
  try {
    await office.pass(26);
    await office.suffer({ kind: "step", ms: -30 * DAY_MS, backAfterHours: 8 });
    for (let look = 0; look < 3; look += 1) await office.work();
    await office.suffer({ kind: "step", ms: -30 * DAY_MS, backAfterHours: 5 });
    for (let look = 0; look < 3; look += 1) await office.work();
    expect(office.press.documents.length).toBeGreaterThan(6);
    expect(office.twice()).toEqual([]);
  } finally {
    await office.close();
  }
});
