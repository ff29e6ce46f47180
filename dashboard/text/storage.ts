import { formatNumber } from "./format.ts";
import { dictionaryOf } from "./words.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** As the site file writes sizes: `512 MiB`, `1.5 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes >= GIB) return `${formatNumber(bytes / GIB, bytes < 10 * GIB ? 1 : 0)} GiB`;
  if (bytes >= MIB) return `${formatNumber(bytes / MIB, bytes < 10 * MIB ? 1 : 0)} MiB`;
  return `${formatNumber(Math.ceil(bytes / 1024), 0)} KiB`;
}

/** Words of the page about the box's storage. */
export const ts = dictionaryOf({
  storage: { zh: "存储", en: "Storage" },
  explain: {
    zh: "本机保存了什么、占多少、能回看多久。期限和上限在站点文件的 storage 一节设定。",
    en: "What this box keeps, how much it takes and how far back it reaches. Times and limits are set in the section storage of the site file.",
  },
  disk: { zh: "磁盘", en: "Disk" },
  free: {
    zh: (free: string, size: string) => `剩余 ${free}，共 ${size}`,
    en: (free: string, size: string) => `${free} free of ${size}`,
  },
  ballastReady: {
    zh: (size: string) => `应急空间 ${size} 已备好：磁盘写满时先释放它，告警照常记录。`,
    en: (size: string) => `A reserve of ${size} is ready: on a full disk it is given up first, so that alarms are still recorded.`,
  },
  ballastGrowing: { zh: "正在准备应急空间。", en: "The reserve for a full disk is being made." },
  ballastFreed: {
    zh: "没有应急空间：磁盘写满过，或剩余空间不够。请清理磁盘，之后自动重建。",
    en: "There is no reserve: the disk was full, or has too little room. Free some space; it is made again by itself.",
  },
  ballastNone: { zh: "磁盘太小，不设应急空间。", en: "The disk is too small for a reserve." },
  journal: { zh: "事件日志", en: "Event journal" },
  usedOf: {
    zh: (used: string, limit: string, percent: string) => `已用 ${used}，上限 ${limit}（${percent}%）`,
    en: (used: string, limit: string, percent: string) => `${used} of ${limit} in use (${percent} %)`,
  },
  whenFull: {
    zh: "接近上限时，先删除最早的已恢复且已送达的事件；未送达的从不删除。审计日志有自己的预留空间。",
    en: "Near the limit the oldest events that are over and delivered go first; what was not delivered never goes. The audit log has room of its own.",
  },
  kind: { zh: "记录", en: "Records" },
  count: { zh: "条数", en: "Count" },
  takes: { zh: "约占", en: "Takes about" },
  oldest: { zh: "最早", en: "Oldest" },
  kept: { zh: "保留", en: "Kept for" },
  events: { zh: "告警事件", en: "Alarm events" },
  audit: { zh: "审计日志", en: "Audit log" },
  access: { zh: "出入记录", en: "Entry log" },
  sheets: { zh: "巡检表", en: "Inspection sheets" },
  none: { zh: "无", en: "none" },
  days: { zh: (days: number) => `${days} 天`, en: (days: number) => `${days} days` },
  delivered: { zh: "没有等待送达上级的消息。", en: "No message waits to be delivered." },
  waiting: {
    zh: (count: number, since: string) => `${count} 条消息等待送达上级，最早为 ${since}；送达前不会删除。`,
    en: (count: number, since: string) => `${count} messages wait to be delivered, the oldest since ${since}; none goes before it is.`,
  },
  parked: {
    zh: (count: number) => `${count} 条消息被上级拒收，请检查上级的设置；下次启动时重试。`,
    en: (count: number) => `${count} messages were refused by their target. Check its settings; they are tried again at the next start.`,
  },
  history: { zh: "历史数据", en: "History" },
  historyUnknown: { zh: "历史数据的用量目前无法读取。", en: "What the history takes cannot be told at present." },
  fullRate: {
    zh: (since: string, days: number) => `原始采样自 ${since} 起，保留 ${days} 天。`,
    en: (since: string, days: number) => `Every reading since ${since}, kept for ${days} days.`,
  },
  minutes: {
    zh: (since: string, days: number) => `分钟数据自 ${since} 起，保留 ${days} 天。`,
    en: (since: string, days: number) => `Minutes since ${since}, kept for ${days} days.`,
  },
  noneYet: { zh: "（尚无）", en: "(none yet)" },
  damaged: { zh: "损坏的文件", en: "Damaged files" },
  damagedHelp: {
    zh: "这些文件损坏后已另存，系统已用新文件继续工作。请先备份数据目录，并检查或更换存储卡；确认不再需要后删除，告警随之恢复。",
    en: "These files were damaged and set aside; new ones are in use. Back up the data folder first and check or replace the card. Delete them when nobody needs them any more: the alarm ends with the last.",
  },
  noDamage: { zh: "没有损坏的文件。", en: "No file is damaged." },
  file: { zh: "文件", en: "File" },
  size: { zh: "大小", en: "Size" },
  lastWritten: { zh: "最后写入", en: "Last written" },
  remove: { zh: "删除", en: "Delete" },
  removeFile: { zh: (name: string) => `删除 ${name}`, en: (name: string) => `Delete ${name}` },
  removeDoes: {
    zh: "文件将永久删除，其中可能还有能抢救的记录。此操作记入审计日志。",
    en: "The file is deleted for good; there may be records in it that could still be saved. This is written into the audit log.",
  },
  whoMayDelete: { zh: "删除须由工程师或管理员进行。", en: "An engineer or an administrator can delete them." },
  settings: { zh: "设置文件", en: "Files of settings" },
  generations: {
    zh: (name: string, older: number) => `${name}：另存 ${older} 个旧版本`,
    en: (name: string, older: number) => `${name}: ${older} older ${older === 1 ? "state" : "states"} kept`,
  },
});
