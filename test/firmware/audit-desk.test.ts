import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditCheck, AuditLine } from "../../firmware/contract/people.ts";
import type { AuditEntry, Journal } from "../../firmware/journal/journal.ts";
import { openAuditDesk } from "../../firmware/people/audit-desk.ts";
import type { Act } from "../../firmware/people/people-file.ts";
import { csvLine } from "../../firmware/platform/csv.ts";
import { journalHere, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";
import { openStage, type Stage } from "./serve-stage.ts";

const AUDITOR = { by: "shen", from: "10.0.0.3" };
/** 2026-11-22 00:00 in Shanghai. */
const MIDNIGHT = Date.UTC(2026, 10, 21, 16);

let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;
let notes: Act[];
let clock: ManualClock;
beforeEach(() => {
  folder = temporaryFolder();
  journal = journalHere(folder.path);
  notes = [];
  clock = new ManualClock();
});
afterEach(async () => {
  await journal.close();
  folder.remove();
});

function desk(works = true) {
  return openAuditDesk({
    journal,
    timezone: "Asia/Shanghai",
    clock,
    note: async (act) => {
      notes.push(act);
      return works;
    },
  });
}

async function wrote(...entries: Partial<AuditEntry>[]): Promise<void> {
  const line = { atMs: MIDNIGHT, by: "li", from: "10.0.0.7", action: "user.role", subject: "wang", detail: "" };
  const audit = entries.map((entry) => ({ ...line, ...entry }));
  await journal.commit({ atMs: 1, clockTrusted: true, changes: [], eventIds: [], targets: [], audit });
}

async function textOf(made: { readonly pieces: AsyncIterable<string> } | { readonly problem: unknown }): Promise<string> {
  if ("problem" in made) throw new Error(JSON.stringify(made.problem));
  let text = "";
  for await (const piece of made.pieces) text += piece;
  return text;
}

describe("reading the audit log", () => {
  test("is itself written down, once per sitting and person, with what was asked for", async () => {
    const audit = desk();
    await audit.list({ limit: 10 }, { by: "li" }, AUDITOR);
    clock.nowMs += 9 * 60_000;
    await audit.list({ limit: 10, before: 5 }, {}, AUDITOR);
    clock.nowMs += 9 * 60_000;
    await audit.list({ limit: 10 }, {}, AUDITOR);
    expect(notes).toEqual([expect.objectContaining({ ...AUDITOR, action: "audit.open", detail: "by=li" })]);
    await audit.list({ limit: 10 }, {}, { ...AUDITOR, from: "10.0.0.4" });
    clock.nowMs += 10 * 60_000;
    await audit.list({ limit: 10 }, {}, AUDITOR);
    expect(notes).toHaveLength(3);
  });

  test("by day means the site's day, from midnight to midnight", async () => {
    await wrote({ atMs: MIDNIGHT - 1, subject: "before" }, { atMs: MIDNIGHT, subject: "first" });
    await wrote({ atMs: MIDNIGHT + 86_399_999, subject: "last" }, { atMs: MIDNIGHT + 86_400_000, subject: "after" });
    const lines = await desk().list({ limit: 10 }, { day: "2026-11-22" }, AUDITOR);
    expect(lines.map(({ subject }) => subject)).toEqual(["last", "first"]);
  });

  test("asked twice at once is checked once", async () => {
    await wrote({});
    const audit = desk();
    const [one, other] = [audit.check(), audit.check()];
    expect(other).toBe(one);
    expect(await one).toMatchObject({ ok: true, rows: 1 });
    expect(audit.check()).not.toBe(one);
  });
});

describe("an export of the audit log", () => {
  test("is CSV with a byte order mark, in the site's time, all pages of it, and each is written down", async () => {
    await wrote(...Array.from({ length: 1_200 }, (_, n) => ({ subject: `s${n}` })));
    const made = await desk().export({ by: "li" }, "en", AUDITOR);
    const lines = (await textOf(made)).split("\r\n");
    expect(lines[0]).toBe("\u{FEFF}Number,Time,Who,From,Action,Subject,Detail,Before,After,Hash,Time as told,Boot,Uptime ms,Clock");
    expect(lines[1]).toMatch(/^1200,2026-11-22T00:00:00\.000\+08:00,li,10\.0\.0\.7,user\.role,s1199,,,,[0-9a-f]{64},,1,\d+,ntp$/);
    expect(lines).toHaveLength(1_202);
    await desk().export({}, "zh", AUDITOR);
    expect(notes.map(({ action, detail }) => [action, detail])).toEqual([
      ["audit.export", "by=li"],
      ["audit.export", ""],
    ]);
  });

  test("does not happen when it cannot be written down", async () => {
    expect(await desk(false).export({}, "zh", AUDITOR)).toMatchObject({ problem: { zh: expect.stringContaining("没有导出") } });
  });

  test.each([
    ["=1+1", "'=1+1"],
    ["+86 139", "'+86 139"],
    ["-2", "-2"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ['a "b", c', '"a ""b"", c"'],
    ["=a,b", `"'=a,b"`],
    ["two\nlines", '"two\nlines"'],
    ["10.0.0.7", "10.0.0.7"],
  ])("writes %j as %j: a spreadsheet runs nothing of it", (text, written) => {
    expect(csvLine([text])).toBe(`${written}\r\n`);
  });
});

describe("over HTTP", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.close());

  test("the export is a file with a name, and a wrong day is refused with its place", async () => {
    const response = await stage.fetch("/api/v1/audit/export?day=2026-11-22&language=en", { as: "auditor" });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("content-disposition")).toContain('filename="audit-2026-11-22.csv"');
    expect(
      Buffer.from(await response.arrayBuffer())
        .toString("hex")
        .slice(0, 6),
    ).toBe("efbbbf");
    const wrong = await stage.fetch("/api/v1/audit?day=2026-02-30", { as: "auditor" });
    expect([wrong.status, (await wrong.json()).faults[0].path]).toEqual([400, "day"]);
    stage.trouble.journal = { zh: "满", en: "full" };
    expect((await stage.fetch("/api/v1/audit/export", { as: "auditor" })).status).toBe(503);
  });

  test("a journal that cannot be read says so in its own words, and an export that breaks off is no whole file", async () => {
    const words = { zh: "日志库读不出。请检查存储。", en: "The journal cannot be read. Check the storage." };
    stage.trouble.reading = words;
    const response = await stage.fetch("/api/v1/audit", { as: "auditor" });
    expect([response.status, await response.json()]).toEqual([503, { code: "journalFailing", message: words }]);
    expect(stage.reported).toEqual([]);
    const broken = stage.fetch("/api/v1/audit/export", { as: "auditor" }).then((file) => file.arrayBuffer());
    await expect(broken).rejects.toThrow();
  });

  test("lines, choices and the check are for those who may", async () => {
    const { lines } = (await (await stage.fetch("/api/v1/audit?by=li", { as: "administrator" })).json()) as { lines: AuditLine[] };
    expect(lines).toHaveLength(1);
    expect(await (await stage.fetch("/api/v1/audit/choices", { as: "auditor" })).json()).toEqual({ by: ["li"], actions: ["user.role"] });
    const check = (await (await stage.fetch("/api/v1/audit/check", { as: "auditor" })).json()) as AuditCheck;
    expect(check).toEqual({ whole: true, lines: 1, dropped: 0, head: "00", wrong: null });
  });
});
