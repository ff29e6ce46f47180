import type { SourceText } from "../../drivers/source-text.ts";
import type { Words } from "../contract/alarm.ts";

const SHOWN_MAX = 12;

/** Says so where a section of the site file has no entry of this name. */
export function refer(source: SourceText, path: readonly PropertyKey[], section: string, known: readonly string[], id: string): void {
  if (known.includes(id)) return;
  const names = known.slice(0, SHOWN_MAX);
  const words: Words = {
    zh: `${section} 中没有 ${id}；现有：${names.join("、") || "无"}`,
    en: `there is no ${id} in ${section}; there are: ${names.join(", ") || "none"}`,
  };
  source.add(path, words);
}
