import { expect, test } from "vitest";
import { fitsFilter, rowOf, type SortKey, sorted, warrantyState } from "../../dashboard/pages/assets-rows.ts";
import { type Asset, byField } from "../../firmware/contract/asset-fields.ts";

const row = (device: string, values: Partial<Asset>, today: string | null = "2026-11-22") =>
  rowOf(
    { device, values: { ...byField(() => ""), ...values }, area: { zh: "站 / 冷通道", en: "Site / Cold aisle" }, edited: [] },
    { zh: `${device} 号机`, en: `Unit ${device}` },
    today,
  );

test.each([
  ["2027-02-20", "2026-11-22", "valid"],
  ["2027-02-19", "2026-11-22", "soon"],
  ["2026-11-22", "2026-11-22", "soon"],
  ["2026-11-21", "2026-11-22", "ended"],
  ["2026-11-21", null, "dated"],
  ["", "2026-11-22", "unknown"],
])("a warranty until %s is, on %s, %s", (warrantyUntil, today, state) => {
  expect(warrantyState(row("a", { warrantyUntil }, today))).toBe(state);
});

test("every word of the filter is looked for in every field, in both languages, whatever its case", () => {
  const ups = row("ups-a", { serial: "QS12", provider: "华南服务" });
  expect(["", "  ", "qs12", "UNIT 华南", "冷通道 ups", "cold"].map((filter) => fitsFilter(ups, filter))).not.toContain(false);
  expect(["qs13", "unit x1"].map((filter) => fitsFilter(ups, filter))).not.toContain(true);
});

test("rows are sorted as people count, and what is not entered stands last both ways", () => {
  const rows = [row("a", { serial: "10" }), row("b", {}), row("c", { serial: "9" }), row("d", { serial: "", maker: "x" })];
  const order = (key: SortKey, descending: boolean) => sorted(rows, { key, descending }, "en").map(({ device }) => device);
  expect(order("serial", false)).toEqual(["c", "a", "b", "d"]);
  expect(order("serial", true)).toEqual(["a", "c", "b", "d"]);
  expect(order("maker", false)[0]).toBe("d");
  expect(order("name", true)).toEqual(["d", "c", "b", "a"]);
});
