import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { effective, overruled, withChanges } from "../../firmware/assets/merge.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { ASSET_FIELDS, type Asset, byField, daysLeft, fits, isCalendarDay } from "../../firmware/contract/asset-fields.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { AssetStage, siteWith } from "./assets-stage.ts";
import { alarm } from "./journal-entries.ts";

const WANG = { by: "wang", from: "10.0.0.7" };
let stage: AssetStage;
beforeEach(() => {
  stage = new AssetStage();
});
afterEach(() => stage.remove());

describe("the register of a box", () => {
  test("begins with what the site file says; what nobody said is empty", async () => {
    const book = await stage.open(siteWith('{ maker: Emerson, serial: "0012", warrantyUntil: 2027-05-01 }'));
    expect(book.of("th-1")).toEqual({ ...byField(() => ""), maker: "Emerson", serial: "0012", warrantyUntil: "2027-05-01" });
    expect(book.of("th-2")).toEqual(byField(() => ""));
    expect(book.of("line")).toBeNull();
    expect(book.list()[0]?.area).toEqual({ zh: "深圳一号机房 / 主机房 / 冷通道", en: "Shenzhen 1 / Main room / Cold aisle" });
  });

  test("keeps an edit over restarts, with who, from where, old and new in the audit log", async () => {
    const site = siteWith("{ owner: Li }");
    const book = await stage.open(site);
    expect(await book.change("th-1", [{ field: "owner", before: "Li", after: " Wang " }], WANG)).toBeNull();
    expect(stage.audit).toEqual([{ ...WANG, subject: "th-1", detail: "owner", before: { owner: "Li" }, after: { owner: "Wang" } }]);
    const again = await stage.open(site);
    expect(again.of("th-1")?.owner).toBe("Wang");
    expect(again.list().map(({ edited }) => edited)).toEqual([["owner"], []]);
    expect(stage.audit).toHaveLength(1);
  });

  test("lets an edit stand until the site file's own value changes; then the newer site file wins, and the audit log says so", async () => {
    const book = await stage.open(siteWith("{ owner: Li, provider: Acme }"));
    await book.change("th-1", [{ field: "owner", before: "Li", after: "Wang" }], WANG);
    const otherwiseNew = await stage.open(siteWith("{ owner: Li, provider: Other }"));
    expect(otherwiseNew.of("th-1")).toMatchObject({ owner: "Wang", provider: "Other" });
    expect(stage.audit).toHaveLength(1);
    const newer = await stage.open(siteWith("{ owner: Chen, provider: Other }"));
    expect(newer.of("th-1")?.owner).toBe("Chen");
    expect(stage.audit.at(-1)).toMatchObject({ by: "site-file", subject: "th-1", before: { owner: "Wang" }, after: { owner: "Chen" } });
    const older = await stage.open(siteWith("{ owner: Li, provider: Other }"));
    expect(older.of("th-1")?.owner).toBe("Li");
  });

  test("remembers a device that the site file leaves out for a while", async () => {
    const book = await stage.open(siteWith("", 2));
    await book.change("th-2", [{ field: "serial", before: "", after: "S2" }], WANG);
    await stage.open(siteWith("", 1));
    expect((await stage.open(siteWith("", 2))).of("th-2")?.serial).toBe("S2");
  });

  test("changes nothing when one of the changes cannot be", async () => {
    const book = await stage.open(siteWith("{ owner: Li }"));
    const good = { field: "serial", before: "", after: "S1" } as const;
    for (const bad of [
      { field: "owner", before: "somebody else's", after: "Wang" },
      { field: "warrantyUntil", before: "", after: "2027-02-30" },
      { field: "note", before: "", after: "a\u0000b" },
    ] as const) {
      expect(await book.change("th-1", [good, bad], WANG)).toMatchObject({ problem: { zh: expect.any(String) } });
      expect(book.of("th-1")?.serial).toBe("");
    }
    expect(await book.change("th-9", [good], WANG)).toMatchObject({ problem: { en: expect.stringContaining("no device th-9") } });
    expect(stage.audit).toEqual([]);
    expect(readdirSync(stage.folder)).not.toContain("assets.json");
  });

  test("keeps the lines of the audit log until the journal takes them", async () => {
    stage.journalTakes = false;
    const book = await stage.open(siteWith(""));
    await book.change("th-1", [{ field: "serial", before: "", after: "S1" }], WANG);
    stage.journalTakes = true;
    const again = await stage.open(siteWith(""));
    expect(stage.audit).toHaveLength(1);
    await again.change("th-1", [{ field: "serial", before: "S1", after: "S2" }], WANG);
    expect(stage.audit.map(({ after }) => after)).toEqual([{ serial: "S1" }, { serial: "S2" }]);
  });

  test("loses no line that the command line writes while others move into the journal", async () => {
    const site = siteWith("");
    const running = await stage.open(site);
    stage.journalTakes = false;
    const command = await stage.open(site);
    stage.journalTakes = true;
    stage.meanwhile = async () => {
      stage.journalTakes = false;
      await command.change("th-2", [{ field: "serial", before: "", after: "S2" }], WANG);
    };
    await running.change("th-1", [{ field: "serial", before: "", after: "S1" }], WANG);
    stage.journalTakes = true;
    await stage.open(site);
    expect(stage.audit.map(({ after }) => after)).toEqual([{ serial: "S1" }, { serial: "S2" }]);
  });

  test("loses no line when many change things at once", async () => {
    const book = await stage.open(siteWith("", 12));
    const all = Array.from({ length: 12 }, (_, n) => book.change(`th-${n + 1}`, [{ field: "serial", before: "", after: `S${n}` }], WANG));
    expect(await Promise.all(all)).toEqual(all.map(() => null));
    expect(stage.audit.map(({ subject }) => subject).sort()).toEqual(all.map((_, n) => `th-${n + 1}`).sort());
  });

  test("follows what the command line changes, and says it", async () => {
    const site = siteWith("");
    const running = await stage.open(site);
    let heard = 0;
    running.follow(() => {
      heard += 1;
    });
    const command = await stage.open(site);
    await command.change("th-1", [{ field: "serial", before: "", after: "S1" }], WANG);
    for (const tick of stage.ticks) tick();
    await running.close();
    expect([running.of("th-1")?.serial, heard]).toEqual(["S1", 1]);
  });

  test("says it when its file is damaged, and goes on with the copy before", async () => {
    const site = siteWith("");
    const book = await stage.open(site);
    await book.change("th-1", [{ field: "serial", before: "", after: "S1" }], WANG);
    appendFileSync(join(stage.folder, "assets.json"), "?");
    const again = await stage.open(site);
    expect([again.of("th-1")?.serial, stage.troubles.join()]).toEqual(["S1", expect.stringContaining("damaged")]);
    for (const name of readdirSync(stage.folder)) writeFileSync(join(stage.folder, name), "{}");
    expect((await stage.open(site)).of("th-1")?.serial).toBe("");
  });
});

describe("an import", () => {
  const file = (text: string): Uint8Array => Buffer.from(text, "utf8");

  test("is looked at first, then applied as it was seen, with one line per device in the audit log", async () => {
    const book = await stage.open(siteWith("{ owner: Li }"));
    const sheet = file("设备,责任人,序列号\r\nth-1,王工,A1\r\nth-2,,B2\r\n");
    const look = await book.importSheet(sheet, null, WANG);
    if ("problem" in look) throw new Error(look.problem.en);
    expect(look).toMatchObject({
      applied: false,
      rows: 2,
      problems: [],
      changes: [{ device: "th-1", field: "owner", before: "Li" }, {}, {}],
    });
    expect(book.of("th-1")?.owner).toBe("Li");
    expect(await book.importSheet(sheet, look.preview, WANG)).toMatchObject({ applied: true });
    expect([book.of("th-1"), book.of("th-2")]).toMatchObject([{ owner: "王工", serial: "A1" }, { serial: "B2" }]);
    expect(stage.audit.map(({ subject, after }) => [subject, after])).toEqual([
      ["th-1", { owner: "王工", serial: "A1" }],
      ["th-2", { serial: "B2" }],
    ]);
  });

  test("of which something else was seen is not applied", async () => {
    const book = await stage.open(siteWith(""));
    const look = await book.importSheet(file("设备,序列号\nth-1,A1\n"), null, WANG);
    const preview = "preview" in look ? look.preview : "";
    expect(await book.importSheet(file("设备,序列号\nth-1,A2\n"), preview, WANG)).toMatchObject({ problem: {} });
    await book.change("th-1", [{ field: "serial", before: "", after: "B" }], WANG);
    expect(await book.importSheet(file("设备,序列号\nth-1,A1\n"), preview, WANG)).toMatchObject({ problem: {} });
    expect(book.of("th-1")?.serial).toBe("B");
  });

  test("with one wrong cell changes nothing", async () => {
    const book = await stage.open(siteWith(""));
    const reply = await book.importSheet(file("设备,序列号,保修到期\nth-1,A1,明年\nth-2,B2,\n"), "any", WANG);
    expect(reply).toMatchObject({ applied: false, changes: [], problems: [{ line: 2, column: 3 }] });
    expect(book.list().map(({ values }) => values.serial)).toEqual(["", ""]);
  });

  test("of a whole site of 2000 devices with every field fits", async () => {
    const site = siteWith("", 2_000);
    const book = await stage.open(site);
    const heading = "设备,厂商,型号,序列号,资产编号,责任人,服务商,服务电话,保修到期";
    const rows = site.devices.map(
      ({ id }) => `${id},艾默生网络能源,Liebert PEX 1,SN-${id},ZC-2024-${id},王工,深圳某某服务有限公司,0755-12345678,2027-05-01`,
    );
    const sheet = file([heading, ...rows].join("\r\n"));
    const look = await book.importSheet(sheet, null, WANG);
    expect(await book.importSheet(sheet, "preview" in look ? look.preview : "", WANG)).toMatchObject({ applied: true, rows: 2_000 });
    expect(stage.audit).toHaveLength(2_000);
    expect((await stage.open(site)).of("th-2000")?.serial).toBe("SN-th-2000");
  }, 20_000);
});

describe("edits over a site file", () => {
  const value = fc.constantFrom("", "a", "b", "c");
  const asset = fc
    .tuple(...ASSET_FIELDS.map(() => value))
    .map((values): Asset => byField((field) => values[ASSET_FIELDS.indexOf(field)] ?? ""));

  test("hold field by field as long as the site file says the same, and not a moment longer", () => {
    fc.assert(
      fc.property(asset, asset, asset, (said, wanted, saidLater) => {
        const changes = ASSET_FIELDS.map((field) => ({ field, after: wanted[field] }));
        const edits = withChanges(said, undefined, changes);
        expect(effective(said, edits)).toEqual(wanted);
        expect(Object.keys(edits)).toEqual(ASSET_FIELDS.filter((field) => wanted[field] !== said[field]));
        const later = effective(saidLater, edits);
        for (const field of ASSET_FIELDS) expect(later[field]).toBe(saidLater[field] === said[field] ? wanted[field] : saidLater[field]);
        // What was overruled is said with what held before and what holds now.
        for (const { field, before, after } of overruled(saidLater, edits)) {
          expect([before, after]).toEqual([wanted[field], saidLater[field]]);
        }
        expect(overruled(said, edits)).toEqual([]);
      }),
    );
  });
});

describe("the site file's asset block", () => {
  const problems = (asset: string): readonly string[] => {
    const loaded = loadSite(`
site: { id: s, name: s }
areas: [{ id: a, name: a }]
buses: [{ id: l, kind: modbus-tcp, host: h }]
devices: [{ id: d, area: a, bus: l, unit: 1, profile: sensor/xy-md02, asset: ${asset} }]`);
    return "problems" in loaded ? loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message.en} ${message.zh}`) : [];
  };

  test.each([
    [
      "{ serial: 12345 }",
      "asset.serial: expected one line of text, at most 120 characters, no space at its ends; digits alone in quotes, found `12345`",
    ],
    ["{ warrantyUntil: 2027-02-30 }", "asset.warrantyUntil: expected a date, e.g. 2027-05-01, found `2027-02-30`"],
    ["{ warranty: 2027-02-03 }", "unknown key `warranty`"],
    ['{ owner: "" }', "asset.owner"],
  ])("%s is told with place and expectation", (asset, told) => {
    expect(problems(asset).join()).toContain(told);
    expect(problems(asset)[0]).toMatch(/^5 devices\[0\]\.asset/);
  });
});

test("a day is one of the calendar", () => {
  expect(["2024-02-29", "2027-12-31"].map(isCalendarDay)).toEqual([true, true]);
  expect(["2023-02-29", "2027-13-01", "2027-00-10", "27-01-01", "2027-1-1", "1949-12-31", ""].map(isCalendarDay)).not.toContain(true);
  expect([daysLeft("2027-03-01", "2027-02-28"), daysLeft("2024-03-01", "2024-02-28"), daysLeft("2026-01-01", "2026-01-02")]).toEqual([
    1, 2, -1,
  ]);
  expect([daysLeft("", "2026-01-02"), fits("note", " a"), fits("note", "e\u0301")]).toEqual([null, false, false]);
});

describe("what the service desk is told of a device", () => {
  const site = siteWith("{ serial: S1, location: A 列 3 柜, phone: 400-1, warrantyUntil: 2026-09-20 }");
  const told = (wallMs: number, trusted = true) =>
    subjectsOf(site, (id) => site.devices.find((device) => device.id === id)?.asset ?? null, {
      wallMs: () => wallMs as WallMs,
      wallTrusted: () => trusted,
    })(alarm({ key: "sz1/r1/th-1/ambient.temperature/high", device: "th-1" }));

  test("is exact: path and place, serial, whom to call, and the warranty on that day of the site", () => {
    expect(told(Date.UTC(2026, 8, 20, 15, 59))).toMatchObject({
      category: "sensor",
      location: { zh: "深圳一号机房 / 主机房 / 冷通道 / A 列 3 柜", en: "Shenzhen 1 / Main room / Cold aisle / A 列 3 柜" },
      serial: "S1",
      servicePhone: "400-1",
      maker: "",
      warrantyUntil: "2026-09-20",
      inWarranty: true,
    });
    // A minute later it is the 21st in Shanghai.
    expect(told(Date.UTC(2026, 8, 20, 16, 0)).inWarranty).toBe(false);
  });

  test("does not judge the warranty by a clock that nobody trusts", () => {
    expect(told(Date.UTC(1970, 0, 1), false)).toMatchObject({ warrantyUntil: "2026-09-20", inWarranty: null });
  });
});
