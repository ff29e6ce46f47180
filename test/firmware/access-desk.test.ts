import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AccessDesk, ExportFile } from "../../firmware/access/desk.ts";
import { type OpenAccess, openAccess } from "../../firmware/access/open.ts";
import { logDocument } from "../../firmware/access/paper.ts";
import { EMPTY_ENTRY } from "../../firmware/access/room.ts";
import type { AccessEntry, NewAccessEntry } from "../../firmware/contract/access.ts";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { openPress } from "../../firmware/report/press.ts";
import { DOOR_SITE } from "./access-site.ts";
import { journalHere } from "./journal-entries.ts";

const LI = { by: "li", from: "10.0.0.5" };
/** Ten at night in Shanghai on the first of March. */
const NOW_MS = Date.parse("2026-03-01T14:00:00Z");

let folder: string;
let journal: Journal;
let access: OpenAccess;
let desk: AccessDesk;
let nowMs: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "access-desk-"));
  nowMs = NOW_MS;
  journal = journalHere(join(folder, "journal"));
  await open();
});
afterEach(async () => {
  await access.close();
  await journal.close();
  await rm(folder, { recursive: true });
});
async function open(): Promise<void> {
  const clock: Clock = { ...systemClock, wallMs: () => nowMs as WallMs, wallTrusted: () => true };
  access = await openAccess({
    press: openPress(systemClock),
    ...{ site: DOOR_SITE, dataFolder: folder, journal, live: [], clock },
    alarm: () => undefined,
    onTrouble: (words) => {
      throw new Error(words.en);
    },
  });
  desk = access.desk;
}
const inside = (): readonly (string | null)[] => desk.view().inside.map(({ person }) => person);
const log = (day?: string): Promise<readonly AccessEntry[]> =>
  desk.log({ limit: 100, day, door: undefined, who: undefined, kind: undefined, before: undefined });
const wang = { name: "Wang", company: "Vertiv", escort: "Li", purpose: "UPS", area: undefined };
async function textOf(made: ExportFile | { readonly problem: Words }): Promise<string> {
  if ("problem" in made) throw new Error(made.problem.en);
  let text = "";
  for await (const piece of made.pieces) text += piece;
  return text;
}
const asked = {
  from: "2026-03-01",
  to: "2026-03-01",
  format: "csv" as const,
  language: "en" as const,
  door: undefined,
  who: undefined,
  kind: undefined,
};

describe("by hand", () => {
  test("a visitor comes, stays an hour, goes: the log says how long, the audit log who wrote it", async () => {
    const done = await desk.visitIn(wang, LI);
    if ("problem" in done) throw new Error(done.problem.en);
    expect(inside()).toEqual(["Wang"]);
    nowMs += 3_600_000;
    expect(await desk.visitOut({ visit: done.visit, note: "" }, LI)).toBeNull();
    expect(await desk.visitOut({ visit: done.visit, note: "" }, LI)).toMatchObject({ problem: {} });
    expect(inside()).toEqual([]);
    expect((await log()).map(({ kind, person, durationMs, by, note }) => [kind, person, durationMs, by, note])).toEqual([
      ["visitorOut", "Wang", 3_600_000, "li", ""],
      ["visitorIn", "Wang", null, "li", "UPS · Li"],
    ]);
    expect((await journal.audit(10)).map(({ action, by, from, subject }) => [action, by, from, subject])).toEqual([
      ["access.visit.out", "li", "10.0.0.5", "Wang"],
      ["access.visit.in", "li", "10.0.0.5", "Wang"],
    ]);
  });

  test("a visitor is still inside after a restart of the box", async () => {
    await desk.visitIn(wang, LI);
    await access.close();
    await open();
    expect(inside()).toEqual(["Wang"]);
  });

  test("an area that is not there is refused, and nothing is written", async () => {
    expect(await desk.visitIn({ ...wang, area: "cellar" }, LI)).toMatchObject({
      problem: { en: expect.stringContaining("no area cellar") },
    });
    expect(await log()).toEqual([]);
  });

  test("a server switched off stands in the log with its reason", async () => {
    await desk.power({ server: "srv-9", state: "off", note: "disk swap" }, LI);
    expect(await log()).toMatchObject([{ kind: "powerOff", subject: "srv-9", note: "disk swap", by: "li", source: "hand" }]);
  });

  test("somebody is taken off the list with a reason; the audit log keeps who was on it", async () => {
    const first = await desk.visitIn(wang, LI);
    await desk.visitIn({ ...wang, name: "Chen" }, LI);
    if ("problem" in first) throw new Error(first.problem.en);
    expect(await desk.reset({ key: "visit:nobody", reason: "?" }, LI)).toMatchObject({ problem: {} });
    await desk.reset({ key: `visit:${first.visit}`, reason: "left without a word" }, LI);
    expect(inside()).toEqual(["Chen"]);
    await desk.reset({ key: undefined, reason: "fire drill" }, LI);
    expect(inside()).toEqual([]);
    expect((await journal.audit(2)).map(({ subject, before, detail }) => [subject, before, detail])).toEqual([
      ["*", "Chen", "fire drill"],
      [`visit:${first.visit}`, "Wang", "left without a word"],
    ]);
  });
});

describe("a day", () => {
  test("begins and ends where the room is, in the log and in an export", async () => {
    for (const at of ["2026-02-28T15:59:59Z", "2026-02-28T16:00:00Z", "2026-03-01T15:59:59Z", "2026-03-01T16:00:00Z"]) {
      nowMs = Date.parse(at);
      await desk.power({ server: at, state: "on", note: "" }, LI);
    }
    expect((await log("2026-03-01")).map(({ subject }) => subject)).toEqual(["2026-03-01T15:59:59Z", "2026-02-28T16:00:00Z"]);
    const lines = (await textOf(await desk.exportLog(asked, LI))).split("\r\n").slice(1, -1);
    expect(lines.map((line) => line.slice(0, 21))).toEqual(["2,2026-03-01 00:00:00", "3,2026-03-01 23:59:59"]);
  });

  test("the last before the first is refused in words", async () => {
    expect(await desk.exportLog({ ...asked, from: "2026-03-02" }, LI)).toMatchObject({
      problem: { en: expect.stringContaining("first day") },
    });
  });

  test("every export is in the audit log", async () => {
    await desk.exportLog(asked, LI);
    expect(await journal.audit(1)).toMatchObject([
      { action: "access.export", by: "li", subject: "2026-03-01 – 2026-03-01", detail: "csv" },
    ]);
  });

  test("an export of more lines than one piece is whole and in order", async () => {
    const entry: NewAccessEntry = { ...EMPTY_ENTRY, atMs: NOW_MS, clockTrusted: true, kind: "opened", door: "main" };
    const entries = Array.from({ length: 1_203 }, (_, index) => ({ id: `e${index}`, entry }));
    await journal.recordAccess({ entries, readers: [], audit: [] });
    const lines = (await textOf(await desk.exportLog(asked, LI))).split("\r\n").slice(1, -1);
    expect(lines.map((line) => Number(line.split(",")[0]))).toEqual(entries.map((_, index) => index + 1));
  });
});

test("on paper the log has the same lines in words, and marks what a reader must not pass over", () => {
  const entry = (number: number, rest: Partial<AccessEntry> & Pick<AccessEntry, "kind">): AccessEntry => ({
    ...{ ...EMPTY_ENTRY, number, atMs: NOW_MS, toldMs: null, clockTrusted: true },
    ...rest,
  });
  const document = logDocument(
    [
      entry(1, { kind: "granted", door: "main", person: "Li", company: "Vertiv", card: "5", direction: "in" }),
      entry(2, { kind: "forced", door: "main" }),
      entry(3, { kind: "missed", count: null, sinceMs: NOW_MS - 60_000, clockTrusted: false }),
    ],
    DOOR_SITE,
    { from: "2026-03-01", to: "2026-03-02", by: "li", madeAtMs: NOW_MS, clockTrusted: true },
  );
  expect(document.tables[0]?.rows.map((row) => [row[2], row[3], row[5], row[8]])).toEqual([
    [{ zh: "刷卡通过", en: "Card granted" }, { zh: "大门", en: "Main door" }, "Li · Vertiv", { zh: "", en: "" }],
    [
      { value: { zh: "未经许可打开", en: "Opened without a card" }, mark: "alarm" },
      { zh: "大门", en: "Main door" },
      "",
      { zh: "", en: "" },
    ],
    [
      { value: { zh: "有刷卡未读到", en: "Card events not read" }, mark: "gap" },
      ...["", ""],
      {
        zh: "次数不明；不早于 2026-03-01 21:59:00；*",
        en: "nobody knows how many; not before 2026-03-01 21:59:00; *",
      },
    ],
  ]);
  expect(document.facts.map(({ value }) => value)).toEqual([1, 0, 0, 1, 0]);
});
