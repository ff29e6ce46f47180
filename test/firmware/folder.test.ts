import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { makeFolder } from "../../firmware/platform/folder.ts";

let work = "";
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-folder-"));
});
afterEach(() => rmSync(work, { recursive: true }));

test("a folder is made with all above it, for its owner alone, and may be there already", () => {
  const folder = join(work, "a", "b", "c");
  makeFolder(folder);
  makeFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("where a file stands it cannot be, nor below one", () => {
  writeFileSync(join(work, "file"), "");
  expect(() => makeFolder(join(work, "file"))).toThrow(/is a file/);
  expect(() => makeFolder(join(work, "file", "below"))).toThrow(/ENOTDIR|ENOENT/);
});

test.skipIf(!existsSync("/proc/self"))("below /proc it ends with a reason instead of never", async () => {
  expect(() => makeFolder("/proc/x/y")).toThrow(/ENOENT/);
  expect(await addToken("/proc/x", "wall", "viewer", systemClock)).toMatchObject({
    problem: { zh: expect.stringContaining("无法写入"), en: expect.stringContaining("/proc/x") },
  });
});
