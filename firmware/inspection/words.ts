import type { Words } from "../contract/alarm.ts";
import type { InspectionTemplate } from "../contract/inspection.ts";
import { ANSWERS_PER_ITEM_MAX } from "./acts.ts";
import { answersOf, missingItems } from "./sheet.ts";
import type { InspectionAct, InspectionRefusal, StoredSheet } from "./step.ts";

const NAMED_MAX = 5;

export function unknownSheetWords(id: string): Words {
  return {
    zh: `没有巡检表 ${id}。请从巡检日历中打开已有的表；将来的日期还不能填写。`,
    en: `There is no sheet ${id}. Open one from the calendar; days to come cannot be filled yet.`,
  };
}

/** Why an act was not taken, and what to do next. Nothing was written. */
export function refusalWords(refusal: InspectionRefusal, stored: StoredSheet, form: InspectionTemplate, act: InspectionAct): Words {
  switch (refusal) {
    case "changed":
      return changedWords(stored, form, act);
    case "signed":
      return {
        zh: "此表已签名，不能再填写。如有错误，请用“更正”并说明原因。",
        en: "This sheet is signed and cannot be filled any more. Mend it with a correction that says why.",
      };
    case "notSigned":
      return { zh: "此表还没有签名。请先填完并签名。", en: "This sheet is not signed yet. Fill and sign it first." };
    case "reviewed":
      return { zh: "此表已复核。", en: "This sheet was reviewed already." };
    case "closed":
      return { zh: "这一天的数据已经存档。", en: "The figures of this day were written down already." };
    case "own":
      return {
        zh: "不能复核自己签名或更正的表，请由另一位工程师或管理员复核。",
        en: "Nobody reviews a sheet that they signed or corrected. Ask another engineer or administrator.",
      };
    case "incomplete":
      return incompleteWords(stored, form);
    case "unknownItem":
      return {
        zh: "此表没有这一项，或该项由系统自动填写。请重新打开此表。",
        en: "This sheet has no such item, or fills it by itself. Open the sheet again.",
      };
    case "badValue":
      return {
        zh: "这一项不能这样填：请选列出的选项，或填写数值、文字。",
        en: "This item does not take that: choose from its list, or give a number or a text.",
      };
    case "noteNeeded":
      return { zh: "请写明原因，再保存。", en: "Say why, then save." };
    case "full":
      return {
        zh: `这一项已改过 ${ANSWERS_PER_ITEM_MAX} 次，不能再改。`,
        en: `This item was answered ${ANSWERS_PER_ITEM_MAX} times; that is the limit.`,
      };
  }
}

function changedWords(stored: StoredSheet, form: InspectionTemplate, act: InspectionAct): Words {
  const answer = "item" in act ? answersOf(stored, form).get(act.item) : undefined;
  const by = answer?.by ?? stored.rows.findLast((row) => row.act.kind !== "close")?.by ?? "";
  return answer === undefined
    ? {
        zh: `${by} 刚刚改动了此表。未作任何更改；请看过最新内容后再签名。`,
        en: `${by} has just changed this sheet. Nothing was done; look at it as it is now, then sign.`,
      }
    : {
        zh: `${by} 刚刚填写了这一项。您的填写没有保存；请看过后再决定是否修改。`,
        en: `${by} has just answered this item. Yours was not saved; look at it, then change it if need be.`,
      };
}

function incompleteWords(stored: StoredSheet, form: InspectionTemplate): Words {
  const missing = missingItems(form, answersOf(stored, form));
  const named = missing.slice(0, NAMED_MAX);
  const more = missing.length - named.length;
  return {
    zh: `还有 ${missing.length} 项没有填写：${named.map(({ name }) => name.zh).join("、")}${more > 0 ? ` 等` : ""}。填完后再签名；看不到的项目可写明原因后标为“未查看”。`,
    en: `${missing.length} items are not filled yet: ${named.map(({ name }) => name.en).join("; ")}${more > 0 ? `, and ${more} more` : ""}. Fill them, then sign; what cannot be looked at is marked so, with the reason.`,
  };
}
