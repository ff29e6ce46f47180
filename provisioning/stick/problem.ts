import type { Words } from "../../firmware/contract/alarm.ts";
import { reasonOf } from "../backup/problem.ts";

/** Expected trouble with a key, a bundle or a stick. Nothing was changed when it is thrown; each of `words` says what happened and what to do. */
export class StickProblem extends Error {
  readonly words: readonly Words[];

  constructor(...words: readonly Words[]) {
    super(words.map(({ en }) => en).join("\n"));
    this.words = words;
  }
}

export function cannotRead(file: string, error: unknown): StickProblem {
  return new StickProblem({
    zh: `无法读取 ${file}（${reasonOf(error)}）。未作任何更改；请检查路径和权限，U 盘请重新插入，仍不行就换一个。`,
    en: `${file} cannot be read (${reasonOf(error)}). Nothing was changed; check path and permissions, plug the stick in again, and if that does not help take another one.`,
  });
}

export function cannotWrite(file: string, error: unknown): StickProblem {
  return new StickProblem({
    zh: `无法写入 ${file}（${reasonOf(error)}）。请检查空间和权限后重试。`,
    en: `${file} cannot be written (${reasonOf(error)}). Check space and permissions and try again.`,
  });
}
