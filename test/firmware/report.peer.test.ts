import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { Language, ReportDocument } from "../../firmware/report/document.ts";
import { type Format, openPress, type Press } from "../../firmware/report/press.ts";
import { describePeer } from "../peers/peer.ts";
import { exampleDocument } from "./report-example.ts";

let work: string;
let press: Press;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-report-"));
  press = openPress(systemClock);
});
afterAll(async () => {
  await press.close();
  rmSync(work, { recursive: true });
});

/** Prints it and puts it into a file. */
async function printed(format: Format, language: Language, document: ReportDocument = exampleDocument()): Promise<string> {
  const outcome = await press.print(document, language, [format]);
  if ("problem" in outcome) throw new Error(outcome.problem.en);
  const file = join(work, `${language}.${format}`);
  writeFileSync(file, outcome.files.get(format) ?? "");
  return file;
}

const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: "utf8" });

describePeer("a PDF, read by poppler", ["poppler"], () => {
  test("says in Chinese what the document says, on A4, with its own font in it", async () => {
    const file = await printed("pdf", "zh");
    const text = run("pdftotext", "-layout", file, "-");
    for (const words of [
      "机房日常巡检表",
      "冷通道温度",
      "▲ 33.0",
      "超限",
      "无数据",
      "李雷",
      "2026-09-19 14:02:03",
      "内容 SHA-256",
      "第 1 页，共 1 页",
    ])
      expect(text).toContain(words);
    expect(run("pdffonts", file)).toMatch(/NotoSansSC\S*\s+CID TrueType\s+Identity-H\s+yes yes yes/);
    expect(run("pdfinfo", file)).toMatch(/Page size:\s+595\.28 x 841\.89 pts \(A4\)/);
  });

  test("draws the characters: ink where the title stands", async () => {
    const file = await printed("pdf", "zh");
    run("pdftoppm", "-r", "60", "-gray", "-x", "30", "-y", "30", "-W", "200", "-H", "22", file, join(work, "title"));
    const picture = execFileSync("cat", [join(work, "title-1.pgm")]);
    const pixels = picture.subarray(picture.length - 200 * 22);
    expect(pixels.filter((grey) => grey < 100).length).toBeGreaterThan(150);
  });

  test("of many rows repeats the table's head on every page and counts the pages", async () => {
    const columns = [
      { label: "Number", kind: "number" as const },
      { label: "Name", kind: "text" as const },
    ];
    const rows = Array.from({ length: 400 }, (_, n) => [n, `row ${n}`]);
    const file = await printed("pdf", "en", exampleDocument({ tables: [{ title: "Many", columns, rows }] }));
    const pages = run("pdftotext", "-layout", file, "-").split("\f").slice(0, -1);
    expect(pages.length).toBeGreaterThan(5);
    for (const [n, page] of pages.entries()) expect(page).toContain(`page ${n + 1} of ${pages.length}`);
    for (const page of pages.slice(1, -1)) expect(page).toMatch(/Number\s+Name/);
    expect(pages.join("")).toContain("row 399");
  });

  test("of equal content is equal byte by byte", async () => {
    const once = execFileSync("cat", [await printed("pdf", "zh")]);
    expect(once.equals(execFileSync("cat", [await printed("pdf", "zh")]))).toBe(true);
  });
});

describePeer("a workbook, read by openpyxl", ["openpyxl"], () => {
  const SCRIPT = `
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({sheet.title: {"frozen": sheet.freeze_panes, "rows": [[cell.isoformat() if hasattr(cell, "isoformat") else cell for cell in row] for row in sheet.iter_rows(values_only=True)]} for sheet in book}))`;
  const read = (file: string): Record<string, { frozen: string | null; rows: unknown[][] }> =>
    JSON.parse(run("/usr/bin/python3", "-c", SCRIPT, file));

  test("has the values of the document: numbers as numbers, times as times, no formula", async () => {
    const book = read(await printed("xlsx", "en"));
    expect(Object.keys(book)).toEqual(["Summary", "Measured", "Looked at"]);
    expect(book["Measured"]).toEqual({
      frozen: "A2",
      rows: [
        ["Item", "Lowest (°C)", "Highest (°C)", "Highest at", "Verdict"],
        ["Cold aisle temperature", 21.34, 33.04, "2026-09-19T14:02:03", "over limit"],
        ["Outside temperature", -12.5, -0.04, null, "normal"],
        ["UPS A", 230, "no data", null, "?"],
      ],
    });
    expect(book["Looked at"]?.rows[1]).toEqual(["Noise and smell", '=HYPERLINK("http://x";"y")']);
    const types = run(
      "/usr/bin/python3",
      "-c",
      `import sys, openpyxl\nprint({c.data_type for s in openpyxl.load_workbook(sys.argv[1]) for r in s.iter_rows() for c in r})`,
      join(work, "en.xlsx"),
    );
    expect(types).not.toContain("'f'");
  });

  test("of equal content is equal byte by byte", async () => {
    const once = execFileSync("cat", [await printed("xlsx", "zh")]);
    expect(once.equals(execFileSync("cat", [await printed("xlsx", "zh")]))).toBe(true);
  });
});

test("a CSV has the rows of the document for another reader", async () => {
  const file = await printed("csv", "zh");
  const rows: unknown = JSON.parse(
    run(
      "python3",
      "-c",
      "import csv, json, sys\nprint(json.dumps(list(csv.reader(open(sys.argv[1], encoding='utf-8-sig', newline='')))))",
      file,
    ),
  );
  expect(rows).toEqual(
    expect.arrayContaining([
      ["冷通道温度", "21.3", "33.0", "2026-09-19 14:02:03", "超限"],
      ["UPS A", "230", "无数据", "", "?"],
    ]),
  );
});

test("a document that cannot be handed to its thread is a problem in words, and the press goes on", async () => {
  const crooked = exampleDocument({ notes: [(() => "a function") as never] });
  expect(await press.print(crooked, "en", ["csv"])).toMatchObject({ problem: { en: expect.stringContaining("could not be cloned") } });
  expect("files" in (await press.print(exampleDocument(), "en", ["csv"]))).toBe(true);
});

test("what cannot be printed is a problem in words, and the next document is printed all the same", async () => {
  const columns = [{ label: "a", kind: "text" as const }];
  const crooked = exampleDocument({ tables: [{ title: "T", columns, rows: [["a", "b"]] }] });
  const [spoilt, whole] = await Promise.all([press.print(crooked, "en", ["csv"]), press.print(exampleDocument(), "en", ["csv"])]);
  expect(spoilt).toMatchObject({ problem: { en: expect.stringContaining("could not be written: a row of 2 cells") } });
  expect("files" in whole).toBe(true);
});
