import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { siteOf } from "../firmware/configuration-site.ts";
import { times } from "./counts.ts";

const CHILD = "test/faults/configuration-child.ts";
/** From the request to the line in the audit log. */
const CHANGE_TAKES_MS = 900;
/** In the order in which a change meets them; `stored` is the page's alone. */
const STEPS = ["stored", "looked", "ending", "ended", "started", "booked"] as const;

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-kill-"));
  mkdirSync(join(work, "data"), { mode: 0o700 });
  writeFileSync(join(work, "site.yaml"), siteOf("old"));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function play(step: string, way: string) {
  return spawnSync(process.execPath, [CHILD, work, step, way], { encoding: "utf8", timeout: 50_000 });
}

async function state() {
  const { choice, stored } = await new ConfigurationStore(join(work, "site.yaml"), join(work, "data"), systemClock).look();
  const db = new DatabaseSync(join(work, "data", "journal.db"), { readOnly: true });
  const lines = db.prepare("SELECT subject FROM audit WHERE action LIKE 'configuration.%' ORDER BY number").all();
  db.close();
  return {
    runs: choice.runs?.text,
    revisions: stored.revisions.length,
    waiting: stored.acts.length,
    lines: lines.map(({ subject }) => subject),
  };
}

test("the power goes at any moment of a change: the one or the other runs, and the audit log knows it", {
  timeout: 1_800_000,
}, async () => {
  for (let round = 0; round < times({ short: 4, full: 100 }); round += 1) {
    rmSync(join(work, "data"), { recursive: true });
    mkdirSync(join(work, "data"), { mode: 0o700 });
    writeFileSync(join(work, "site.yaml"), siteOf("old"));
    const child = spawn(process.execPath, [CHILD, work, "none", round % 2 === 0 ? "file" : "api"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    setTimeout(() => child.kill("SIGKILL"), Math.random() * CHANGE_TAKES_MS);
    await ended;
    const asLeft = (await state()).runs ?? "";
    expect([siteOf("old"), siteOf("new")]).toContain(asLeft);
    const again = play("none", "look");
    expect([again.status, again.stderr]).toEqual([0, ""]);
    const { runs, revisions, waiting, lines } = await state();
    expect([runs, waiting]).toEqual([asLeft, 0]);
    expect(new Set(lines)).toEqual(new Set(Array.from({ length: revisions }, (_, index) => `${index + 1}`)));
  }
});

describe.each(["file", "api"])("the power goes while the configuration is changed by the %s", (way) => {
  test.each(STEPS.filter((step) => way === "api" || step !== "stored"))("at: %s", { timeout: 120_000 }, async (step) => {
    const killed = play(step, way);
    expect([killed.signal, killed.stderr]).toEqual(["SIGKILL", ""]);
    // Every step comes after the write: the new one runs, whatever the start had come to.
    expect((await state()).runs).toBe(siteOf("new"));
    const again = play("none", "look");
    expect([again.status, again.stderr]).toEqual([0, ""]);
    const { runs, revisions, waiting, lines } = await state();
    expect([runs, revisions, waiting]).toEqual([siteOf("new"), 2, 0]);
    // In the audit log at least once, never not.
    expect(new Set(lines)).toEqual(new Set(["1", "2"]));
  });
});
