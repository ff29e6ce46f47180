import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test.each([
  ["schema", 0],
  ["no-such-command 2>&1", 2],
])("`roomward %s | …` whose reader has gone ends quietly, with its own code", { timeout: 30_000 }, (command, code) => {
  // The reader is gone before the first word.
  const script = `exec 4>&1; { sleep 0.2; tsx firmware/cli.ts ${command}; echo "ended $?" >&4; } | true`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: `ended ${code}\n`, stderr: "" });
});
