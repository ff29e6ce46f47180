import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InspectionSummary } from "../../firmware/contract/inspection.ts";
import { dueExports } from "../../firmware/exports/due.ts";
import { type Exporter, openExporter } from "../../firmware/exports/exporter.ts";
import { ExportFolder } from "../../firmware/exports/folder.ts";
import { HistoryError } from "../../firmware/history/history.ts";
import { FORMATS } from "../../firmware/report/press.ts";
import { form } from "./inspection-forms.ts";
import { type Rounds, roundsIn } from "./inspection-stage.ts";
import { ScriptedPress } from "./scripted-press.ts";

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-exports-"));
});
afterEach(() => rmSync(work, { recursive: true }));

function line(day: string, change: Partial<InspectionSummary> = {}): InspectionSummary {
  const id = `daily/${day}`;
  const head = { id, template: "daily", day, state: "missing" as const, name: { zh: "每日巡检", en: "Daily round" } };
  return {
    ...head,
    answered: 0,
    abnormal: 0,
    signedBy: null,
    signedAtMs: null,
    clockTrusted: true,
    corrected: false,
    closed: false,
    ...change,
  };
}
const TIMES = new Map([["daily", "18:00"]]);
const due = (lines: readonly InspectionSummary[], today: string, time: string, made = new Map<string, string>()) =>
  dueExports(lines, TIMES, made, { today, time });
const keys = (jobs: ReturnType<typeof due>): readonly string[] => jobs.map(({ key }) => key);

describe("what is due", () => {
  test("today's sheet at its time, not a minute before; tomorrow's never", () => {
    const lines = [line("2026-09-20", { state: "open" }), line("2026-09-21", { state: "open" })];
    expect(keys(due(lines, "2026-09-20", "17:59"))).toEqual([]);
    expect(keys(due(lines, "2026-09-20", "18:00"))).toEqual(["daily/2026-09-20"]);
  });

  test("once: again only when it was signed, corrected, or its day is over", () => {
    const open = line("2026-09-22", { state: "open" });
    const made = (jobs: ReturnType<typeof due>) => new Map(jobs.map(({ key, stamp }) => [key, stamp]));
    const first = made(due([open], "2026-09-22", "18:00"));
    expect(due([{ ...open, answered: 3 }], "2026-09-22", "18:30", first)).toEqual([]);
    const signed = { ...open, state: "signed" as const, signedBy: "li", signedAtMs: 5 };
    expect(keys(due([signed], "2026-09-22", "19:00", first))).toEqual(["daily/2026-09-22"]);
    const second = made(due([signed], "2026-09-22", "19:00"));
    expect(due([signed], "2026-09-22", "19:01", second)).toEqual([]);
    expect(due([signed], "2026-09-23", "00:02", second)).toEqual([]);
    const whole = { ...signed, closed: true };
    expect(keys(due([whole], "2026-09-23", "00:03", second))).toEqual(["daily/2026-09-22"]);
    const third = made(due([whole], "2026-09-23", "00:03"));
    expect(due([whole], "2026-09-23", "09:00", third)).toEqual([]);
    expect(keys(due([{ ...whole, corrected: true }], "2026-09-23", "09:00", third))).toEqual(["daily/2026-09-22"]);
  });

  test("days that the box slept through, marked as late", () => {
    const jobs = due([line("2026-09-17"), line("2026-09-18")], "2026-09-20", "08:00");
    expect(jobs.filter(({ kind }) => kind === "sheet")).toMatchObject([{ late: true }, { late: true }]);
  });

  test("last week from Monday 00:05 on, last month from the first on, and none before the box knew its rounds", () => {
    const week = ["2026-09-14", "2026-09-20"].map((day) => line(day));
    expect(keys(due(week, "2026-09-20", "23:59")).filter((key) => key.startsWith("week"))).toEqual([]);
    expect(keys(due(week, "2026-09-21", "00:04")).filter((key) => key.startsWith("week"))).toEqual([]);
    expect(due(week, "2026-09-21", "00:05").find(({ key }) => key === "week-2026-w38")).toMatchObject({
      first: "2026-09-14",
      last: "2026-09-20",
    });
    expect(due(week, "2026-10-01", "00:05").find(({ key }) => key === "month-2026-09")).toMatchObject({
      first: "2026-09-01",
      last: "2026-09-30",
    });
    expect(keys(due([line("2026-09-21")], "2026-09-21", "09:00")).filter((key) => !key.startsWith("daily"))).toEqual([]);
  });

  test("the turn of the year: the week belongs to the year of its Thursday (ISO 8601)", () => {
    expect(keys(due([line("2026-12-31")], "2027-01-04", "06:00"))).toEqual(expect.arrayContaining(["week-2026-w53", "month-2026-12"]));
  });

  test("nothing is due twice, whatever the order of lines, as long as nothing changes", () => {
    const days = fc.uniqueArray(fc.integer({ min: 1, max: 28 }), { minLength: 1 });
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 28 }), (all, now) => {
        const lines = all.map((day) => line(`2026-09-${String(day).padStart(2, "0")}`));
        const today = `2026-09-${String(now).padStart(2, "0")}`;
        const jobs = due(lines, today, "20:00");
        expect(new Set(keys(jobs)).size).toBe(jobs.length);
        expect(
          due([...lines].reverse(), today, "20:00", new Map(jobs.map(({ key, stamp }) => [key, stamp]))).filter(
            ({ kind }) => kind === "sheet",
          ),
        ).toEqual([]);
      }),
    );
  });
});

describe("the exporter", () => {
  let rounds: Rounds;
  let press: ScriptedPress;
  let exporter: Exporter;
  const troubles: string[] = [];

  function start(at: string): void {
    rounds.clock.set(at);
    exporter = openExporter({
      site: { name: { zh: "演示机房", en: "Demo room" }, timezone: "Asia/Shanghai", exports: { language: "zh", keepDays: 400 } },
      desk: rounds.desk,
      journal: rounds.journal,
      history: rounds.history,
      press,
      dataFolder: work,
      version: "0.1.0",
      clock: rounds.clock,
      onTrouble: (words) => troubles.push(words.en),
    });
  }
  const files = (): readonly string[] => {
    const found = statSync(join(work, "exports"), { throwIfNoEntry: false });
    return found?.isDirectory() === true ? readdirSync(join(work, "exports")).sort() : [];
  };
  async function look(): Promise<void> {
    await rounds.clock.beat();
    await exporter.idle();
  }

  beforeEach(() => {
    troubles.length = 0;
    press = new ScriptedPress();
    rounds = roundsIn(join(work, "journal"));
    start("2026-09-20T17:59:00+08:00");
  });
  afterEach(async () => {
    await exporter.stop();
    await rounds.journal.close();
  });

  test("puts the day's sheet into the folder at its time, in three formats, once", async () => {
    await look();
    expect(files()).toEqual([]);
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    await look();
    expect(files()).toEqual([
      "inspection-daily-2026-09-20.zh.csv",
      "inspection-daily-2026-09-20.zh.pdf",
      "inspection-daily-2026-09-20.zh.xlsx",
    ]);
    expect(press.documents[0]?.origin).toMatchObject({ how: { en: "exported by itself at the set time" }, clockTrusted: true });
    await look();
    expect(press.documents.length).toBe(1);
  });

  test("does nothing while nobody knows the time of day, and makes up for it, saying so", async () => {
    await rounds.journal.expectSheets({ templates: ["daily"], days: ["2026-09-20"] });
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    rounds.clock.trusted = false;
    await look();
    expect(files()).toEqual([]);
    rounds.clock.trusted = true;
    rounds.clock.set("2026-09-21T09:00:00+08:00");
    await look();
    expect(files().filter((name) => name.startsWith("inspection-"))).toEqual([]);
    const { sheets } = await rounds.journal.inspections({ what: "unclosed", before: "2026-09-21", limit: 9 });
    for (const sheet of sheets) await rounds.desk.close(sheet);
    await look();
    const late = press.documents.find(({ subtitle }) => JSON.stringify(subtitle).includes("· 2026-09-20"));
    expect(late?.origin.how).toMatchObject({ en: expect.stringContaining("at the set time the box was off") });
  });

  test("says once what is wrong, tries again, and has it in the end", async () => {
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    press.failing = true;
    for (let minute = 0; minute < 3; minute += 1) await look();
    expect(press.asked).toBe(1);
    rounds.clock.set("2026-09-20T18:10:00+08:00");
    await look();
    expect(press.asked).toBe(2);
    expect(troubles).toEqual(["daily/2026-09-20 was not exported: out of ink. It is tried again in ten minutes."]);
    rounds.clock.set("2026-09-20T18:20:00+08:00");
    press.failing = false;
    await look();
    expect(files().length).toBe(3);
  });

  test("a sheet that cannot be made holds up no other, and what breaks inside is said and stops nothing", async () => {
    await rounds.journal.expectSheets({ templates: ["daily"], days: Array.from({ length: 10 }, (_, n) => `2026-09-${String(10 + n)}`) });
    press.jammed = "2026-09-1";
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    await look();
    rounds.clock.set("2026-09-20T18:10:00+08:00");
    await look();
    expect(files().filter((name) => name.endsWith(".pdf"))).toEqual(["inspection-daily-2026-09-20.zh.pdf"]);
    press.jammed = "";
    press.breaking = true;
    rounds.clock.set("2026-09-20T18:20:00+08:00");
    await look();
    expect(troubles.at(-1)).toMatch(/monitoring goes on .*paper everywhere/s);
  });

  test("of figures that history could not give the sheet is made again, and says why", async () => {
    rounds.history.error = new HistoryError({ zh: "历史库坏了", en: "history is broken" });
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    await look();
    expect(files().length).toBe(3);
    expect(troubles[0]).toContain("history is broken");
    rounds.history.error = null;
    rounds.clock.set("2026-09-20T18:10:00+08:00");
    await look();
    expect(press.documents.length).toBe(2);
    await look();
    expect(press.documents.length).toBe(2);
  });

  test("many rounds for two months are remembered as a whole: nothing is printed twice", async () => {
    await exporter.stop();
    const templates = Array.from({ length: 12 }, (_, n) => form({ id: `a-round-with-quite-a-long-name-${n}` }));
    rounds = await rounds.again(templates);
    const days = Array.from({ length: 40 }, (_, n) => Temporal.PlainDate.from("2026-08-01").add({ days: n }).toString());
    await rounds.journal.expectSheets({ templates: templates.map(({ id }) => id), days });
    start("2026-09-12T09:00:00+08:00");
    for (let minute = 0; minute < 90; minute += 1) await look();
    const printed = press.documents.length;
    expect(printed).toBe(12 * 40 + 2);
    for (let minute = 0; minute < 3; minute += 1) await look();
    expect(press.documents.length).toBe(printed);
  });

  test("a folder that cannot be written is said, with what to do", async () => {
    writeFileSync(join(work, "exports"), "in the way");
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    await look();
    expect(troubles[0]).toMatch(/exports cannot be written \(ENOTDIR\)\. Check space and permissions/);
  });

  test("last week comes with its figures, its sheets and what was raised", async () => {
    const days = Array.from({ length: 7 }, (_, n) => `2026-09-${14 + n}`);
    await rounds.journal.expectSheets({ templates: ["daily"], days });
    rounds.clock.set("2026-09-21T00:05:00+08:00");
    for (let minute = 0; minute < 2; minute += 1) await look();
    const week = press.documents.find(({ title }) => JSON.stringify(title).includes("周报"));
    expect(files()).toContain("summary-week-2026-w38.zh.pdf");
    expect(week?.facts.map(({ value }) => value)).toEqual([0, 7, 0, { value: 7, mark: "alarm" }]);
    expect(week?.tables[2]?.rows[0]?.slice(3)).toEqual([
      { value: 21.5, digits: 1 },
      1_000,
      { value: 24.25, digits: 1 },
      2_000,
      { value: 22.75, digits: 1 },
      "",
    ]);
    expect(rounds.history.asked.at(-1)).toMatchObject({
      fromMs: Date.parse("2026-09-14T00:00:00+08:00"),
      toMs: Date.parse("2026-09-21T00:00:00+08:00"),
    });
  });

  test("a sheet is made when somebody asks; one that is not there is none", async () => {
    expect(await exporter.makeSheet("daily/2026-09-20", "en")).toEqual({
      names: FORMATS.map((format) => `inspection-daily-2026-09-20.en.${format}`),
    });
    expect(await exporter.makeSheet("daily/2020-01-01", "en")).toBeNull();
  });

  test("the document says what the sheet says: figures of history, gaps in words, who signed", async () => {
    rounds.history.change = { max: 33, minutesWithData: 588, minutes: 600 };
    const by = { by: "li", from: "10.0.0.7" };
    const first = await rounds.desk.answer({ sheet: "daily/2026-09-20", item: "lamps", value: "lit", note: "UPS A", revision: 0 }, by);
    expect(first).toHaveProperty("sheet");
    await rounds.desk.answer({ sheet: "daily/2026-09-20", item: "pressure", value: 1.2, note: "", revision: 0 }, by);
    await rounds.desk.sign({ sheet: "daily/2026-09-20", note: "", revision: 2 }, by);
    await exporter.makeSheet("daily/2026-09-20", "zh");
    const [document] = press.documents;
    expect(document?.tables[0]?.rows[0]?.slice(3)).toEqual([
      { value: 21.5, digits: 1 },
      { value: 33, digits: 1, mark: "alarm" },
      { value: 22.75, digits: 1 },
      { value: 23, digits: 1 },
      { zh: "> 27 重要; > 32 紧急", en: "> 27 major; > 32 critical" },
      { value: { zh: "12 分钟", en: "12 min" }, mark: "gap" },
      { value: { zh: "异常（紧急）", en: "abnormal (critical)" }, mark: "alarm" },
    ]);
    expect(document?.tables[1]?.rows[0]?.slice(2, 5)).toEqual([{ value: { zh: "lit", en: "lit" }, mark: "alarm" }, "UPS A", "li"]);
    expect(document?.signatures[0]).toMatchObject({ name: "li" });
  });

  test("what was never read is a gap in words, never a zero", async () => {
    rounds.history.change = { min: null, max: null, avg: null, last: null, minAtMs: null, maxAtMs: null, minutesWithData: 0 };
    await exporter.makeSheet("daily/2026-09-20", "zh");
    const cells = press.documents[0]?.tables[0]?.rows[0] ?? [];
    expect(cells.slice(3, 7)).toEqual(Array.from({ length: 4 }, () => ({ value: { zh: "无数据", en: "no data" }, mark: "gap" })));
    expect(cells.at(-1)).toEqual({ value: { zh: "未测到", en: "not measured" }, mark: "gap" });
  });
});

describe("the folder", () => {
  const NAME = "inspection-daily-2026-09-20.zh.pdf";

  test("lists and gives out what we made, and nothing else that lies there", async () => {
    const folder = new ExportFolder(join(work, "exports"));
    await folder.write(NAME, new Uint8Array([1, 2, 3]));
    writeFileSync(join(work, "exports", "notes.txt"), "mine");
    writeFileSync(join(work, "secret"), "key");
    symlinkSync(join(work, "exports"), join(work, "exports", "inspection-link-2026-09-20.zh.pdf"));
    expect((await folder.list()).map(({ name, bytes }) => [name, bytes])).toEqual([[NAME, 3]]);
    for (const name of [
      "notes.txt",
      "../secret",
      `../exports/${NAME}`,
      `${NAME}.new`,
      "inspection-x.zh.exe",
      "inspection-link-2026-09-20.zh.pdf",
    ])
      expect(await folder.read(name), name).toBeNull();
    const pieces: Uint8Array[] = [];
    for await (const piece of (await folder.read(NAME)) ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from([1, 2, 3]));
    expect(readFileSync(join(work, "exports", "notes.txt"), "utf8")).toBe("mine");
  });

  test("keeps so many days of sheets, whatever the clock says, and nothing that is not ours goes", async () => {
    const folder = new ExportFolder(join(work, "exports"));
    const names = ["2025-01-01", "2026-09-19", "2026-09-20", "2099-01-01"].map((day) => `inspection-daily-${day}.zh.pdf`);
    for (const name of names) await folder.write(name, new Uint8Array(1));
    await folder.write("summary-month-2024-01.zh.pdf", new Uint8Array(1));
    mkdirSync(join(work, "exports", "mine"));
    await folder.tidy(3);
    expect(readdirSync(join(work, "exports")).sort()).toEqual([...names.slice(1), "mine", "summary-month-2024-01.zh.pdf"]);
  });
});
