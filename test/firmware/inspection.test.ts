import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InspectionSheet } from "../../firmware/contract/inspection.ts";
import { sheetDocument } from "../../firmware/exports/sheet-document.ts";
import { HistoryError, MINUTE_MS, type PointSummary } from "../../firmware/history/history.ts";
import { type Inspected, InspectionDesk } from "../../firmware/inspection/desk.ts";
import { statesSeen } from "../../firmware/inspection/figures.ts";
import { keepRounds } from "../../firmware/inspection/round-keeper.ts";
import { JournalError } from "../../firmware/journal/journal.ts";
import { FLOOR, MIGRATIONS } from "../../firmware/journal/schema.ts";
import { openToWrite } from "../../firmware/platform/sqlite.ts";
import { DOOR, deskIn, HUMIDITY, M0, minuteOf, TEMPERATURE } from "./history-room.ts";
import { form, powerSource, SITE, siteOf, summary, temperature } from "./inspection-forms.ts";
import { type Rounds, roundsIn } from "./inspection-stage.ts";
import { journalHere, temporaryFolder } from "./journal-entries.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const TODAY = "daily/2026-09-20";
const li = { by: "li", from: "10.0.0.7" };
const wang = { by: "wang", from: "10.0.0.8" };

function sheetIn(done: Inspected): InspectionSheet {
  if ("problem" in done) throw new Error(done.problem.en);
  return done.sheet;
}
function refusalIn(done: Inspected): { readonly why: string; readonly en: string } {
  if ("sheet" in done) throw new Error("it was taken");
  expect(done.problem.zh).toMatch(/[一-鿿].*。/);
  return { why: done.why, en: done.problem.en };
}
async function sheetOf(rounds: Rounds, id = TODAY): Promise<InspectionSheet> {
  const sheet = await rounds.desk.sheet(id);
  if (sheet === null) throw new Error(`no sheet ${id}`);
  return sheet;
}
const lamps = (value: string | null, revision = 0, note = "") => ({ sheet: TODAY, item: "lamps", value, note, revision });
const pressure = (value: number | string, revision = 0) => ({ sheet: TODAY, item: "pressure", value, note: "", revision });

async function filled(rounds: Rounds, sheet = TODAY): Promise<void> {
  sheetIn(await rounds.desk.answer({ ...lamps("none"), sheet }, li));
  sheetIn(await rounds.desk.answer({ ...pressure(1.2), sheet }, li));
}
async function signed(rounds: Rounds): Promise<InspectionSheet> {
  await filled(rounds);
  return sheetIn(await rounds.desk.sign({ sheet: TODAY, note: "", revision: 2 }, li));
}

describe("today's sheet", () => {
  test("is there before anybody touched it, filled with what history says of the day until now", async () => {
    const rounds = roundsIn(folder.path);
    rounds.history.change = { min: 21.37, max: 26.91, avg: 23.456789, last: 24.5, minutesWithData: 1000, minutes: 1050 };
    const sheet = await sheetOf(rounds);
    expect(sheet).toMatchObject({ id: TODAY, state: "open", revision: 0, answers: [], missing: ["lamps", "pressure"], signature: null });
    // The figures are history's own, bit for bit.
    const { clockTrusted, ...figures } = summary("th-1/ambient.temperature", rounds.history.change);
    expect(sheet.measured.rows).toEqual([{ item: "th-1/ambient.temperature", ...figures, states: [], abnormal: null }]);
    expect(sheet.measured.clockTrusted).toBe(clockTrusted);
    const fromMs = Date.UTC(2026, 8, 19, 16);
    expect(rounds.history.asked).toEqual([{ points: ["th-1/ambient.temperature"], fromMs, toMs: rounds.clock.nowMs }]);
    expect([sheet.fromMs, sheet.toMs]).toEqual([fromMs, fromMs + 24 * 3_600_000]);
  });

  test("keeps each answer with who and when, marks what is not normal, and counts the score by weight", async () => {
    const rounds = roundsIn(folder.path);
    sheetIn(await rounds.desk.answer(lamps("lit", 0, "UPS B"), li));
    const sheet = sheetIn(await rounds.desk.answer(pressure(1.2), wang));
    expect(sheet.answers).toMatchObject([
      { item: "lamps", value: "lit", note: "UPS B", by: "li", atMs: rounds.clock.nowMs, revision: 1, abnormal: true },
      { item: "pressure", value: 1.2, by: "wang", revision: 1, abnormal: false },
    ]);
    expect(sheet).toMatchObject({ missing: [], abnormal: ["lamps"], revision: 2, score: { reached: 2, possible: 4 } });
    expect((await sheetOf(await rounds.again())).answers).toEqual(sheet.answers);
  });

  test("a limit or state that was passed makes a measured item abnormal, worst first; at the limit it is not", async () => {
    const rounds = roundsIn(folder.path);
    for (const [max, abnormal] of [
      [27, null],
      [27.01, "major"],
      [40, "critical"],
    ] as const) {
      rounds.history.change = { max };
      const sheet = await sheetOf(rounds);
      expect([max, sheet.measured.rows[0]?.abnormal]).toEqual([max, abnormal]);
      expect(sheet.abnormal).toEqual(abnormal === null ? [] : ["th-1/ambient.temperature"]);
    }
  });

  test("every state that was seen counts, also one between the lowest and the highest", async () => {
    const rounds = roundsIn(folder.path, { templates: [form({ items: [powerSource()] })] });
    const seen = async (change: Partial<PointSummary>, states: readonly number[] = []) => {
      Object.assign(rounds.history, { change, states });
      const [row] = (await sheetOf(rounds)).measured.rows;
      return [row?.states, row?.abnormal];
    };
    expect(await seen({ min: 0, max: 0, last: 0 })).toEqual([[0], null]);
    expect(await seen({ min: 0, max: 1, last: 0 })).toEqual([[0, 1], "critical"]);
    expect(await seen({ min: 0, max: 3, last: 0 }, [0, 0, 3, 2])).toEqual([[0, 2, 3], "minor"]);
    expect(await seen({ min: 0, max: 3, last: 0 }, [0, 1, 3])).toEqual([[0, 1, 3], "critical"]);
    expect(await seen({ min: null, max: null, last: null })).toEqual([[], null]);
  });

  test("on paper the states that were seen stand beside the last one", async () => {
    const rounds = roundsIn(folder.path, { templates: [form({ items: [powerSource()] })] });
    Object.assign(rounds.history, { change: { min: 0, max: 3, last: 0 }, states: [0, 1, 3] });
    const origin = { box: "demo", version: "0", madeAtMs: 0, clockTrusted: true, how: { zh: "", en: "" } };
    const cellOf = async () => sheetDocument(await sheetOf(rounds), siteOf(SITE), origin).tables[0]?.rows[0]?.[6];
    expect(await cellOf()).toEqual({
      value: { zh: "mains（出现过：mains、bypass、none）", en: "mains (seen: mains, bypass, none)" },
      mark: "alarm",
    });
    rounds.history.change = { min: 0, max: 0, last: 0 };
    expect(await cellOf()).toMatchObject({ value: { zh: "mains", en: "mains" } });
  });

  test("where nothing was measured it says so: no zero, no normal", async () => {
    const rounds = roundsIn(folder.path);
    const gaps = [{ fromMs: 1, toMs: 2 }];
    const nothing = { min: null, max: null, avg: null, last: null, minAtMs: null, maxAtMs: null, minutesWithData: 0 };
    rounds.history.change = { ...nothing, gaps };
    const sheet = await sheetOf(rounds);
    expect(sheet.measured.rows).toMatchObject([{ ...nothing, minutes: 600, gaps, abnormal: null }]);
    expect(sheet.score).toEqual({ reached: 0, possible: 4 });
  });

  test("a history that cannot be read leaves the sheet without figures and with the reason", async () => {
    const rounds = roundsIn(folder.path);
    rounds.history.error = new HistoryError({ zh: "坏了。", en: "It is broken." });
    expect((await sheetOf(rounds)).measured).toMatchObject({ rows: [], problem: { en: "It is broken." } });
    rounds.history.error = new TypeError("a fault of ours");
    await expect(rounds.desk.sheet(TODAY)).rejects.toThrow("a fault of ours");
  });

  test.each(["daily/2026-09-21", "daily/2026-09-19", "other/2026-09-20", "daily/2026-02-30"])("there is no sheet %s", async (id) => {
    const rounds = roundsIn(folder.path);
    expect(await rounds.desk.sheet(id)).toBeNull();
    expect(refusalIn(await rounds.desk.answer({ ...lamps("none"), sheet: id }, li)).why).toBe("unknown");
  });
});

describe("two people at one sheet", () => {
  test("the second to answer an item is told who was faster, and nothing is overwritten", async () => {
    const rounds = roundsIn(folder.path);
    sheetIn(await rounds.desk.answer(lamps("none"), li));
    const late = refusalIn(await rounds.desk.answer(lamps("lit"), wang));
    expect(late).toMatchObject({ why: "changed", en: expect.stringContaining("li has just answered") });
    expect((await sheetOf(rounds)).answers).toMatchObject([{ value: "none", by: "li" }]);
    expect(sheetIn(await rounds.desk.answer(lamps("lit", 1), wang)).answers).toMatchObject([{ value: "lit", by: "wang", revision: 2 }]);
  });

  test("answers to different items do not disturb each other", async () => {
    const rounds = roundsIn(folder.path);
    const done = await Promise.all([rounds.desk.answer(lamps("none"), li), rounds.desk.answer(pressure(1.2), wang)]);
    expect(done.every((one) => "sheet" in one)).toBe(true);
  });

  test("nobody signs what they have not seen", async () => {
    const rounds = roundsIn(folder.path);
    await filled(rounds);
    sheetIn(await rounds.desk.answer(lamps("lit", 1), wang));
    expect(refusalIn(await rounds.desk.sign({ sheet: TODAY, note: "", revision: 2 }, li)).why).toBe("changed");
    expect((await sheetOf(rounds)).state).toBe("open");
  });

  test("a step that reaches the journal twice is recorded once", async () => {
    const journal = journalHere(folder.path);
    const step = {
      ...{ id: "step-1", sheet: { template: "daily", day: "2026-09-20" }, template: form(), atMs: 1, clockTrusted: true, ...li },
      act: { kind: "answer", item: "lamps", value: "none", note: "", revision: 0 } as const,
    };
    const first = await journal.inspect(step);
    expect(await journal.inspect(step)).toEqual(first);
    expect(await journal.audit(10)).toHaveLength(1);
  });
});

describe("an answer that cannot be taken", () => {
  test.each([
    ["a choice that is not there", { item: "lamps", value: "blue" }],
    ["text for a number", { item: "pressure", value: "1.2" }],
    ["a number for a text", { item: "remarks", value: 5 }],
    ["an empty text", { item: "remarks", value: "  " }],
    ["an item that is not there", { item: "nothing", value: "x" }],
    ["a measured item", { item: "th-1/ambient.temperature", value: 20 }],
    ["not looked at, without a reason", { item: "lamps", value: null }],
  ])("%s changes nothing and says what to do", async (_, answer) => {
    const rounds = roundsIn(folder.path);
    expect(refusalIn(await rounds.desk.answer({ sheet: TODAY, note: "", revision: 0, ...answer }, li)).why).toBe("refused");
    expect((await sheetOf(rounds)).revision).toBe(0);
    expect(await rounds.journal.audit(10)).toEqual([]);
  });

  test("what could not be looked at is said with a reason, fills its place, and is not called normal", async () => {
    const rounds = roundsIn(folder.path);
    const sheet = sheetIn(await rounds.desk.answer(lamps(null, 0, "locked"), li));
    expect(sheet).toMatchObject({ missing: ["pressure"], abnormal: ["lamps"], answers: [{ value: null, note: "locked", abnormal: true }] });
  });

  test("fifty answers to one item are the limit", { timeout: 30_000 }, async () => {
    const rounds = roundsIn(folder.path);
    for (let revision = 0; revision < 50; revision += 1) sheetIn(await rounds.desk.answer(lamps("none", revision), li));
    expect(refusalIn(await rounds.desk.answer(lamps("lit", 50), li)).en).toContain("50 times");
  });
});

test("what the journal could not take was not done, and the reason is passed on; what it cannot read is its own trouble", async () => {
  const rounds = roundsIn(folder.path);
  const message = { zh: "磁盘已满。", en: "The disk is full." };
  const failing = { ...rounds.journal, inspect: async () => ({ ok: false, reason: "diskFull", message }) as const };
  const parts = { timezone: "Asia/Shanghai", templates: () => [form()], history: rounds.history, clock: rounds.clock };
  const desk = new InspectionDesk({ ...parts, journal: failing });
  expect(refusalIn(await desk.answer(lamps("none"), li))).toEqual({ why: "journal", en: message.en });
  const unreadable = async () => Promise.reject(new JournalError({ ok: false, reason: "io", message }));
  const blind = new InspectionDesk({ ...parts, journal: { ...rounds.journal, inspections: unreadable } });
  await expect(blind.sheet(TODAY)).rejects.toThrow("The disk is full.");
  const told: string[] = [];
  const journal = { ...rounds.journal, inspections: unreadable };
  const keeper = keepRounds({ ...parts, desk: blind, journal, onTrouble: ({ en }) => told.push(en) });
  await rounds.clock.beat();
  await rounds.clock.beat();
  expect(told).toEqual(["The disk is full."]);
  await keeper.stop();
  const broken = { ...rounds.journal, inspections: async () => Promise.reject(new TypeError("ours")) };
  const other = keepRounds({ ...parts, desk: blind, journal: broken, onTrouble: ({ en }) => told.push(en) });
  await rounds.clock.beat();
  expect(told[1]).toContain("TypeError: ours");
  await other.stop();
});

describe("signing", () => {
  test("waits until everything is filled, and names what is missing", async () => {
    const rounds = roundsIn(folder.path);
    sheetIn(await rounds.desk.answer(lamps("none"), li));
    expect(refusalIn(await rounds.desk.sign({ sheet: TODAY, note: "", revision: 1 }, li))).toMatchObject({
      why: "refused",
      en: expect.stringContaining("pressure"),
    });
  });

  test("freezes what was measured until then, and nothing but a correction changes the sheet any more", async () => {
    const rounds = roundsIn(folder.path);
    rounds.history.change = { max: 25.5 };
    const before = await signed(rounds);
    expect(before).toMatchObject({ state: "signed", signature: { by: "li", atMs: rounds.clock.nowMs, clockTrusted: true } });
    rounds.history.change = { max: 39 };
    rounds.clock.set("2026-09-20T20:00:00+08:00");
    expect(await sheetOf(rounds)).toEqual(before);
    expect(before.measured).toMatchObject({
      toMs: Temporal.Instant.from("2026-09-20T17:30:00+08:00").epochMilliseconds,
      rows: [{ max: 25.5 }],
    });
    expect(refusalIn(await rounds.desk.answer(lamps("lit", 1), wang)).en).toContain("signed");
    expect(refusalIn(await rounds.desk.sign({ sheet: TODAY, note: "", revision: 3 }, wang)).en).toContain("signed");
    expect(await sheetOf(rounds)).toEqual(before);
  });

  test("under a clock that nobody set is said on the sheet", async () => {
    const rounds = roundsIn(folder.path);
    rounds.clock.trusted = false;
    expect((await signed(rounds)).signature).toMatchObject({ clockTrusted: false });
    expect((await rounds.desk.month("2026-09"))?.sheets).toMatchObject([{ state: "signed", clockTrusted: false }]);
  });

  test("a correction keeps the former answer and the reason, and undoes a review", async () => {
    const rounds = roundsIn(folder.path);
    await signed(rounds);
    expect(sheetIn(await rounds.desk.review({ sheet: TODAY, note: "seen", revision: 3 }, wang)).state).toBe("reviewed");
    const without = { ...lamps("lit", 1), reason: " " };
    expect(refusalIn(await rounds.desk.correct(without, li)).en).toContain("Say why");
    const sheet = sheetIn(await rounds.desk.correct({ ...without, reason: "overlooked" }, li));
    expect(sheet).toMatchObject({ state: "signed", abnormal: ["lamps"], reviews: [{ by: "wang", note: "seen" }] });
    expect(sheet.corrections).toMatchObject([
      { item: "lamps", by: "li", reason: "overlooked", before: { value: "none", by: "li" }, after: { value: "lit" } },
    ]);
    expect(refusalIn(await rounds.desk.correct({ ...without, reason: "again" }, wang)).why).toBe("changed");
  });

  test("what is not signed is not corrected or reviewed", async () => {
    const rounds = roundsIn(folder.path);
    await filled(rounds);
    expect(refusalIn(await rounds.desk.correct({ ...lamps("lit", 1), reason: "x" }, li)).en).toContain("not signed");
    expect(refusalIn(await rounds.desk.review({ sheet: TODAY, note: "", revision: 2 }, wang)).en).toContain("not signed");
  });

  test("nobody reviews what they signed or corrected, and nobody reviews twice", async () => {
    const rounds = roundsIn(folder.path);
    await signed(rounds);
    expect(refusalIn(await rounds.desk.review({ sheet: TODAY, note: "", revision: 3 }, li)).en).toContain("another engineer");
    sheetIn(await rounds.desk.correct({ ...lamps("lit", 1), reason: "x" }, wang));
    expect(refusalIn(await rounds.desk.review({ sheet: TODAY, note: "", revision: 4 }, wang)).en).toContain("another engineer");
    const chen = { by: "chen", from: "console" };
    sheetIn(await rounds.desk.review({ sheet: TODAY, note: "", revision: 4 }, chen));
    expect(refusalIn(await rounds.desk.review({ sheet: TODAY, note: "", revision: 5 }, chen)).en).toContain("already");
  });

  test("everything is in the audit log with who, from where, before and after, in a chain that holds", async () => {
    const rounds = roundsIn(folder.path);
    await signed(rounds);
    sheetIn(await rounds.desk.correct({ ...lamps("lit", 1, "B"), reason: "overlooked" }, wang));
    expect((await rounds.journal.audit(10)).toReversed()).toMatchObject([
      { by: "li", from: "10.0.0.7", action: "inspection.answer", subject: `${TODAY} lamps`, before: null, after: '{"value":"none"}' },
      { action: "inspection.answer", subject: `${TODAY} pressure`, after: '{"value":1.2}' },
      { action: "inspection.sign", subject: TODAY },
      {
        ...{ by: "wang", from: "10.0.0.8", action: "inspection.correct", subject: `${TODAY} lamps`, detail: "overlooked" },
        ...{ before: '{"value":"none"}', after: '{"value":"lit","note":"B"}' },
      },
    ]);
  });
});

describe("the template", () => {
  test("stands as it was from the first answer on; a sheet that nobody touched follows the site file", async () => {
    const rounds = roundsIn(folder.path);
    const next = form({ name: { zh: "新", en: "New" }, items: [temperature()] });
    let again = await rounds.again([next]);
    expect((await sheetOf(again)).form).toEqual(next);
    again = await again.again([form()]);
    sheetIn(await again.desk.answer(lamps("none"), li));
    again = await again.again([next]);
    expect((await sheetOf(again)).form).toEqual(form());
    sheetIn(await again.desk.answer(pressure(1.2), li));
    again.clock.set("2026-09-21T08:00:00+08:00");
    expect((await sheetOf(again, "daily/2026-09-21")).form).toEqual(next);
  });

  test("is the one that the journal has, whatever a later step brings along", async () => {
    const rounds = roundsIn(folder.path);
    sheetIn(await rounds.desk.answer(lamps("none"), li));
    const step = {
      ...{ id: "late", sheet: { template: "daily", day: "2026-09-20" }, template: form({ items: [] }), atMs: 1, clockTrusted: true, ...li },
      act: { kind: "answer", item: "pressure", value: 1.2, note: "", revision: 0 } as const,
    };
    expect(await rounds.journal.inspect(step)).toMatchObject({ ok: true, sheet: { pinned: form() } });
  });

  test("that the site no longer has leaves its sheets readable", async () => {
    const rounds = roundsIn(folder.path);
    await signed(rounds);
    const again = await rounds.again([form({ id: "other" })]);
    expect(await sheetOf(again)).toMatchObject({ form: form(), state: "signed" });
    expect((await again.desk.month("2026-09"))?.sheets.map(({ id, state }) => [id, state])).toEqual([
      [TODAY, "signed"],
      ["other/2026-09-20", "open"],
    ]);
  });
});

describe("the calendar", () => {
  const keeperOf = ({ desk, journal, clock }: Rounds) =>
    keepRounds({ desk, journal, clock, timezone: "Asia/Shanghai", onTrouble: () => undefined });
  const states = async ({ desk }: Rounds, month = "2026-09") =>
    (await desk.month(month))?.sheets.map(({ day, state }) => `${day.slice(8)} ${state}`);

  test("shows what is missing: from the first day on, also while the box was off", async () => {
    const rounds = roundsIn(folder.path);
    const keeper = keeperOf(rounds);
    await rounds.clock.beat();
    await signed(rounds);
    rounds.clock.set("2026-09-24T09:00:00+08:00");
    await rounds.clock.beat();
    expect(await states(rounds)).toEqual(["20 signed", "21 missing", "22 missing", "23 missing", "24 open"]);
    expect(await states(rounds, "2026-08")).toEqual([]);
    expect(await rounds.desk.month("2026-13")).toBeNull();
    await keeper.stop();
  });

  test("after midnight the whole day is written down once, beside what was signed", async () => {
    const rounds = roundsIn(folder.path);
    const keeper = keeperOf(rounds);
    await rounds.clock.beat();
    rounds.history.change = { max: 25 };
    await signed(rounds);
    rounds.history.change = { max: 29 };
    rounds.clock.set("2026-09-21T00:02:59+08:00");
    await rounds.clock.beat();
    expect((await sheetOf(rounds)).wholeDay).toBeNull();
    rounds.clock.set("2026-09-21T00:03:00+08:00");
    await rounds.clock.beat();
    const sheet = await sheetOf(rounds);
    expect(sheet).toMatchObject({ state: "signed", measured: { rows: [{ max: 25, abnormal: null }] } });
    expect(sheet.wholeDay).toMatchObject({ fromMs: sheet.fromMs, toMs: sheet.toMs, rows: [{ max: 29, abnormal: "major" }] });
    rounds.history.change = { max: 99 };
    await rounds.clock.beat();
    expect(await sheetOf(rounds)).toEqual(sheet);
    await keeper.stop();
  });

  test("days that a clock which ran ahead had closed are open again, and their figures are those of the day", async () => {
    const rounds = roundsIn(folder.path);
    const keeper = keeperOf(rounds);
    await rounds.clock.beat();
    rounds.history.change = { max: 20 };
    rounds.clock.set("2026-09-22T08:00:00+08:00");
    await rounds.clock.beat();
    rounds.clock.set("2026-09-20T18:00:00+08:00");
    await rounds.clock.beat();
    rounds.history.change = { max: 25 };
    const sheet = await signed(rounds);
    expect(sheet).toMatchObject({ wholeDay: null, measured: { rows: [{ max: 25 }] } });
    rounds.history.change = { max: 26 };
    for (const day of ["21", "22"]) {
      rounds.clock.set(`2026-09-${day}T08:00:00+08:00`);
      await rounds.clock.beat();
    }
    expect(await sheetOf(rounds)).toMatchObject({ measured: { rows: [{ max: 25 }] }, wholeDay: { rows: [{ max: 26 }] } });
    expect(await sheetOf(rounds, "daily/2026-09-21")).toMatchObject({ state: "missing", measured: { rows: [{ max: 26 }] } });
    await keeper.stop();
  });

  test("a day that was missed can still be filled and signed, under the figures of that day", async () => {
    const rounds = roundsIn(folder.path);
    const keeper = keeperOf(rounds);
    await rounds.clock.beat();
    rounds.clock.set("2026-09-21T08:00:00+08:00");
    await rounds.clock.beat();
    expect((await sheetOf(rounds)).state).toBe("missing");
    const sheet = await signed(rounds);
    expect(sheet).toMatchObject({ state: "signed", measured: { toMs: sheet.toMs }, signature: { atMs: rounds.clock.nowMs } });
    await keeper.stop();
  });

  test("a clock that nobody set turns no pages; once it is right they are turned", async () => {
    const rounds = roundsIn(folder.path);
    const keeper = keeperOf(rounds);
    await rounds.clock.beat();
    rounds.clock.trusted = false;
    rounds.clock.set("2031-01-01T08:00:00+08:00");
    await rounds.clock.beat();
    rounds.clock.trusted = true;
    rounds.clock.set("2026-09-21T08:00:00+08:00");
    await rounds.clock.beat();
    expect(await states(rounds)).toEqual(["20 missing", "21 open"]);
    const { lastDay } = await rounds.journal.inspections({ what: "lastDay", upTo: "2099-12-31" });
    expect(lastDay).toBe("2026-09-21");
    await keeper.stop();
  });

  test("a sheet that was filled under a clock that ran ahead is not shown before its day, and is there on it", async () => {
    const rounds = roundsIn(folder.path, { at: "2026-09-28T08:00:00+08:00" });
    sheetIn(await rounds.desk.answer({ ...lamps("none"), sheet: "daily/2026-09-28" }, li));
    rounds.clock.set("2026-09-21T08:00:00+08:00");
    expect(await states(rounds)).toEqual(["21 open"]);
    rounds.clock.set("2026-09-28T09:00:00+08:00");
    expect(await states(rounds)).toEqual(["28 open"]);
  });

  test("a day is not closed without its figures: history that fails is asked again", async () => {
    const rounds = roundsIn(folder.path);
    const keeper = keeperOf(rounds);
    await rounds.clock.beat();
    rounds.clock.set("2026-09-21T08:00:00+08:00");
    rounds.history.error = new HistoryError({ zh: "坏", en: "broken" });
    await rounds.clock.beat();
    expect((await sheetOf(rounds)).wholeDay).toBeNull();
    rounds.history.error = null;
    await rounds.clock.beat();
    expect((await sheetOf(rounds)).wholeDay).toMatchObject({ rows: [{ max: 24.25 }] });
    await keeper.stop();
  });

  test("counts what was not normal without carrying all figures", async () => {
    const rounds = roundsIn(folder.path);
    rounds.history.change = { max: 40 };
    sheetIn(await rounds.desk.answer(lamps("lit"), li));
    sheetIn(await rounds.desk.answer(pressure(0.5), li));
    const sheet = sheetIn(await rounds.desk.sign({ sheet: TODAY, note: "", revision: 2 }, li));
    expect((await rounds.desk.month("2026-09"))?.sheets).toMatchObject([{ answered: 2, abnormal: 3, signedBy: "li", corrected: false }]);
    expect(sheet.abnormal).toHaveLength(3);
  });
});

test("the states of a day come out of real minutes, each once", () => {
  const history = deskIn(folder.path);
  history.write(minuteOf(M0, [[], [], [0, 2, 0]]));
  history.write(minuteOf(M0 + 1, [[], [], [0]]));
  history.write(minuteOf(M0 + 3, [[], [], [1, 0]]));
  const trend = history.trend([DOOR, HUMIDITY], M0, M0 + 5, 6);
  expect([...statesSeen(trend)].map(([point, states]) => [point, states.toSorted()])).toEqual([
    [DOOR, [0, 1, 2]],
    [HUMIDITY, []],
  ]);
  history.close();
});

describe("what the journal keeps", () => {
  test("figures that a worn card has bent are said to be damaged; the rest of the sheet is as it was", async () => {
    const rounds = roundsIn(folder.path);
    await signed(rounds);
    await rounds.journal.close();
    const db = openToWrite(join(folder.path, "journal.db"), { bytesMax: 1e9, migrations: MIGRATIONS, floor: FLOOR, look: "none" });
    db.exec("UPDATE inspection_rows SET figures = x'0102' WHERE figures IS NOT NULL");
    db.close();
    const again = roundsIn(folder.path);
    expect(await sheetOf(again)).toMatchObject({
      ...{ state: "signed", answers: [{ item: "lamps" }, { item: "pressure" }] },
      measured: { rows: [], problem: { en: expect.stringContaining("damaged") } },
    });
  });
});

test("the figures of a signed sheet are exactly those of history, minute by minute, with its gaps", async () => {
  const rounds = roundsIn(folder.path, { at: "2026-09-20T03:06:30Z" });
  const history = deskIn(folder.path);
  history.write(minuteOf(M0, [[21.371, 21.5], [], [0]]));
  history.write(minuteOf(M0 + 1, [[28.904], [55.5], [1]]));
  history.write(minuteOf(M0 + 4, [[22.125, 19.001], [], [0]], false));
  const span = { fromMs: Date.UTC(2026, 8, 19, 16), toMs: Date.UTC(2026, 8, 20, 3, 6, 30) };
  const minutes = (ms: number): number => Math.floor(ms / MINUTE_MS);
  const said = (points: readonly string[], fromMs: number, toMs: number) => history.summaries(points, minutes(fromMs), minutes(toMs));
  rounds.history.summaries = async (...asked) => said(...asked);
  const sheet = await signed(rounds);
  const [{ clockTrusted, ...expected } = summary("")] = said([TEMPERATURE], span.fromMs, span.toMs);
  expect(sheet.measured.rows).toEqual([{ item: TEMPERATURE, ...expected, states: [], abnormal: "major" }]);
  expect(expected).toMatchObject({ min: 19.001, max: 28.904, last: 19.001, minutesWithData: 3, minutes: 666 });
  expect(expected.gaps).toHaveLength(3);
  expect([sheet.measured.clockTrusted, clockTrusted]).toEqual([false, false]);
  history.close();
});

test("a day is as long as the site's clocks say: 23 and 25 hours in Berlin, never a minute lost between two days", async () => {
  const hours = async (day: string): Promise<number> => {
    const own = temporaryFolder();
    const rounds = roundsIn(own.path, { timezone: "Europe/Berlin", at: `${day}T12:00:00+01:00` });
    const { fromMs, toMs } = await sheetOf(rounds, `daily/${day}`);
    own.remove();
    return (toMs - fromMs) / 3_600_000;
  };
  expect([await hours("2026-03-29"), await hours("2026-10-25"), await hours("2026-06-01")]).toEqual([23, 25, 24]);
});

test("whatever people do, in whatever order, no answer that was taken is ever lost, and a signed sheet keeps its signature", async () => {
  const doing = fc.record({
    what: fc.constantFrom("answer", "correct", "sign", "review"),
    item: fc.constantFrom("lamps", "pressure", "remarks"),
    value: fc.constantFrom("none", "lit", 1.2, 9, null),
    note: fc.constantFrom("", "note"),
    revision: fc.nat(4),
    by: fc.constantFrom("li", "wang", "chen"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(doing, { maxLength: 40 }), async (acts) => {
      const own = temporaryFolder();
      const rounds = roundsIn(own.path);
      const taken: string[] = [];
      let signature: unknown = null;
      for (const { what, item, value, note, by, revision: seen } of acts) {
        const now = await sheetOf(rounds);
        const revision = what === "answer" || what === "correct" ? seen : now.revision;
        const asked = { sheet: TODAY, item, value, note, revision, reason: "why" };
        const { reason, ...answer } = asked;
        const mark = { sheet: TODAY, note, revision };
        const doer = { by, from: "console" };
        const done =
          what === "answer"
            ? await rounds.desk.answer(answer, doer)
            : what === "correct"
              ? await rounds.desk.correct({ ...answer, reason }, doer)
              : what === "sign"
                ? await rounds.desk.sign(mark, doer)
                : await rounds.desk.review(mark, doer);
        if ("problem" in done) {
          expect(await sheetOf(rounds)).toEqual(now);
          continue;
        }
        if (what === "answer" || what === "correct") taken.push(JSON.stringify([item, value, note, by]));
        if (what === "sign") ({ signature } = done.sheet);
        expect(done.sheet.revision).toBe(now.revision + 1);
        expect(done.sheet.signature).toEqual(signature);
        expect(done.sheet.signature === null).toBe(done.sheet.state === "open");
        if (signature !== null) expect(done.sheet.missing).toEqual([]);
      }
      const rows =
        (await rounds.journal.inspections({ what: "sheet", sheet: { template: "daily", day: "2026-09-20" } })).sheets[0]?.rows ?? [];
      const kept = rows.flatMap(({ act, by }) => ("item" in act ? [JSON.stringify([act.item, act.value, act.note, by])] : []));
      expect(kept).toEqual(taken);
      expect(await rounds.journal.audit(500)).toHaveLength(rows.length);
      await rounds.journal.close();
      own.remove();
    }),
    { numRuns: 25 },
  );
}, 60_000);
