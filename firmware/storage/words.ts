import type { Words } from "../contract/alarm.ts";

export function prunedWords(names: readonly string[]): Words {
  const list = names.join(", ");
  return {
    zh: `为不占满存储卡，较早的损坏文件已删除：${list}。`,
    en: `So that they do not fill the card, older damaged files were deleted: ${list}.`,
  };
}

export function notNotedWords(): Words {
  return {
    zh: "此操作未能写入审计日志，因此没有删除。请检查磁盘后重试。",
    en: "This could not be written into the audit log, so nothing was deleted. Check the disk and try again.",
  };
}
