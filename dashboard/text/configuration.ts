import type { RevisionView, SiteFileState } from "../../firmware/contract/configuration.ts";
import { dictionaryOf } from "./words.ts";

/** Words of the page Configuration. */
export const tf = dictionaryOf({
  configuration: { zh: "配置", en: "Configuration" },
  runs: { zh: (what: string) => `正在运行：${what}`, en: (what: string) => `Running: ${what}` },
  whatRuns: { zh: "正在运行的配置", en: "What runs" },
  version: { zh: (number: number) => `版本 ${number}`, en: (number: number) => `Version ${number}` },
  unstored: { zh: "站点文件（未能存入数据目录）", en: "The site file (it could not be stored)" },
  starting: {
    zh: (number: number) => `版本 ${number} 正在启动，本页随后自动刷新…`,
    en: (number: number) => `Version ${number} is being started; this page follows by itself…`,
  },
  by: { zh: "修改人", en: "By" },
  at: { zh: "时间", en: "At" },
  reason: { zh: "原因", en: "Reason" },
  source: { zh: "来源", en: "From" },
  siteFile: { zh: "站点文件", en: "Site file" },
  clockUnsure: { zh: "（时钟未校准）", en: " (clock not set)" },
  trouble: { zh: "配置有问题，告警中", en: "Something is wrong with the configuration; an alarm stands" },
  whatNext: { zh: "怎么办：", en: "What to do: " },
  mendFile: {
    zh: "改正站点文件后执行 systemctl reload roomward（无需重启）。",
    en: "Mend the site file, then run systemctl reload roomward; no restart is needed.",
  },
  orChoose: {
    zh: "或在下面选定一个版本：点“恢复”或“保留现状”，告警随即解除。",
    en: "Or choose a version below: “Go back”, or “Keep what runs”. The alarm ends with it.",
  },
  askAdministrator: { zh: "请管理员处理。", en: "Ask an administrator." },
  keep: { zh: "保留现状", en: "Keep what runs" },
  keepDoes: {
    zh: (number: number) => `版本 ${number} 继续运行，并成为选定的版本；站点文件不再告警，直到它再次改变。房间不受影响。`,
    en: (number: number) =>
      `Version ${number} goes on and becomes the chosen one; the site file is no alarm any more until it changes again. Nothing changes for the room.`,
  },
  adopt: { zh: "采用站点文件", en: "Take over the site file" },
  adoptDoes: {
    zh: "站点文件的内容成为新版本并立即运行；监测中断约一秒。",
    en: "What stands in the site file becomes a new version and runs at once; monitoring pauses for about a second.",
  },
  edit: { zh: "修改配置", en: "Edit" },
  versions: { zh: "版本", en: "Versions" },
  kept: {
    zh: "最近 50 个版本保留在本机。密钥一律以 •••••• 显示。",
    en: "The last 50 versions stay on the box. Secrets are shown as •••••• to everybody.",
  },
  current: { zh: "运行中", en: "running" },
  compare: { zh: "与运行中的比较", en: "Compare with what runs" },
  compareOf: { zh: (number: number) => `比较版本 ${number}`, en: (number: number) => `Compare version ${number}` },
  goBack: { zh: "恢复", en: "Go back" },
  goBackTo: { zh: (number: number) => `恢复到版本 ${number}`, en: (number: number) => `Go back to version ${number}` },
  goBackDoes: {
    zh: (number: number) => `版本 ${number} 的内容成为新版本并立即运行；监测中断约一秒。其间的版本仍保留。将会改变：`,
    en: (number: number) =>
      `The text of version ${number} becomes a new version and runs at once; monitoring pauses for about a second. The versions between stay. It changes:`,
  },
  textOf: { zh: (number: number) => `版本 ${number} 的内容`, en: (number: number) => `the text of version ${number}` },
  difference: { zh: "差异", en: "Difference" },
  from: { zh: "从", en: "From" },
  to: { zh: "到", en: "to" },
  noDifference: { zh: "内容相同。", en: "They are the same." },
  onlyText: { zh: "只有注释或排版不同，对房间没有影响。", en: "Only comments or layout differ; nothing changes for the room." },
  forTheRoom: { zh: "对房间的改变", en: "What it means for the room" },
  lineByLine: { zh: "逐行", en: "Line by line" },
  lineBefore: { zh: "原行号", en: "line before" },
  lineAfter: { zh: "新行号", en: "line after" },
  removed: { zh: "删除", en: "removed" },
  added: { zh: "新增", en: "added" },
  same: { zh: "相同", en: "the same" },
  skipped: { zh: (count: string) => `… ${count} 行相同 …`, en: (count: string) => `… ${count} lines the same …` },
  cut: { zh: "差异太长，只显示前 4000 行。", en: "The difference is too long; the first 4000 lines are shown." },
  editing: { zh: (base: number) => `在版本 ${base} 上修改`, en: (base: number) => `Editing version ${base}` },
  text: { zh: "站点文件内容（YAML）", en: "Site file (YAML)" },
  textHelp: {
    zh: "•••••• 表示密钥不变；要更换就写入新的。地址改了的条目须重新填写密钥。",
    en: "•••••• keeps a secret as it is; write a new one to change it. An entry with another address needs its secret again.",
  },
  check: { zh: "检查", en: "Check" },
  checking: { zh: "正在检查…", en: "Checking…" },
  problems: {
    zh: (count: number) => `${count} 处问题，改正后再检查：`,
    en: (count: number) => `${count} ${count === 1 ? "problem" : "problems"}; mend and check again:`,
  },
  place: {
    zh: (line: number, column: number) => `第 ${line} 行第 ${column} 列`,
    en: (line: number, column: number) => `line ${line}, column ${column}`,
  },
  good: { zh: "没有问题。保存后将会改变：", en: "No problems. Saving changes:" },
  save: { zh: "保存并运行", en: "Save and run" },
  stop: { zh: "放弃修改", en: "Discard" },
  stopDoes: { zh: "已改动的内容将丢失。", en: "What you have changed is lost." },
  reasonHelp: { zh: "写入审计日志，例如：夏季上调温度上限", en: "It stands in the audit log, e.g. higher limits for the summer" },
  checkFirst: { zh: "内容已改动，请先检查。", en: "The text has changed; check it first." },
  mayNotChange: {
    zh: "您的角色只能查看。修改配置请以管理员身份登录。",
    en: "Your role may only look. Sign in as an administrator to change it.",
  },
  stored: { zh: (number: number) => `版本 ${number} 已存入`, en: (number: number) => `Version ${number} is stored` },
});

const origins = dictionaryOf({
  file: { zh: "站点文件", en: "the site file" },
  api: { zh: "页面或接口", en: "page or API" },
  command: { zh: "命令行", en: "the command line" },
  stick: { zh: "安装 U 盘", en: "an installer's stick" },
  revert: { zh: "恢复", en: "gone back" },
  return: { zh: "自动退回", en: "returned by itself" },
});
export const originWord = (origin: RevisionView["origin"]): string => origins.value[origin];

const states = dictionaryOf({
  same: { zh: "与正在运行的一致", en: "is what runs" },
  behind: {
    zh: "未改动；正在运行的是在本机修改过的较新版本。下次改动站点文件时，以站点文件为准",
    en: "has not changed; what runs was changed on the box since. The next edit of the file wins",
  },
  changed: { zh: "已改动且正确，尚未采用", en: "was changed, is right, and is not taken over yet" },
  unusable: { zh: "无法使用", en: "cannot be used" },
  overruled: { zh: "无法使用，已另行选定运行的版本", en: "cannot be used; somebody has chosen what runs instead" },
});
export const fileStateWord = (state: SiteFileState): string => states.value[state];

/** The reasons that the box gives itself; a person's stands as it was written. */
const reasons = dictionaryOf({
  "first start with this site file": { zh: "首次按此站点文件启动", en: "first start with this site file" },
  "the site file has changed": { zh: "站点文件已改动", en: "the site file has changed" },
  "took over the site file": { zh: "采用站点文件", en: "took over the site file" },
});
export function reasonWord(reason: string): string {
  const known: Readonly<Record<string, string>> = reasons.value;
  return known[reason] ?? reason;
}

const doers = dictionaryOf({
  "site-file": { zh: "站点文件", en: "site file" },
  gateway: { zh: "网关", en: "the gateway" },
});
/** Who made a version; what is no person has a word. */
export function doerWord(by: string): string {
  const known: Readonly<Record<string, string>> = doers.value;
  return known[by] ?? by;
}
