import type { Words } from "../contract/alarm.ts";

export function prunedWords(names: readonly string[]): Words {
  const list = names.join(", ");
  return {
    zh: `为不占满存储卡，较早的损坏文件已删除：${list}。`,
    en: `So that they do not fill the card, older damaged files were deleted: ${list}.`,
  };
}
