import type { Words } from "./alarm.ts";

/** What is written down about a device beside what it measures. `number` is the asset number; `phone` the provider's. */
export const ASSET_FIELDS = [
  "maker",
  "model",
  "serial",
  "number",
  "location",
  "owner",
  "provider",
  "phone",
  "contract",
  "contractUntil",
  "purchased",
  "commissioned",
  "warrantyUntil",
  "note",
] as const;
export type AssetField = (typeof ASSET_FIELDS)[number];

/** All fields, as texts; unknown is empty. Dates are `2027-05-01`. */
export type Asset = Readonly<Record<AssetField, string>>;

export function byField<T>(make: (field: AssetField) => T): Readonly<Record<AssetField, T>> {
  return Object.fromEntries(ASSET_FIELDS.map((field) => [field, make(field)])) as Readonly<Record<AssetField, T>>;
}

export const FIELD_WORDS: Readonly<Record<AssetField, Words>> = {
  maker: { zh: "厂商", en: "Maker" },
  model: { zh: "型号", en: "Model" },
  serial: { zh: "序列号", en: "Serial number" },
  number: { zh: "资产编号", en: "Asset number" },
  location: { zh: "位置", en: "Location" },
  owner: { zh: "责任人", en: "Owner" },
  provider: { zh: "服务商", en: "Service provider" },
  phone: { zh: "服务电话", en: "Service phone" },
  contract: { zh: "合同号", en: "Contract number" },
  contractUntil: { zh: "合同到期", en: "Contract until" },
  purchased: { zh: "购置日期", en: "Purchased" },
  commissioned: { zh: "启用日期", en: "In service since" },
  warrantyUntil: { zh: "保修到期", en: "Warranty until" },
  note: { zh: "备注", en: "Note" },
};

const DATE_FIELDS: ReadonlySet<AssetField> = new Set(["contractUntil", "purchased", "commissioned", "warrantyUntil"]);
const TEXT_MAX = 120;
const NOTE_MAX = 500;

export function isDateField(field: AssetField): boolean {
  return DATE_FIELDS.has(field);
}

export function lengthMax(field: AssetField): number {
  return field === "note" ? NOTE_MAX : TEXT_MAX;
}

/** A day of the calendar as `2027-05-01`; not 2027-02-30, and not before 1950. */
export function isCalendarDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined || Number(year) < 1950) return false;
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // A day too many or too few lands in another month.
  return at.getUTCMonth() === Number(month) - 1;
}

/** One line without control or invisible characters and without space at its ends. */
export function isPlainText(text: string, max: number): boolean {
  return text.trim() === text && [...text].length <= max && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

export function fits(field: AssetField, text: string): boolean {
  if (text === "") return true;
  return isDateField(field) ? isCalendarDay(text) : isPlainText(text, lengthMax(field)) && text.normalize("NFC") === text;
}

/** What a field takes, to be told when something else was given. */
export function expectedIn(field: AssetField): Words {
  return isDateField(field)
    ? { zh: "日期，如 2027-05-01", en: "a date, e.g. 2027-05-01" }
    : {
        zh: `一行文字，最多 ${lengthMax(field)} 个字符，首尾无空格`,
        en: `one line of text, at most ${lengthMax(field)} characters, no space at its ends`,
      };
}

/** Days from `today` to the last day that counts; 0 on that day, negative after it. Null when there is no date. */
export function daysLeft(until: string, today: string): number | null {
  if (!isCalendarDay(until) || !isCalendarDay(today)) return null;
  return Math.round((Date.parse(until) - Date.parse(today)) / 86_400_000);
}
