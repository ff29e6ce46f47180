import type { Words } from "../../firmware/contract/alarm.ts";
import { ASSET_FIELDS, type AssetField, daysLeft } from "../../firmware/contract/asset-fields.ts";
import type { AssetView } from "../../firmware/contract/assets.ts";

/** A device of the register with the words that the table shows. */
export interface AssetRow extends AssetView {
  readonly name: Words;
  /** Days to the last day of the warranty; null when there is no date, or the box does not know today. */
  readonly left: number | null;
}

export type SortKey = "name" | "place" | "maker" | "serial" | "number" | "owner" | "provider" | "warranty";
export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}
export type WarrantyState = "unknown" | "dated" | "valid" | "soon" | "ended";

const SOON_DAYS = 90;

export function rowOf(asset: AssetView, name: Words, today: string | null): AssetRow {
  return { ...asset, name, left: today === null ? null : daysLeft(asset.values.warrantyUntil, today) };
}

/** `dated`: there is a date, and nobody knows today. */
export function warrantyState({ left, values }: AssetRow): WarrantyState {
  if (left === null) return values.warrantyUntil === "" ? "unknown" : "dated";
  return left < 0 ? "ended" : left < SOON_DAYS ? "soon" : "valid";
}

/** Every word of the filter must be somewhere in the row, in whatever field. */
export function fitsFilter(row: AssetRow, filter: string): boolean {
  const hay = [row.device, row.name.zh, row.name.en, row.area.zh, row.area.en, ...ASSET_FIELDS.map((field) => row.values[field])]
    .join("\n")
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** What is not entered stands last, whichever way it is sorted. */
export function sorted(rows: readonly AssetRow[], { key, descending }: Sorting, language: "zh" | "en"): readonly AssetRow[] {
  const collator = new Intl.Collator(language === "zh" ? "zh-CN" : "en", { numeric: true });
  const text = (row: AssetRow): string => {
    if (key === "name") return row.name[language];
    if (key === "place") return `${row.area[language]} ${row.values.location}`;
    if (key === "warranty") return row.values.warrantyUntil;
    const fields: readonly AssetField[] = key === "maker" ? ["maker", "model"] : [key];
    return fields
      .map((field) => row.values[field])
      .join(" ")
      .trim();
  };
  return rows.toSorted((a, b) => {
    const [one, other] = [text(a), text(b)];
    if (one === "" || other === "") return Number(one === "") - Number(other === "");
    return collator.compare(one, other) * (descending ? -1 : 1);
  });
}
