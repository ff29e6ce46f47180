import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import type { Words } from "../contract/alarm.ts";
import { SITE_MAX } from "../site/schema.ts";
import { sha256Of } from "./revision.ts";

/** What is found at the site file's place. `sha256` is `absent` where there is none, `unreadable` where nobody can tell. */
export type FoundFile =
  | { readonly sha256: string; readonly text: string; readonly trouble: null }
  | { readonly sha256: string; readonly text: null; readonly trouble: Words };

/** Reads a site file; one that is far too large is not read. */
export function readSiteFile(file: string): FoundFile {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { sha256: isAbsent ? "absent" : "unreadable", text: null, trouble: cannotRead(file, error) };
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size > 2 * SITE_MAX.fileBytes) return { sha256: `of ${size} bytes`, text: null, trouble: tooLarge(file, size) };
    const bytes = readFileSync(descriptor);
    return { sha256: sha256Of(bytes), text: bytes.toString("utf8"), trouble: null };
  } catch (error) {
    return { sha256: "unreadable", text: null, trouble: cannotRead(file, error) };
  } finally {
    closeSync(descriptor);
  }
}

function cannotRead(file: string, error: unknown): Words {
  return {
    zh: `无法读取站点文件 ${file}：${String(error)}。请检查路径和权限。`,
    en: `The site file ${file} cannot be read: ${String(error)}. Check path and permissions.`,
  };
}

function tooLarge(file: string, bytes: number): Words {
  return {
    zh: `站点文件 ${file} 有 ${bytes} 字节，上限 ${SITE_MAX.fileBytes}。请检查是否放错了文件。`,
    en: `The site file ${file} has ${bytes} bytes; the limit is ${SITE_MAX.fileBytes}. Check whether it is the right file.`,
  };
}
