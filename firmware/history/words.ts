import type { Words } from "../contract/alarm.ts";
import type { JournalFaultReason } from "../journal/journal.ts";

/** Why minutes are not written, and that the room is watched all the same. */
export function failingWords(reason: JournalFaultReason, file: string, detail: string): Words {
  switch (reason) {
    case "diskFull":
      return {
        zh: `磁盘剩余空间不足，历史数据 ${file} 暂停记录，留出的空间供事件日志使用。监测和告警继续；请清理磁盘，记录会自动恢复。`,
        en: `The disk is nearly full: the history ${file} stops so that the event journal has room. Monitoring and alarms go on. Free some space, recording resumes by itself.`,
      };
    case "readOnly":
    case "locked":
      return {
        zh: `无法写入历史数据 ${file}（${detail}）。监测和告警继续；请检查权限以及存储卡是否变为只读。`,
        en: `The history ${file} cannot be written (${detail}). Monitoring and alarms go on. Check the permissions and whether the card has become read-only.`,
      };
    case "unusable":
      return {
        zh: `历史数据 ${file} 无法使用（${detail}）。监测和告警继续；请升级 roomward，或将该文件移走。`,
        en: `The history ${file} cannot be used (${detail}). Monitoring and alarms go on. Update roomward, or move the file away.`,
      };
    default:
      return {
        zh: `写入历史数据 ${file} 失败（${detail}）。监测和告警继续，系统会重试；若反复出现，请更换存储卡。`,
        en: `Writing the history ${file} failed (${detail}). Monitoring and alarms go on and it is tried again; if this repeats, replace the card.`,
      };
  }
}

/** Told once, until there is room again. */
export function reusingWords(file: string): Words {
  return {
    zh: `磁盘剩余空间不足，历史数据 ${file} 不再增长：最早的全速率读数让位给新的读数，分钟数据保留。请清理磁盘。`,
    en: `The disk is nearly full: the history ${file} does not grow any more. Its oldest readings at full rate make room for new ones; minutes are kept. Free some space.`,
  };
}

export const worksAgainWords = (lost: number): Words => ({
  zh: lost === 0 ? "历史数据恢复记录，没有缺失。" : `历史数据恢复记录，其间缺失 ${lost} 分钟。`,
  en: lost === 0 ? "The history is recorded again; nothing is missing." : `The history is recorded again; ${lost} minutes are missing.`,
});

export function setAsideHistoryWords(file: string, aside: string): Words {
  return {
    zh: `历史数据 ${file} 已损坏，已另存为 ${aside}，并新建了文件。此前的历史在旧文件中；请备份该文件并检查存储卡。`,
    en: `The history ${file} was damaged. It was kept as ${aside} and a new one was started. Earlier history is in the old file: keep a copy of it and check the card.`,
  };
}

export function goneHistoryWords(file: string): Words {
  return {
    zh: `运行中的历史数据文件 ${file} 被删除或替换，已重新建立。此前的历史请从备份恢复。`,
    en: `The history ${file} was deleted or replaced while in use. A new one was started; restore earlier history from a backup.`,
  };
}

export function bentWords(file: string): Words {
  return {
    zh: `历史数据 ${file} 中有一段校验不符，按缺失处理。请检查存储卡。`,
    en: `A part of the history ${file} does not match its checksum and is shown as a gap. Check the card.`,
  };
}

export function leftOutWords(file: string, count: number, max: number): Words {
  return {
    zh: `历史数据 ${file} 最多记录 ${max} 个测点，本站有 ${count} 个测点未记录。请将该文件移走以重新开始。`,
    en: `The history ${file} knows at most ${max} points; ${count} points of this site are not recorded. Move the file away to begin anew.`,
  };
}

export function stoppedWords(detail: string): Words {
  return {
    zh: `历史数据线程已停止（${detail}），会自动重启。监测和告警继续。`,
    en: `The thread of the history has stopped (${detail}) and is started again. Monitoring and alarms go on.`,
  };
}

export const busyWords: Words = {
  zh: "历史查询过多，请稍候再试。",
  en: "Too many questions to the history are waiting. Try again in a moment.",
};

export const closedWords: Words = { zh: "系统正在停止，无法读取历史数据。", en: "The box is stopping; the history cannot be read." };
