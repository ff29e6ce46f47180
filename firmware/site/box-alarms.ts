import type { BoxCondition } from "../alarms/rule.ts";
import type { Severity, Words } from "../contract/alarm.ts";

interface BoxAlarm {
  readonly severity: Severity;
  readonly text: Words;
  readonly action: Words;
}

/** What the box says of itself, as alarms like any other: their key is `site/box/<condition>/-/<condition>`. */
export const BOX_ALARMS: Readonly<Record<BoxCondition, BoxAlarm>> = {
  history: {
    severity: "minor",
    text: { zh: "历史数据停止记录", en: "Nothing is added to the history" },
    action: {
      zh: "检查磁盘剩余空间和存储卡，日志里有具体原因。监测和告警不受影响；恢复后自动继续记录，其间为缺失。",
      en: "Check the free space and the card; the log says what is wrong. Monitoring and alarms go on; recording resumes by itself and leaves a gap.",
    },
  },
  journal: {
    severity: "major",
    text: { zh: "事件日志无法写入", en: "The event journal cannot be written" },
    action: {
      zh: "检查磁盘剩余空间和存储卡。监测继续，告警照常显示，恢复前的事件只在内存中：请勿断电；恢复后自动补写。",
      en: "Check the free space and the card. Monitoring goes on and alarms are shown; until it works again events are in memory only: do not cut the power. They are written by themselves afterwards.",
    },
  },
  damaged: {
    severity: "major",
    text: { zh: "有数据文件损坏，已另存并新建", en: "A damaged data file was set aside and a new one begun" },
    action: {
      zh: "在“存储”页查看是哪个文件，把数据目录备份下来并检查或更换存储卡；确认后在该页删除损坏的文件，告警随之恢复。",
      en: "The page Storage says which file. Back up the data folder, check or replace the card, then delete the damaged file on that page: the alarm ends with it.",
    },
  },
  configuration: {
    severity: "major",
    text: { zh: "配置无法使用，正按最近一次有效配置运行", en: "The configuration cannot be used; the last good one is running" },
    action: {
      zh: "在“配置”页查看问题所在并改正站点文件，或恢复其中一个版本。",
      en: "The page Configuration says what is wrong. Mend the site file, or go back to one of the versions there.",
    },
  },
  clock: {
    severity: "major",
    text: { zh: "系统时间跳变超过一天，已拒绝采用", en: "The system clock jumped by more than a day and is not followed" },
    action: {
      zh: "在“存储”页核对时间，检查 NTP 服务器；确认系统时间正确后在该页采用。",
      en: "Compare the time on the page Storage and check the NTP server; when the system's time is right, accept it there.",
    },
  },
  traps: {
    severity: "minor",
    text: { zh: "收不到 SNMP 陷阱", en: "SNMP traps cannot be heard" },
    action: {
      zh: "日志里有具体原因：端口被占用（`ss -lunp` 可查）、无权限或地址不符。停用占用者，或改站点文件的 snmpTraps。轮询不受影响。",
      en: "The log says why: the port is taken (`ss -lunp` shows by whom), not permitted, or not of this box. Stop that program or change snmpTraps in the site file. Polling is not touched.",
    },
  },
  flood: {
    severity: "major",
    text: { zh: "告警风暴", en: "Flood of alarms" },
    action: {
      zh: "先处理首发告警：其余多为其后果。上级只收到此一条及其更新，各条告警在“告警”页。",
      en: "See to the alarm that came first: most others follow from it. Targets get this one message and its updates; the page Alarms lists them all.",
    },
  },
  restarted: {
    severity: "warning",
    text: { zh: "开始监测时已有告警", en: "Alarms were there when watching began" },
    action: {
      zh: "核对所列告警：监测开始前它们就已存在，发生时间不详。",
      en: "Look at the alarms listed: they were there before watching began, and nobody knows since when.",
    },
  },
};
