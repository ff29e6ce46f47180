import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { siteOf } from "../firmware/configuration-site.ts";

const CHILD = "test/faults/configuration-child.ts";
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
  return { runs: choice.runs?.text, revisions: stored.revisions.length, waiting: stored.acts.length, lines: lines.map(({ subject }) => subject) };
}

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
