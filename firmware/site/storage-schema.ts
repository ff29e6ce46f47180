import * as z from "zod";

const DAY = /^\d{1,5}d$/;
const SIZE = /^\d+(\.\d+)?(MiB|GiB)$/;
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Ten years. */
const DAYS_MAX = 3_653;

/** So many days, `400d`; a number after parsing. */
function days(least: number, zh: string, en: string) {
  return z
    .string()
    .regex(DAY, { abort: true })
    .refine((text) => daysOf(text) >= least && daysOf(text) <= DAYS_MAX)
    .meta({
      description: `days with their unit, ${least}d to ${DAYS_MAX}d, e.g. \`400d\`: ${en}`,
      zh: `带单位的天数，${least}d 到 ${DAYS_MAX}d，如 \`400d\`：${zh}`,
    })
    .transform(daysOf);
}

/** A size, `512MiB` or `4GiB`; bytes after parsing. */
function size(leastMib: number, mostGib: number, zh: string, en: string) {
  return z
    .string()
    .regex(SIZE, { abort: true })
    .refine((text) => bytesOf(text) >= leastMib * MIB && bytesOf(text) <= mostGib * GIB)
    .meta({
      description: `a size with its unit, ${leastMib}MiB to ${mostGib}GiB, e.g. \`512MiB\`: ${en}`,
      zh: `带单位的大小，${leastMib}MiB 到 ${mostGib}GiB，如 \`512MiB\`：${zh}`,
    })
    .transform(bytesOf);
}

function daysOf(text: string): number {
  return Number.parseInt(text, 10);
}

function bytesOf(text: string): number {
  return Math.round(Number.parseFloat(text) * (text.endsWith("GiB") ? GIB : MIB));
}

/** What the box keeps and for how long; without the section the house has its own. */
export const storageSchema = z
  .strictObject({
    events: days(31, "告警事件保留多久", "how long alarm events are kept").prefault("400d"),
    audit: days(184, "审计日志保留多久，法规要求至少 184 天", "how long the audit log is kept; six months are the law").prefault("400d"),
    access: days(31, "出入记录保留多久", "how long the entry log is kept").prefault("400d"),
    sheets: days(184, "巡检表保留多久", "how long inspection sheets are kept").prefault("1830d"),
    journalMax: size(128, 8, "事件日志文件上限", "the journal's file never grows beyond it").prefault("512MiB"),
    fullRate: days(1, "原始采样保留多久", "how long every reading is kept").prefault("30d"),
    minutes: days(31, "分钟数据保留多久", "how long minutes are kept").prefault("400d"),
    historyMax: size(64, 256, "历史数据文件上限", "the history's file never grows beyond it").prefault("4GiB"),
  })
  .prefault({})
  .meta({ description: "what is kept and for how long", zh: "保留什么、保留多久" });

export type StorageLimits = Readonly<z.infer<typeof storageSchema>>;
export const STORAGE_DEFAULTS: StorageLimits = storageSchema.parse({});
