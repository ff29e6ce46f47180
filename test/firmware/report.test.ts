import { expect, test } from "vitest";
import { writeCsv } from "../../firmware/report/csv.ts";
import { contentHash } from "../../firmware/report/document.ts";
import { inLanguage } from "../../firmware/report/wording.ts";
import { exampleDocument } from "./report-example.ts";

const csv = (language: "zh" | "en", changes = {}): string =>
  new TextDecoder("utf8", { ignoreBOM: true }).decode(writeCsv(inLanguage(exampleDocument(changes), language)));

test("times are those of the document's zone, numbers have the digits of their column, and minus zero is zero", () => {
  const lines = csv("en").split("\r\n");
  expect(lines).toContain("Cold aisle temperature,21.3,33.0,2026-09-19 14:02:03,over limit");
  expect(lines).toContain("Outside temperature,-12.5,0.0,,normal");
  expect(lines).toContain("Signed by,李雷,2026-09-19 17:00:00");
});

test("what is not known stands in words, and a number that is none is never zero", () => {
  expect(csv("zh")).toContain("UPS A,230,无数据,,?");
  const table = { title: "T", columns: [{ label: "n", kind: "number" as const }], rows: [[Number.NaN], [null]] };
  expect(csv("en", { tables: [table] }).split("\r\n")).toEqual(expect.arrayContaining(["T", "n", "—", ""]));
});

test("a text that a spreadsheet would run as a formula is made harmless; a negative number stays one", () => {
  const text = csv("en");
  expect(text).toContain(`Noise and smell,"'=HYPERLINK(""http://x"";""y"")"`);
  expect(text).toContain("'@SUM(1+1),-5\r\n");
  expect(text).toContain(`'+86 755 1234,"says ""fine"", then\nmore"`);
  expect(text).toContain("\u{FFFD}bad\u{FFFD},'-cmd");
});

test("begins with the mark that tells spreadsheets of UTF-8, and says where it comes from at its end", () => {
  const text = csv("zh");
  expect(text.startsWith("\u{FEFF}机房日常巡检表\r\n")).toBe(true);
  expect(text).toContain(`内容 SHA-256：${contentHash(exampleDocument())}\r\n`);
});

test("the sum is over what is said, not over when or in which language it was made; one changed value changes it", () => {
  const sum = contentHash(exampleDocument());
  expect(contentHash(exampleDocument({ origin: { ...exampleDocument().origin, madeAtMs: 1 } }))).toBe(sum);
  expect(contentHash(exampleDocument({ notes: ["other"] }))).not.toBe(sum);
  expect(inLanguage(exampleDocument(), "zh").hash).toBe(inLanguage(exampleDocument(), "en").hash);
});

test("a clock that nobody has set is said at the top", () => {
  const origin = { ...exampleDocument().origin, clockTrusted: false };
  expect(csv("en", { origin }).split("\r\n")[2]).toMatch(/The clock of the box was not set/);
  expect(csv("en").split("\r\n")[2]).toBe("Inspected by,李雷");
});

test("a row that does not fit its table, or a document without end, is a fault of ours and crashes", () => {
  const columns = [{ label: "a", kind: "text" as const }];
  expect(() => csv("en", { tables: [{ title: "T", columns, rows: [["a", "b"]] }] })).toThrow("2 cells in a table of 1");
  const rows = Array.from({ length: 20_001 }, () => ["x"]);
  expect(() => csv("en", { tables: [{ title: "T", columns, rows }] })).toThrow("20000 are the limit");
});
