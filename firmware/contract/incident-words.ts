import type { Words } from "./alarm.ts";
import type { Cause, WorkState } from "./incident-terms.ts";

export const WORK_STATE_WORDS: Readonly<Record<WorkState, Words>> = {
  new: { zh: "新建", en: "New" },
  inProgress: { zh: "处理中", en: "In progress" },
  waiting: { zh: "等待中", en: "Waiting" },
  resolved: { zh: "已解决", en: "Resolved" },
  closed: { zh: "已关闭", en: "Closed" },
};

export const CAUSE_WORDS: Readonly<Record<Cause, Words>> = {
  equipment: { zh: "设备故障", en: "Equipment failed" },
  wear: { zh: "老化或耗材到期", en: "Worn out or used up" },
  power: { zh: "供电", en: "Power supply" },
  cooling: { zh: "制冷", en: "Cooling" },
  environment: { zh: "环境或天气", en: "Environment or weather" },
  wiring: { zh: "接线或传感器", en: "Wiring or sensor" },
  network: { zh: "网络或通信", en: "Network or line" },
  configuration: { zh: "设置或限值不当", en: "Settings or limits" },
  maintenance: { zh: "维护作业", en: "Maintenance work" },
  people: { zh: "人为操作", en: "People" },
  falseAlarm: { zh: "误报", en: "False alarm" },
  unknown: { zh: "未查明", en: "Not found" },
};
