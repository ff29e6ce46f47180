import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { expectComplete, workFolder } from "./power-cut.ts";
import { record, type Step } from "./recording.ts";

const EVERY_CALL = fileURLToPath(new URL("./every-call.ts", import.meta.url));

let work: string;
beforeEach(() => {
  work = workFolder();
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

describePeer("the recorder", ["cc"], () => {
  test("misses nothing: replayed as a whole, the record of every way to change a file is the disk that is there", {
    timeout: 120_000,
  }, async () => {
    const recording = await record(work, process.execPath, [EVERY_CALL, join(work, "disk")]);
    expectComplete(recording, join(work, "disk"));
    const kinds = new Set(recording.steps.map(({ kind }) => kind));
    for (const kind of ["open", "write", "size", "rename", "link", "unlink", "folder", "syncBegin", "syncEnd"] as const)
      expect(kinds).toContain(kind);
  });

  test("a record that lacks one write, one rename or one cut is noticed", { timeout: 120_000 }, async () => {
    const recording = await record(work, process.execPath, [EVERY_CALL, join(work, "disk")]);
    const isOne = {
      write: (step: Step) => step.kind === "write" && step.bytes.toString() === "by a relative name",
      rename: (step: Step) => step.kind === "rename" && step.to === "by-mv",
      size: (step: Step) => step.kind === "size" && step.size === 1_000_000,
    };
    for (const [kind, is] of Object.entries(isOne)) {
      const index = recording.steps.findIndex(is);
      expect(index, kind).toBeGreaterThan(0);
      const lacking = { ...recording, steps: recording.steps.toSpliced(index, 1) };
      expect(() => expectComplete(lacking, join(work, "disk")), kind).toThrow("is not complete");
    }
  });

  test.each([
    ["symlink", "symlink"],
    ["leaves", "border"],
  ])("a change that it does not understand (%s) fails the run", { timeout: 60_000 }, async (how, word) => {
    mkdirSync(join(work, "disk"));
    writeFileSync(join(work, "disk", "outside"), "");
    await expect(record(work, process.execPath, [EVERY_CALL, join(work, "disk"), how])).rejects.toThrow(word);
  });

  test("what fails to run, or ends badly, is no recording", { timeout: 60_000 }, async () => {
    await expect(record(work, process.execPath, ["-e", "process.exit(3)"])).rejects.toThrow("ended with 3");
  });
});
