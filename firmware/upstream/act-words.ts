import type { IncidentEvent, ToldAct } from "../incidents/event.ts";
import { oneLine } from "./body.ts";

const TEXT_MAX = 1_000;

const KIND = {
  zh: {
    ...{ assign: "已指派", note: "备注", subject: "主题", priority: "优先级变更", wait: "等待中", continue: "继续处理", cause: "原因" },
    ...{
      workaround: "临时方案",
      solution: "永久方案",
      resolve: "已解决",
      close: "已关闭",
      reopen: "已重开",
      link: "关联问题",
      decide: "审批",
    },
  },
  en: {
    ...{ assign: "Assigned", note: "Note", subject: "Subject", priority: "Priority changed", wait: "Waiting", continue: "Continued" },
    ...{ cause: "Cause", workaround: "Workaround", solution: "Solution", resolve: "Resolved", close: "Closed", reopen: "Reopened" },
    ...{ link: "Linked", decide: "Decided" },
  },
} as const;
const LEVEL = {
  zh: { acknowledge: { warning: "响应即将超时", breach: "响应超时" }, resolve: { warning: "解决即将超时", breach: "解决超时" } },
  en: {
    acknowledge: { warning: "Soon too late to acknowledge", breach: "Not acknowledged in time" },
    resolve: { warning: "Soon too late to resolve", breach: "Not resolved in time" },
  },
} as const;

/** What was done to an incident, in a word or two. */
export function actWord({ kind, clock, reached }: ToldAct, language: "zh" | "en"): string {
  if (kind !== "serviceLevel") return KIND[language][kind];
  return clock === null || reached === null ? "" : LEVEL[language][clock][reached];
}

/** What was done, what was written with it, and by whom, on one line; empty where nothing was done. */
export function actLine({ act }: IncidentEvent, language: "zh" | "en"): string {
  if (act === null) return "";
  const said = act.kind === "serviceLevel" ? "" : oneLine(act.text, TEXT_MAX);
  const parts = [actWord(act, language), said, act.by ?? ""].filter((part) => part !== "");
  return parts.join(" · ");
}

/** Acts that are worth a letter of their own; who writes notes is not to fill everybody's mailbox. */
export function isMailed({ act }: IncidentEvent): boolean {
  return act === null || ["assign", "priority", "close", "reopen", "serviceLevel"].includes(act.kind);
}
