import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { verifyAuditFile } from "../../firmware/journal/verify.ts";
import { acknowledged, entry, journalIn, raised, temporaryFolder } from "./journal-entries.ts";

/** The last program that counted its steps in `user_version` alone. */
const FORMER = "2a65ce1c2ee1b2ab7d46d45f3079af2ff927a5f8";
const act = (subject: string) => ({ atMs: 1, by: "li", action: "user.role", subject, detail: "" });
const hasFormer = spawnSync("git", ["cat-file", "-e", FORMER]).status === 0;

test.skipIf(!hasFormer)(
  "after a roll back the former program itself opens today's journal, finds the audit log whole and writes; today's reads on",
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder();
    const data = join(folder.path, "data");
    const now = await journalIn(data);
    expect(await now.commit(entry([raised()], { targets: ["itsm"], audit: [act("today")] }))).toMatchObject({ ok: true });
    await now.tidy({
      retention: { eventDays: 1, auditDays: 1, accessDays: 1, sheetDays: 1, bytesMax: 1e9 },
      targets: [],
      day: "2026-11-25",
      wallMs: 0,
    });
    await now.close();
    const answer = runFormer(folder.path, data, JSON.stringify(entry([acknowledged()], { targets: ["itsm"], audit: [act("former")] })));
    expect(answer).toEqual({ live: 1, ok: true, audit: { ok: true, rows: 2 } });
    const again = await journalIn(data);
    expect(await again.liveAlarms()).toEqual([acknowledged().record]);
    expect((await again.usage(["itsm"])).deliveries.waiting).toBe(2);
    await again.close();
    expect(verifyAuditFile(data, null)).toMatchObject({ verdict: { ok: true, rows: 2 } });
    folder.remove();
  },
);

function runFormer(work: string, data: string, what: string): unknown {
  const program = join(work, "former");
  mkdirSync(program);
  execFileSync("tar", ["-x", "-C", program], {
    input: execFileSync("git", ["archive", FORMER, "firmware", "drivers", "package.json"], { maxBuffer: 1e8 }),
  });
  symlinkSync(resolve("node_modules"), join(program, "node_modules"));
  const script = join(program, "script.ts");
  writeFileSync(
    script,
    `import { openJournal } from ${JSON.stringify(pathToFileURL(join(program, "firmware/journal/open.ts")).href)};
    import { verifyAuditFile } from ${JSON.stringify(pathToFileURL(join(program, "firmware/journal/verify.ts")).href)};
    import { systemClock } from ${JSON.stringify(pathToFileURL(join(program, "firmware/platform/clock.ts")).href)};
    const opened = await openJournal({ directory: ${JSON.stringify(data)}, bootId: "former", clock: systemClock });
    if ("fault" in opened) throw new Error(opened.fault.message.en);
    const live = (await opened.journal.liveAlarms()).length;
    const { ok } = await opened.journal.commit(${what});
    await opened.journal.close();
    const { ok: isWhole, rows } = verifyAuditFile(${JSON.stringify(data)}, null).verdict;
    console.log(JSON.stringify({ live, ok, audit: { ok: isWhole, rows } }));`,
  );
  return JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8" }));
}
