import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provision } from "../../provisioning/stick/provision.ts";
import { FORMER, StageMachine, stageIn } from "./stick-stage.ts";

const CHILD = "test/provisioning/stick-crash-child.ts";
/** Every step there is, on the way to `kept` and on the way back. */
const STEPS = [
  "candidate written",
  "gateway stopped",
  "devices asked",
  "former kept",
  "record written",
  "taken over",
  "put in place",
  "gateway started",
  "kept",
  "put back",
  "brought back",
];

let work: string;
let next: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "roomward-stick-crash-"));
  const stage = stageIn(join(work, "blank"));
  await stage.trust();
  await stage.make();
  cpSync(join(work, "blank"), join(work, "whole"), { recursive: true });
  const steps = await stepsOf(join(work, "whole"), true);
  next = readFileSync(join(work, "whole", "etc", "site.yaml"), "utf8");
  cpSync(join(work, "blank"), join(work, "back"), { recursive: true });
  expect(new Set([...steps, ...(await stepsOf(join(work, "back"), false))])).toEqual(new Set(STEPS));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function stepsOf(folder: string, lives: boolean): Promise<readonly string[]> {
  const stage = stageIn(folder, false);
  const machine = new StageMachine(stage.siteFile);
  if (!lives) machine.livesOn = (site) => site === FORMER;
  const steps: string[] = [];
  await provision(stage.options({ atStep: (step) => void steps.push(step) }), machine);
  return steps;
}

describe.each(["lives", "dies"])("the power goes while the gateway %s with the new site file", (gateway) => {
  test.each(STEPS)("at: %s", { timeout: 30_000 }, async (step) => {
    const folder = join(work, `${gateway} ${step}`);
    cpSync(join(work, "blank"), folder, { recursive: true });
    const child = spawnSync(process.execPath, [CHILD, folder, step, gateway], { encoding: "utf8" });
    const reached = child.signal === "SIGKILL";
    if (!reached) expect(child.stderr).toBe("");
    const stage = stageIn(folder, false);
    // What the box boots with is the one or the other, whole.
    expect([FORMER, next]).toContain(stage.site());
    expect([FORMER, next]).toContain(await new StageMachine(stage.siteFile).configuration.running());

    // The installer plugs the stick in again: the same end as without the power cut, and no way back leads to an unproven file.
    const machine = new StageMachine(stage.siteFile);
    if (gateway === "dies") machine.livesOn = (site) => site === FORMER;
    const report = await provision(stage.options(), machine);
    if (gateway === "lives") {
      expect(report.verdict).toMatch(/^(kept|nothing)$/);
      expect(stage.site()).toBe(next);
      expect(await machine.configuration.running()).toBe(next);
      expect(readFileSync(`${stage.siteFile}.former`, "utf8")).toBe(FORMER);
    } else {
      expect(report.verdict).toBe("returned");
      expect(stage.site()).toBe(FORMER);
      expect(await machine.configuration.running()).toBe(FORMER);
    }
    const left = readdirSync(join(folder, "etc")).sort();
    expect(left).toEqual(["site.yaml", "site.yaml.former", "site.yaml.provisioned", "trusted.d"]);
    if (!["put back", "brought back", "kept"].includes(step)) expect(reached).toBe(true);
  });
});
