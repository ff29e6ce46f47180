import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkBundle } from "../../provisioning/stick/check.ts";
import { provision } from "../../provisioning/stick/provision.ts";
import { StageMachine, stageIn } from "./stick-stage.ts";

test("a bundle beside 100000 files and an archive is as quick as alone, and none of them is touched", { timeout: 180_000 }, async () => {
  const work = mkdtempSync(join(tmpdir(), "roomward-stick-"));
  try {
    const stage = stageIn(work);
    await stage.trust();
    await stage.make();
    for (let n = 0; n < 50_000; n += 1) {
      writeFileSync(stage.at("stick", `f${n}`), "");
      writeFileSync(stage.at("stick", "roomward", `f${n}.sealed`), "");
    }
    writeFileSync(stage.at("stick", "roomward.zip"), "PK\x03\x04../../etc/passwd");
    const start = performance.now();
    expect(await provision(stage.options(), new StageMachine(stage.siteFile))).toMatchObject({ verdict: "kept" });
    const lines: string[] = [];
    const teller = { say: ({ en }: { en: string }) => void lines.push(en), fail: ({ en }: { en: string }) => void lines.push(`! ${en}`) };
    expect(await checkBundle(stage.stick, stage.at("office", "office.trust"), teller)).toBe(true);
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(lines.length).toBeLessThan(20);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
