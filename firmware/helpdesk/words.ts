import type { Words } from "../contract/alarm.ts";
import type { DeskRefusal } from "../incidents/desk-step.ts";

const REFUSED: Readonly<Record<DeskRefusal, Words>> = {
  unknown: { zh: "没有这个编号。", en: "There is none of this number." },
  state: {
    zh: "当前状态下不能这样做，未作更改。请看过最新状态后再试；已关闭的须先重开。",
    en: "That cannot be done in its present state and nothing was changed. Look at it as it is now; what is closed must be reopened first.",
  },
  same: { zh: "已经是这样了，未作更改。", en: "It is so already; nothing was changed." },
  full: {
    zh: "记录已达上限，不能再添加。请关闭它，并新建或关联问题。",
    en: "As much was written about it as there may be. Close it, and go on in a problem.",
  },
  tooMany: { zh: "数量已达上限，不能再新建。", en: "There are as many as there may be; no new one was made." },
  standing: {
    zh: "它的告警尚未恢复，不能关闭。请等告警恢复后再关闭。",
    en: "Its alarms have not returned to normal, so it cannot be closed. Close it when they have.",
  },
  own: {
    zh: "不能批准自己写的内容。请另一位有权限的人员批准。",
    en: "Nobody approves what they wrote. Have somebody else who may approve it.",
  },
  nothing: { zh: "没有等待批准的内容。", en: "Nothing waits for approval." },
  reason: { zh: "请写明原因。", en: "Say why: a reason is needed." },
  changed: {
    zh: "内容在此期间已变更，未作更改。请看过最新内容后再试。",
    en: "The text was changed in the meantime and nothing was done. Read it as it is now, then try again.",
  },
};

/** Why an act on `what` was not taken, and what to do next. */
export function refusedWords(refused: DeskRefusal, what: string): Words {
  const { zh, en } = REFUSED[refused];
  return what === "" ? { zh, en } : { zh: `${what}：${zh}`, en: `${what}: ${en}` };
}

export function noPersonWords(name: string): Words {
  return {
    zh: `没有可处理事件的用户 ${name}。请从名单中选择，或改派给小组。`,
    en: `There is no user ${name} who may work on incidents. Choose one of the list, or assign a group.`,
  };
}

export function unknownIncidentWords(id: string): Words {
  return {
    zh: `没有事件 ${id}：编号有误，或已到期删除。`,
    en: `There is no incident ${id}: the number is wrong, or it was dropped for its age.`,
  };
}
