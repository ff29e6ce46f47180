import type { Found } from "../../drivers/switch.ts";
import type { Words } from "../contract/alarm.ts";
import type { AuditEntry } from "../journal/journal.ts";
import type { Site } from "../site/model.ts";
import type { Command, Step } from "./book.ts";
import type { Linkage } from "./output.ts";
import type { Why } from "./wanted.ts";
import { blockedWords, doesWords, onOff, unsignedWords, whyWords } from "./words.ts";
import { keyOfEvent } from "./world.ts";

const GATEWAY = { by: "gateway", from: "gateway" } as const;
/** Alarms that a line names; the others are counted. */
const NAMED_MAX = 10;

/** An output was switched, or would not be: what, why, and what was read back. */
export function switchLine(
  { output, isOn, why }: Command,
  from: boolean | null,
  { isOn: real, fault }: Found,
  site: Site,
  atMs: number,
): AuditEntry {
  const isTaken = real === isOn;
  return {
    ...{ atMs, by: whoOf(why), from: GATEWAY.from, subject: output },
    action: isTaken ? "output.switch" : "output.failed",
    detail: `${whyWords(why, site).en}${isTaken || fault === null ? "" : `; ${fault.detail}`}`,
    before: onOff(from).en,
    after: isTaken ? onOff(real).en : `${onOff(real).en} (told ${onOff(isOn).en})`,
  };
}

function whoOf(why: Why): string {
  return why.kind === "forced" || why.kind === "test" || why.kind === "locked" ? why.by : GATEWAY.by;
}

/** What a linkage did, or why it did not. */
export function stepLine(
  { linkage: id, step }: Step,
  site: Site,
  isSigned: boolean,
  atMs: number,
): { readonly line: AuditEntry; readonly words: Words } {
  const linkage = site.linkages.find((one) => one.id === id);
  if (linkage === undefined) throw new Error(`a step of linkage ${id}, which the site does not have`);
  const does = doesWords(linkage, site);
  const { action, words } = told(step, linkage, site, isSigned);
  const detail = { zh: `${does.zh}；${words.zh}`, en: `${does.en}; ${words.en}` };
  return {
    line: { atMs, ...GATEWAY, action, subject: id, detail: detail.en, before: null, after: null },
    words: { zh: `联动 ${linkage.name.zh}：${detail.zh}`, en: `linkage ${linkage.name.en}: ${detail.en}` },
  };
}

function told(step: Step["step"], linkage: Linkage, site: Site, isSigned: boolean): { readonly action: string; readonly words: Words } {
  switch (step.kind) {
    case "acts": {
      const because = named(step.events);
      const zh = step.again ? `已动作，新增 ${because}` : `动作，因 ${because}`;
      const en = step.again ? `had acted already, now also for ${because}` : `acts because of ${because}`;
      return { action: "linkage.act", words: { zh, en } };
    }
    case "passes": {
      const why = isSigned ? { zh: "未启用（没有人授权）", en: "nobody has armed it" } : unsignedWords();
      return {
        action: "linkage.pass",
        words: { zh: `未动作，${named(step.events)}：${why.zh}`, en: `does not act on ${named(step.events)}: ${why.en}` },
      };
    }
    case "blocked": {
      const why = blockedWords(step.why, linkage, site);
      return { action: "linkage.block", words: { zh: `未动作：${why.zh}`, en: `does not act: ${why.en}` } };
    }
    case "ends":
      return { action: "linkage.end", words: { zh: "条件消失，动作结束", en: "its condition is over, and so is what it did" } };
    default:
      return step satisfies never;
  }
}

function named(events: readonly string[]): string {
  const left = events.length - NAMED_MAX;
  return `${events.slice(0, NAMED_MAX).map(keyOfEvent).join(", ")}${left > 0 ? ` +${left}` : ""}`;
}
