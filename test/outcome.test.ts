import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OUTCOME, outcomeSchema } from "./outcome.ts";

const REPORTER = resolve("test/outcome.ts");

let room: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), "roomward-outcome-"));
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

test("what fails is named with its error, be it a test, a group's set-up, a file or a stray error; nothing is counted twice", () => {
  const files = {
    "vitest.config.mjs": `import { OutcomeReporter } from ${JSON.stringify(REPORTER)};
      export default { test: { globals: true, reporters: [new OutcomeReporter()] } };`,
    "mixed.test.js": `test("good", () => {}); test.skip("later", () => {}); test("bad", () => { expect(1).toBe(2); });
      describe("group", () => { beforeAll(() => { throw new Error("no server\\n\\nsecond line"); }); test("never", () => {}); });`,
    "loads.test.js": 'import "./gone.js"; test("x", () => {});',
    "begins.test.js": 'beforeAll(() => { throw new Error("file set-up"); }); test("x", () => {});',
    "stray.test.js":
      'test("x", () => { setTimeout(() => { throw new Error("stray"); }, 0); return new Promise((done) => setTimeout(done, 50)); });',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(room, name), text);
  const { status } = spawnSync("vitest", ["run", "--root", room], { cwd: room, stdio: "ignore" });
  expect(status).toBe(1);
  const { passed, skipped, failures } = outcomeSchema.parse(JSON.parse(readFileSync(join(room, OUTCOME), "utf8")));
  expect({ passed, skipped }).toEqual({ passed: 2, skipped: 3 });
  expect(failures.map(({ name, error }) => `${name}: ${error}`).sort()).toEqual([
    "begins.test.js: file set-up",
    expect.stringMatching(/^loads\.test\.js: Cannot find module '\.\/gone\.js'/),
    "mixed.test.js > bad: expected 1 to be 2 // Object.is equality",
    "mixed.test.js > group: no server\nsecond line",
    "outside of any test: stray",
  ]);
});
