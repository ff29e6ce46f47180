import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSheet, type SheetDevice, writeSheet } from "../../firmware/assets/sheet.ts";
import { ASSET_FIELDS, type Asset, byField, fits, isDateField, lengthMax } from "../../firmware/contract/asset-fields.ts";

const EMPTY: Asset = byField(() => "");
const device = (id: string, asset: Partial<Asset> = {}): SheetDevice => ({
  id,
  name: { zh: `${id} 号机`, en: `Unit ${id}` },
  area: { zh: "深圳 / 冷通道", en: "Shenzhen / Cold aisle" },
  asset: { ...EMPTY, ...asset },
});
const UPS = device("ups-a", { maker: "APC", serial: "QS1234", warrantyUntil: "2027-05-01" });
const utf8 = (text: string): Uint8Array => Buffer.from(text, "utf8");

const day = fc
  .date({ min: new Date("1950-01-01T00:00:00Z"), max: new Date("2099-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const plain = (max: number) =>
  fc
    .oneof(
      fc.string({ unit: "grapheme", maxLength: max }),
      fc.stringMatching(/^['=+\-@＝;,"\t 0-9E.]{0,12}$/),
      fc.constantFrom("=1+1", "'=1+1", "''@x", "+86 755 1234", "-", "＝A1", 'a "b", c', "1.5E+10", "2027/5/1", "007"),
    )
    .map((text) =>
      [
        ...text
          .normalize("NFC")
          .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "")
          .trim(),
      ]
        .slice(0, max)
        .join("")
        .trim(),
    )
    .map((text) => text.normalize("NFC"));
const asset: fc.Arbitrary<Asset> = fc
  .tuple(...ASSET_FIELDS.map((field) => fc.oneof(fc.constant(""), isDateField(field) ? day : plain(lengthMax(field)))))
  .map((values) => byField((field) => values[ASSET_FIELDS.indexOf(field)] ?? ""))
  .filter((values) => ASSET_FIELDS.every((field) => fits(field, values[field])));

describe("a sheet that is written and read again", () => {
  test("changes nothing, whatever stands in it, in either language and encoding", () => {
    fc.assert(
      fc.property(fc.array(asset, { minLength: 1, maxLength: 4 }), fc.constantFrom("zh", "en"), fc.boolean(), (assets, language, bom) => {
        const devices = assets.map((values, index) => device(`d-${index}`, values));
        const text = writeSheet(devices, language);
        const bytes = utf8(bom ? text : text.slice(1));
        expect(readSheet(bytes, devices)).toEqual({ problems: [], changes: [], rows: devices.length });
      }),
      { numRuns: 300 },
    );
  });

  test("brings all of it to an empty box", () => {
    fc.assert(
      fc.property(asset, (values) => {
        const { problems, changes } = readSheet(utf8(writeSheet([device("d-0", values)], "zh")), [device("d-0")]);
        // What looks like a number that Excel spoilt is only taken where it stood before.
        fc.pre(problems.length === 0);
        const after = byField((field) => changes.find((change) => change.field === field)?.after ?? "");
        expect(after).toEqual(values);
      }),
    );
  });

  test("never holds a cell that a spreadsheet would calculate", () => {
    fc.assert(
      fc.property(asset, (values) => {
        const cells = writeSheet([device("d-0", values)], "zh").split(/\r\n|,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
        expect(cells.filter((cell) => /^"?[=+\-@＝＋－＠]/.test(cell))).toEqual([]);
      }),
    );
  });
});

describe("a file from Excel", () => {
  // `chinese`, as another program wrote it in GBK.
  const GBK = "yeixuCyzp8nMLNTwyM7Iyyyxo9Detb3G2g0KdXBzLWEssKzErMn6LM31uaQsMjAyOC8zLzkNCg==";
  const chinese = "设备,厂商,责任人,保修到期\r\nups-a,艾默生,王工,2028/3/9\r\n";

  test("in GBK, as the Chinese version saves CSV, reads like one in UTF-8", () => {
    const gbk = Buffer.from(GBK, "base64");
    expect(gbk.equals(utf8(chinese))).toBe(false);
    for (const bytes of [gbk, utf8(chinese), utf8(`\uFEFF${chinese}`), Buffer.from(`\uFEFF${chinese.replaceAll(",", "\t")}`, "utf16le")])
      expect(readSheet(bytes, [UPS]).changes).toEqual([
        { device: "ups-a", field: "maker", before: "APC", after: "艾默生" },
        { device: "ups-a", field: "owner", before: "", after: "王工" },
        { device: "ups-a", field: "warrantyUntil", before: "2027-05-01", after: "2028-03-09" },
      ]);
  });

  test("a workbook is not taken for text", () => {
    const [problem] = readSheet(Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), [UPS]).problems;
    expect(problem?.message.zh).toContain("Excel 工作簿");
    expect(readSheet(Buffer.from([0x81, 0xff, 0x00]), [UPS]).problems[0]?.message.en).toContain("neither");
  });

  test("columns that it leaves out stay, an empty cell clears", () => {
    expect(readSheet(utf8("Device,Serial number\nups-a,\n"), [UPS]).changes).toEqual([
      { device: "ups-a", field: "serial", before: "QS1234", after: "" },
    ]);
  });
});

test("everything that is wrong is told with row and column, and nothing of the rest is changed", () => {
  const text = `设备,名称,厂商,保修到期,序列号,颜色
ups-a,UPS 甲,APC,明年,1.2E+14,红
ups-z,,,,,
,,X,,,
ups-a,,,,,
`;
  const { problems, changes } = readSheet(utf8(text), [UPS]);
  expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(["1:6", "2:2", "2:4", "2:5", "3:1", "4:1", "5:1"]);
  expect(problems.map(({ message }) => message.en).join("\n")).toMatchInlineSnapshot(`
    "unknown column “颜色”; expected one of Device, Name, Area, Maker, Model, Serial number, Asset number, Location, Owner, Service provider, Service phone, Contract number, Contract until, Purchased, In service since, Warranty until, Note
    names and areas are changed in the site file; here expected “Unit ups-a” or nothing
    Warranty until: expected a date, e.g. 2027-05-01, found “明年”
    Excel has turned the number into 1.2E+14; format the column as text and enter it again
    the site has no device ups-z
    the device's id is missing
    device ups-a is in row 2 already"
  `);
  expect(changes).toEqual([]);
});

test.each([
  ["", "1:1", "empty"],
  ["序列号\nX\n", "1:1", "no column “Device”"],
  ["设备,厂商,厂商\nups-a,a,b\n", "1:3", "twice"],
  ["设备,厂商\nups-a,a,b\n", "2:3", "3 cells"],
  ["设备,厂商\nups-a\n", "2:2", "only 1 of 2"],
  ['设备,厂商\nups-a,"a\n', "2:1", "never closed"],
  [`设备,备注\nups-a,${"长".repeat(501)}\n`, "2:2", "at most 500"],
  ["设备,备注\nups-a,a\u202Eb\n", "2:2", "one line of text"],
])("%j is refused at %s", (text, where, what) => {
  const { problems } = readSheet(utf8(text), [UPS]);
  expect(problems.map(({ line, column }) => `${line}:${column}`)).toContain(where);
  expect(problems.map(({ message }) => message.en).join()).toContain(what);
});

test.each([
  ["nothing but line ends", "\n".repeat(1_000_000)],
  ["nothing but separators", `设备${",".repeat(1_000_000)}\n`],
  ["nothing but quotes", '"'.repeat(1_000_001)],
  ["the same device again and again", `设备,厂商\n${"ups-a,x\n".repeat(120_000)}`],
  ["one heading", `设备,${"x".repeat(1_000_000)}\nups-a,\n`],
  ["one cell", `设备,厂商\nups-a,${"x".repeat(1_000_000)}\n`],
])("a megabyte of %s is refused at once, with few words", (_, text) => {
  const beganMs = performance.now();
  const { problems, changes } = readSheet(utf8(text), [UPS]);
  expect(performance.now() - beganMs).toBeLessThan(20_000);
  expect(changes).toEqual([]);
  expect(problems.length).toBeGreaterThan(0);
  expect(JSON.stringify(problems).length).toBeLessThan(100_000);
});
