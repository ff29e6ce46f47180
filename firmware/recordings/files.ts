import { readFileSync } from "node:fs";
import type { Words } from "../contract/alarm.ts";
import { RECORDING_BYTES_MAX } from "./recorder.ts";

/** The text of a file; null when there is none to be had, and why was said. */
export function readText(file: string, fail: (words: Words) => void): string | null {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= RECORDING_BYTES_MAX) return bytes.toString("utf8");
    fail({ zh: `${file} 超过 ${RECORDING_BYTES_MAX} 字节`, en: `${file} is larger than ${RECORDING_BYTES_MAX} bytes` });
  } catch (error) {
    fail({ zh: `无法读取 ${file}：${String(error)}`, en: `${file} cannot be read: ${String(error)}` });
  }
  return null;
}
