import { closeSync, existsSync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type CommitPath, WHOLE } from "../power-cut.ts";

const LINES = 300;

/** A log to which lines with a checksum are added; what comes after the first bent line is not believed. */
export function appendLog(flush: boolean): CommitPath {
  return {
    name: flush ? "log-flushed" : "log-unflushed",
    drive(disk, say) {
      const log = openSync(join(disk, "log"), "a");
      if (flush) {
        const folder = openSync(disk, "r");
        fsyncSync(folder);
        closeSync(folder);
      }
      for (let n = 0; n < LINES; n += 1) {
        const text = `line-${n} ${"x".repeat(200)}`;
        writeSync(log, `${crc32(text)} ${text}\n`);
        if (flush) fdatasyncSync(log);
        say(`line-${n}`);
      }
      closeSync(log);
    },
    recover(disk, said) {
      const text = existsSync(join(disk, "log")) ? readFileSync(join(disk, "log"), "utf8") : "";
      const lines = text.split("\n").slice(0, -1);
      const bent = lines.findIndex((line) => Number(line.slice(0, line.indexOf(" "))) !== crc32(line.slice(line.indexOf(" ") + 1)));
      const there = new Set((bent < 0 ? lines : lines.slice(0, bent)).map((line) => line.split(" ")[1]));
      const lost = said.filter((line) => !there.has(line));
      return lost.length === 0 ? WHOLE : { outcome: "lost", count: lost.length, what: lost[0] ?? "" };
    },
  };
}
