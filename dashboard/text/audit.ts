import { dictionaryOf } from "./words.ts";

/** Words of the audit log. */
export const ta = dictionaryOf({
  audit: { zh: "审计日志", en: "Audit log" },
  who: { zh: "人员", en: "Who" },
  action: { zh: "操作", en: "Action" },
  day: { zh: "日期", en: "Day" },
  all: { zh: "全部", en: "All" },
  export: { zh: "导出 CSV", en: "Export as CSV" },
  readingIsNoted: { zh: "查看和导出本日志也会记入日志。", en: "Reading and exporting this log is written into it, too." },
  integrity: { zh: "完整性", en: "Integrity" },
  checking: { zh: "正在核对每一行…", en: "Checking every line…" },
  whole: {
    zh: (lines: number) => `完整：${lines} 行，逐行核对无误`,
    en: (lines: number) => `Whole: all ${lines} lines are as they were written`,
  },
  dropped: {
    zh: (count: number) => `更早的 ${count} 行已到期删除`,
    en: (count: number) => `the ${count} before them were dropped for their age`,
  },
  head: { zh: "链头", en: "Head" },
  headHelp: {
    zh: "请把链头记在别处；日后用 roomward audit verify --head 可查出整体重写。",
    en: "Note the head down elsewhere: with roomward audit verify --head it later shows whether the whole log was rewritten.",
  },
  altered: {
    zh: (line: number) => `第 ${line} 行被改动，其后不可信`,
    en: (line: number) => `Line ${line} was altered; what follows cannot be trusted`,
  },
  removed: {
    zh: (line: number) => `第 ${line} 行起有缺失，其后不可信`,
    en: (line: number) => `Lines are missing from line ${line} on; what follows cannot be trusted`,
  },
  addedLine: { zh: (line: number) => `第 ${line} 行不是网关写入的`, en: (line: number) => `Line ${line} was not written by the gateway` },
  wrongHelp: {
    zh: "请保留数据目录中的 journal.db，与备份比对，并查明谁能接触本机。",
    en: "Keep journal.db of the data folder, compare it with a backup, and find out who can reach this machine.",
  },
  checkAgain: { zh: "重新核对", en: "Check again" },
  nothing: { zh: "没有符合条件的记录。", en: "No line fits." },
  older: { zh: "更早的记录", en: "Older lines" },
  toldAs: { zh: (time: string) => `时间已更正，当时记为 ${time}`, en: (time: string) => `time put right, told as ${time} then` },
  nobody: { zh: "未登录者", en: "Nobody known" },
  from: { zh: (address: string) => `来自 ${address}`, en: (address: string) => `from ${address}` },
  siteFile: { zh: "较新的站点文件", en: "the newer site file" },
  console: { zh: "本机命令行", en: "the command line" },
  gateway: { zh: "网关", en: "the gateway" },
  was: { zh: "原为", en: "was" },
  becomes: { zh: "变为", en: "becomes" },
  none: { zh: "无", en: "none" },
  leftOut: { zh: (count: number) => `；另有 ${count} 次未逐条记录`, en: (count: number) => `; ${count} more were not written down` },
});

const actions = dictionaryOf({
  "session.open": { zh: "登录", en: "Signed in" },
  "session.close": { zh: "退出", en: "Signed out" },
  "session.end": { zh: "结束登录", en: "Ended a session" },
  "session.refused": { zh: "登录被拒", en: "Sign-in refused" },
  "user.first": { zh: "建立首个管理员", en: "Became the first administrator" },
  "user.add": { zh: "添加用户", en: "Added a user" },
  "user.role": { zh: "更改角色", en: "Changed a role" },
  "user.reset": { zh: "重发代码", en: "Gave a new code" },
  "user.remove": { zh: "删除用户", en: "Removed a user" },
  "user.password": { zh: "设定密码", en: "Set their password" },
  "token.add": { zh: "添加令牌", en: "Added a token" },
  "token.remove": { zh: "删除令牌", en: "Removed a token" },
  "alarm.acknowledge": { zh: "确认告警", en: "Acknowledged an alarm" },
  "inspection.answer": { zh: "填写巡检项", en: "Answered an item of a round" },
  "inspection.sign": { zh: "签署巡检表", en: "Signed an inspection sheet" },
  "inspection.review": { zh: "复核巡检表", en: "Reviewed an inspection sheet" },
  "inspection.correct": { zh: "更正巡检项", en: "Corrected an item of a round" },
  "inspection.close": { zh: "巡检表全天数据存档", en: "Wrote down the day's figures" },
  "audit.open": { zh: "查看审计日志", en: "Read the audit log" },
  "bus.record": { zh: "录制总线", en: "Recorded a bus" },
  "history.export": { zh: "导出测量数据", en: "Exported readings" },
  "audit.export": { zh: "导出审计日志", en: "Exported the audit log" },
  "audit.trim": { zh: "删除到期记录", en: "Dropped lines for their age" },
  "backup.restore": { zh: "从备份恢复", en: "Restored a backup" },
  "access.holder.add": { zh: "添加持卡人", en: "Added a card holder" },
  "access.holder.change": { zh: "更改持卡人", en: "Changed a card holder" },
  "access.holder.remove": { zh: "删除持卡人", en: "Removed a card holder" },
  "access.holder.import": { zh: "导入持卡人", en: "Imported card holders" },
  "access.visit.in": { zh: "登记来访", en: "Entered a visitor" },
  "access.visit.out": { zh: "登记离开", en: "Signed a visitor out" },
  "access.inside.reset": { zh: "清空室内名单", en: "Emptied the list of who is inside" },
  "access.power": { zh: "登记电源操作", en: "Noted a power operation" },
  "access.export": { zh: "导出出入记录", en: "Exported the entry log" },
  "onCall.swap": { zh: "登记替班", en: "Entered a swap" },
  "handOver.write": { zh: "填写交接", en: "Wrote a hand-over" },
  "handOver.confirm": { zh: "确认交接", en: "Confirmed a hand-over" },
  "handOver.missing": { zh: "换班未交接", en: "Hand-over missing" },
  "asset.change": { zh: "更改资产信息", en: "Changed an asset" },
  "configuration.change": { zh: "更改配置", en: "Changed the configuration" },
  "configuration.revert": { zh: "恢复配置版本", en: "Went back to a configuration" },
  "configuration.return": { zh: "自动退回配置", en: "Returned to a configuration by itself" },
  "site.provision": { zh: "载入配置", en: "Took over a bundle" },
  "site.provision.return": { zh: "退回原配置", en: "Returned to the former bundle" },
  "storage.delete": { zh: "删除损坏的文件", en: "Deleted a damaged file" },
  "bus.scan": { zh: "扫描总线", en: "Scanned a bus" },
  "bus.network": { zh: "扫描网络", en: "Scanned the network" },
  "bus.identify": { zh: "识别设备", en: "Identified a device" },
  "bus.read": { zh: "直接读取设备", en: "Read a device directly" },
  "bus.write": { zh: "写入设备", en: "Wrote into a device" },
  "bus.cancel": { zh: "取消调试任务", en: "Cancelled work on a bus" },
  "clock.synced": { zh: "时间已确定", en: "The time became known" },
  "clock.step": { zh: "时钟跳变", en: "The clock was set" },
  "clock.refused": { zh: "拒绝系统时间", en: "Refused the system's time" },
  "clock.agreed": { zh: "系统时间恢复一致", en: "The system's time agreed again" },
  "clock.accepted": { zh: "采用系统时间", en: "Accepted the system's time" },
  "clock.set": { zh: "设定时间", en: "Set the time" },
  "network.refused": { zh: "连接被拒", en: "Connection refused" },
});

/** What was done, in words; what this page does not know yet stands as it is in the log. */
export function actionWord(action: string): string {
  const known: Readonly<Record<string, string>> = actions.value;
  return known[action] ?? action;
}

const details = dictionaryOf({
  password: { zh: "用密码", en: "with the password" },
  token: { zh: "用令牌", en: "with a token" },
  "one-time code": { zh: "用一次性代码", en: "with a one-time code" },
  "new password": { zh: "改密码后", en: "after a new password" },
  "wrong password": { zh: "密码错误", en: "wrong password" },
  "wrong password; locked": { zh: "密码错误，已锁定", en: "wrong password; locked" },
  "wrong password at a change of password": { zh: "改密码时现有密码错误", en: "wrong password at a change of password" },
  "wrong token": { zh: "令牌错误", en: "wrong token" },
  "wrong code": { zh: "代码错误", en: "wrong code" },
});

export function detailWord(detail: string): string {
  const [, text = detail, count] = /^(.*?)(?:; (\d+) more were not written down)?$/.exec(detail) ?? [];
  const known: Readonly<Record<string, string>> = details.value;
  return (known[text] ?? text) + (count === undefined ? "" : ta.value.leftOut(Number(count)));
}
