import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { holdersFromCsv } from "../../firmware/access/holder-csv.ts";
import { HOLDERS_MAX, type HolderAct, type HolderBook, openHolders } from "../../firmware/access/holders.ts";
import { systemClock } from "../../firmware/platform/clock.ts";

const WANG = { by: "wang", from: "10.0.0.5" };
const SHANGHAI = "Asia/Shanghai";

describe("a list of card holders", () => {
  test("is read in English or Chinese, with commas, semicolons or tabs, from any spreadsheet", () => {
    const li = [{ card: "12345", name: "李雷", company: "Vertiv, 上海", validUntil: "2026-12-31" }];
    expect(holdersFromCsv('\uFEFFcard,name,company,validUntil\r\n12345,李雷,"Vertiv, 上海",2026-12-31\r\n')).toEqual({ holders: li });
    expect(holdersFromCsv("卡号\t姓名\t单位\t有效期至\n12345\t李雷\tVertiv, 上海\t2026/12/31")).toEqual({ holders: li });
    expect(holdersFromCsv("name;card\nHan;7\n\n")).toEqual({ holders: [{ card: "7", name: "Han", company: "", validUntil: null }] });
  });

  test("is refused as a whole with every problem at its line", () => {
    const csv = 'card,name,validUntil\n1,Li,2026-02-30\n02,,\n3,Han,\n3,Mei,\n4,"two\nlines",tomorrow\n5,X,,more';
    const read = holdersFromCsv(csv);
    expect("problems" in read && read.problems.map(({ line, message }) => [line, message.en])).toEqual([
      [2, "validUntil must be YYYY-MM-DD or empty"],
      [3, "card must be decimal digits without leading zeros, at most 20"],
      [3, "name must have 1 to 40 characters"],
      [5, "card 3 is in line 4 already"],
      [6, "validUntil must be YYYY-MM-DD or empty"],
      [7, "this line has more cells than the heading; put content with commas in quotation marks"],
    ]);
  });

  test("needs a heading, and its quotation marks closed", () => {
    expect(holdersFromCsv("12345,李雷")).toMatchObject({ problems: [{ line: 1, message: { en: expect.stringContaining("first line") } }] });
    expect(holdersFromCsv('card,name\n1,"Li\n2,Han')).toMatchObject({ problems: [{ line: 2 }] });
    expect(holdersFromCsv("card,name,salary\n1,Li,9")).toMatchObject({
      problems: [{ line: 1, message: { en: "unknown column `salary`" } }],
    });
  });
});

describe("the register of cards", () => {
  let folder: string;
  let booked: HolderAct[];
  let journalWorks: boolean;
  let books: HolderBook[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "holders-"));
    [booked, journalWorks, books] = [[], true, []];
  });
  afterEach(async () => {
    for (const book of books) await book.close();
    await rm(folder, { recursive: true });
  });
  const trouble: string[] = [];
  async function open(): Promise<HolderBook> {
    const record = async (acts: readonly HolderAct[]): Promise<boolean> => {
      if (journalWorks) booked.push(...acts);
      return journalWorks;
    };
    const book = await openHolders(folder, systemClock, record, ({ words }) => trouble.push(words.en));
    books.push(book);
    return book;
  }
  const li = { card: "12345", name: "Li Lei", company: "Vertiv", validUntil: "2026-03-01" };

  test("a card is good to the end of its last day in the room's time zone", async () => {
    const book = await open();
    await book.put(li, WANG);
    const at = (instant: string): string | null => book.verdict("12345", Date.parse(instant), SHANGHAI).reason;
    expect(at("2026-03-01T15:59:59Z")).toBeNull();
    expect(at("2026-03-01T16:00:00Z")).toBe("runOut");
    expect(book.verdict("999", 0, SHANGHAI)).toEqual({ holder: null, reason: "unknownCard" });
  });

  test("survives a restart, and every change is in the audit log with both values", async () => {
    const book = await open();
    await book.put(li, WANG);
    await book.put({ ...li, company: "Huawei" }, WANG);
    expect(await book.remove("404", WANG)).toMatchObject({ problem: { en: expect.stringContaining("no card 404") } });
    await book.close();
    expect((await open()).list()).toEqual([{ ...li, company: "Huawei" }]);
    expect(booked.map(({ by, from, action, subject, before, after }) => [by, from, action, subject, before, after])).toEqual([
      ["wang", "10.0.0.5", "access.holder.add", "12345", null, "12345 · Li Lei · Vertiv · 2026-03-01"],
      [
        ...["wang", "10.0.0.5", "access.holder.change", "12345"],
        ...["12345 · Li Lei · Vertiv · 2026-03-01", "12345 · Li Lei · Huawei · 2026-03-01"],
      ],
    ]);
  });

  test("what the journal could not take is booked after the next start", async () => {
    journalWorks = false;
    const book = await open();
    await book.put(li, WANG);
    await book.close();
    expect(booked).toEqual([]);
    journalWorks = true;
    await (await open()).close();
    expect(booked).toMatchObject([{ action: "access.holder.add", subject: "12345" }]);
    await (await open()).close();
    expect(booked).toHaveLength(1);
  });

  test("a list adds and changes; only a list that replaces removes; a faulty one changes nothing", async () => {
    const book = await open();
    await book.put(li, WANG);
    await book.put({ ...li, card: "9", name: "Old" }, WANG);
    expect(await book.importCsv("card,name\n12345,Li Lei\n6,New", false, WANG)).toEqual({ added: 1, changed: 1, removed: 0 });
    expect(await book.importCsv("card,name\n6,New\nx,Bad", true, WANG)).toMatchObject({ problems: [{ line: 3 }] });
    expect(book.list().map(({ card }) => card)).toEqual(["12345", "6", "9"]);
    expect(await book.importCsv("card,name\n6,New", true, WANG)).toEqual({ added: 0, changed: 0, removed: 2 });
    expect(book.list().map(({ card }) => card)).toEqual(["6"]);
    await book.close();
    expect(booked.at(-1)).toMatchObject({ action: "access.holder.import", detail: "0 added, 0 changed, 2 removed" });
  });

  test("has a limit, and says so", async () => {
    const book = await open();
    const list = Array.from({ length: HOLDERS_MAX + 1 }, (_, index) => `${index + 1},P`);
    expect(await book.importCsv(`card,name\n${list.join("\n")}`, true, WANG)).toMatchObject({
      problem: { en: expect.stringContaining(String(HOLDERS_MAX)) },
    });
    expect(await book.importCsv(`card,name\n${list.slice(1).join("\n")}`, true, WANG)).toMatchObject({ added: HOLDERS_MAX });
  });

  test("the fullest register with the longest names still fits into its file", async () => {
    const book = await open();
    const lines = Array.from(
      { length: HOLDERS_MAX },
      (_, index) => `${10n ** 19n + BigInt(index)},${"名".repeat(40)},${"司".repeat(60)},2026-12-31`,
    );
    for (let part = 0; part < 4; part += 1) {
      const some = lines.slice(part * 500, part * 500 + 500).join("\n");
      expect(await book.importCsv(`card,name,company,validUntil\n${some}`, false, WANG)).toMatchObject({ added: 500 });
    }
  });

  test("when all its copies are damaged it says so, lets nothing be changed, and no card is good", async () => {
    await (await open()).put(li, WANG);
    const file = join(folder, "card-holders.json");
    for (const name of [file, `${file}.1`, `${file}.2`]) if (await readFile(name).catch(() => null)) await writeFile(name, "{");
    const book = await open();
    expect(trouble.at(-1)).toContain("damaged");
    expect(await book.put({ ...li, card: "6" }, WANG)).toMatchObject({ problem: {} });
    expect(book.verdict("12345", 0, SHANGHAI).reason).toBe("unknownCard");
  });
});
