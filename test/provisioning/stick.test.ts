import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf } from "../../provisioning/backup/envelope.ts";
import { checkBundle } from "../../provisioning/stick/check.ts";
import { newKeys, readPlannerKey, readTrustedKeys } from "../../provisioning/stick/keys.ts";
import { StickProblem } from "../../provisioning/stick/problem.ts";
import { provision } from "../../provisioning/stick/provision.ts";
import type { Report } from "../../provisioning/stick/report.ts";
import {
  beBox,
  FORMER,
  NOW,
  OTHER_MAC,
  probeOf,
  SECRET,
  SERIAL,
  type Stage,
  StageMachine,
  silent,
  stageIn,
  TEMPLATE,
  tree,
} from "./stick-stage.ts";

let work: string;
let stage: Stage;
let machine: StageMachine;

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), "roomward-stick-"));
  stage = stageIn(work);
  machine = new StageMachine(stage.siteFile);
  await stage.trust();
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const plugIn = (change = {}): Promise<Report> => provision(stage.options(change), machine);
const said = (report: Report): string => report.words.map(({ en }) => en).join("\n");

/** The words of a refusal; anything else fails the test. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StickProblem) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

/** Nothing on the box is other than before, and the gateway was left alone. */
async function expectRefused(words: RegExp, change = {}): Promise<Report> {
  const before = tree(stage.at("etc"));
  const report = await plugIn(change);
  expect(said(report)).toMatch(words);
  expect(report.verdict).toBe("refused");
  expect(tree(stage.at("etc"))).toEqual(before);
  expect(machine.log).toEqual([]);
  for (const { zh, en } of report.words) {
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en.replace("深圳一号机房", "")).not.toMatch(/\p{Script=Han}/u);
  }
  return report;
}

describe("a stick that is right", () => {
  test("brings its box the site of its row: verified, asked with the gateway stopped, put in place, started, kept", async () => {
    await stage.make();
    const report = await plugIn();
    expect(report).toMatchObject({ verdict: "kept", row: { box: SERIAL, name: "深圳一号机房" } });
    expect(said(report)).toBe("Installed; the gateway runs with it. All 2 devices answer.");
    expect(stage.site()).toContain('site: { id: "sz1", name: "深圳一号机房" }');
    expect(stage.site()).toContain(SECRET);
    expect(machine.log).toEqual(["stop", "probe", "start"]);
    expect(machine.isUp).toBe(true);
    expect(readFileSync(`${stage.siteFile}.former`, "utf8")).toBe(FORMER);
    expect(existsSync(`${stage.siteFile}.candidate`)).toBe(false);
  });

  test("leaves the site file with owner and mode of the one before it", async () => {
    chmodSync(stage.siteFile, 0o640);
    await stage.make();
    await plugIn();
    expect(statSync(stage.siteFile).mode & 0o777).toBe(0o640);
  });

  test("is known to the audit log: who signed it, what it was, what it is, what changed", async () => {
    await stage.make();
    await plugIn();
    expect(machine.acts).toHaveLength(1);
    const [act] = machine.acts;
    expect(act).toMatchObject({ from: "stick", action: "site.provision", subject: "sz1" });
    expect(act?.by).toMatch(/^office \([0-9a-f ]{24}\)$/);
    expect(act?.before).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(act?.after).not.toBe(act?.before);
    expect(act?.detail).toContain("area cold-aisle is new");
  });

  test("finds its row by a network card when the board has no serial number", async () => {
    rmSync(stage.at("box"), { recursive: true });
    beBox(stage.at("box"), "To be filled by O.E.M.", ["02:00:00:00:00:01", OTHER_MAC]);
    await stage.make();
    expect(await plugIn()).toMatchObject({ verdict: "kept", row: { name: "Shenzhen 2" } });
    expect(stage.site()).toContain('id: "sz2"');
  });

  test("without a table is for any box that trusts the key", async () => {
    writeFileSync(stage.at("office", "one.yaml"), FORMER.replace("old", "sz9"));
    await stage.make({ siteFile: stage.at("office", "one.yaml"), boxesFile: null });
    expect(await plugIn()).toMatchObject({ verdict: "kept" });
    expect(stage.site()).toContain("sz9");
  });

  test("also reaches a box that has no site file yet", async () => {
    rmSync(stage.siteFile);
    await stage.make();
    expect(await plugIn()).toMatchObject({ verdict: "kept" });
    expect(statSync(stage.siteFile).mode & 0o777).toBe(0o640);
  });

  test("shows what would change and changes nothing, when only that was asked for", async () => {
    await stage.make();
    const before = tree(stage.at("etc"));
    const report = await plugIn({ dryRun: true });
    expect(report.verdict).toBe("dryRun");
    expect(report.difference.map(({ en }) => en)).toEqual([
      "site sz1 is new",
      "site old is removed",
      "area cold-aisle is new",
      "area room is removed",
      "device th-1 changes: area room → cold-aisle",
      "device th-2 changes: area room → cold-aisle",
    ]);
    expect(tree(stage.at("etc"))).toEqual(before);
    expect(machine.log).toEqual([]);
  });

  test("never shows a secret, not even one that changes", async () => {
    await stage.make();
    await plugIn();
    writeFileSync(stage.at("office", "site.yaml"), TEMPLATE.replace(SECRET, "another secret, longer"));
    await stage.make();
    const report = await plugIn();
    expect(report.difference).toEqual([{ zh: "上级 itsm 变更：secret", en: "target itsm changes: secret" }]);
    expect(JSON.stringify([report, machine.acts])).not.toContain("another secret");
    const address = "https://user:p@ss-word@itsm.example:8443/hook/t0ken?key=s3cret#frag-ment";
    writeFileSync(
      stage.at("office", "site.yaml"),
      TEMPLATE.replace(SECRET, "another secret, longer").replace("https://itsm.example/hook", address),
    );
    await stage.make();
    const moved = await plugIn();
    expect(moved.difference[0]?.en).toBe("target itsm changes: url https://itsm.example → https://itsm.example:8443");
    for (const secret of ["ss-word", "t0ken", "s3cret", "frag-ment"]) expect(JSON.stringify([moved, machine.acts])).not.toContain(secret);
  });
});

describe("the same stick again", () => {
  beforeEach(async () => {
    await stage.make();
  });

  test("finds nothing to do and leaves the gateway alone", async () => {
    await plugIn();
    machine.log.length = 0;
    const before = tree(stage.at("etc"));
    expect(await plugIn()).toMatchObject({ verdict: "nothing" });
    expect(machine.log).toEqual([]);
    expect(tree(stage.at("etc"))).toEqual(before);
  });

  test("asks again while devices are silent, and is content once they answer", async () => {
    machine.devices = () => [probeOf(), silent({ device: "th-2" })];
    expect(said(await plugIn())).toMatch(/1 of 2 devices do not answer/);
    machine.devices = () => [probeOf(), probeOf({ device: "th-2" })];
    expect(said(await plugIn())).toBe("This bundle is in use already; the devices were asked again. All 2 devices answer.");
    expect(machine.isUp).toBe(true);
    expect(await plugIn()).toMatchObject({ verdict: "nothing" });
  });

  test("does not undo what somebody changed on the box, and says that it was changed", async () => {
    await plugIn();
    appendFileSync(stage.siteFile, "# mine\n");
    const report = await plugIn();
    expect(report.verdict).toBe("nothing");
    expect(report.notes.map(({ en }) => en).join()).toMatch(/changed on the box by hand/);
    expect(stage.site()).toMatch(/# mine\n$/);
  });
});

describe("kept or returned", () => {
  beforeEach(async () => {
    await stage.make();
  });

  test("no device answers, but some did before: the former file was never touched", async () => {
    machine.devices = (site) => (site === FORMER ? [probeOf()] : [silent()]);
    const report = await plugIn();
    expect(report.verdict).toBe("returned");
    expect(said(report)).toMatch(/Not taken: with the new site file no device answers/);
    expect(stage.site()).toBe(FORMER);
    expect(machine.log).toEqual(["stop", "probe", "probe", "start"]);
    expect(machine.isUp).toBe(true);
    expect(machine.acts).toMatchObject([{ action: "site.provision.return" }]);
    // The wires are mended: the same stick is not "older" than itself.
    machine.devices = () => [probeOf()];
    expect(await plugIn()).toMatchObject({ verdict: "kept" });
  });

  test("no device answers and none did before: a new room before its wires", async () => {
    machine.devices = () => [silent()];
    expect(await plugIn()).toMatchObject({ verdict: "kept" });
    expect(stage.site()).toContain("sz1");
  });

  test("the gateway does not come up with it: the former file again, and the gateway with it", async () => {
    machine.livesOn = (site) => site === FORMER;
    const report = await plugIn();
    expect(report.verdict).toBe("returned");
    expect(said(report)).toMatch(/the gateway did not come up with the new site file/);
    expect(stage.site()).toBe(FORMER);
    expect(machine.isUp).toBe(true);
    expect(machine.acts.map(({ action }) => action)).toEqual(["site.provision", "site.provision.return"]);
    expect(report.notes).toEqual([]);
  });

  test("it comes up and falls over a moment later: returned, too", async () => {
    let asked = 0;
    machine.livesOn = (site) => {
      asked += 1;
      return site === FORMER || asked % 2 === 1;
    };
    expect(await plugIn()).toMatchObject({ verdict: "returned" });
    expect(stage.site()).toBe(FORMER);
  });

  test("it does not come up and there was no site file before: there is none again", async () => {
    rmSync(stage.siteFile);
    machine.livesOn = () => false;
    expect(await plugIn()).toMatchObject({ verdict: "returned" });
    expect(existsSync(stage.siteFile)).toBe(false);
    expect(await machine.configuration.running()).toBeNull();
  });

  describe("what was changed on the box since its site file was written", () => {
    const CHANGED = FORMER.replace("unit: 2", "unit: 7");

    beforeEach(async () => {
      expect(await machine.store().settle()).toBeNull();
      expect(await machine.store().change(CHANGED, 1, { by: "li", from: "10.0.0.7" }, "moved", "api")).toEqual({ number: 2 });
    });

    test("gives way to the stick, and is what the difference is told from", async () => {
      const report = await plugIn();
      expect(report.verdict).toBe("kept");
      expect(report.difference.map(({ en }) => en)).toContain("device th-2 changes: area room → cold-aisle, unit 7 → 2");
      expect(machine.runs).toBe(stage.site());
    });

    test("comes back with the former file when the gateway does not come up", async () => {
      machine.livesOn = (site) => site === CHANGED;
      expect(await plugIn()).toMatchObject({ verdict: "returned", notes: [] });
      expect([stage.site(), machine.runs, machine.isUp]).toEqual([FORMER, CHANGED, true]);
    });

    test("is asked, and runs on, when no device answers to the stick's", async () => {
      machine.devices = (site) => [site === CHANGED ? probeOf() : silent()];
      expect(await plugIn()).toMatchObject({ verdict: "returned" });
      expect([stage.site(), machine.runs]).toEqual([FORMER, CHANGED]);
    });

    test("gives way also to a stick that brings what stands in the file; and comes back if that does not come up", async () => {
      writeFileSync(stage.at("office", "boxes.csv"), `box\n${SERIAL}\n`);
      writeFileSync(stage.at("office", "site.yaml"), FORMER);
      await stage.make();
      machine.livesOn = (site) => site === CHANGED;
      expect(await plugIn()).toMatchObject({ verdict: "returned", notes: [] });
      expect([stage.site(), machine.runs]).toEqual([FORMER, CHANGED]);
      machine.livesOn = () => true;
      expect(await plugIn()).toMatchObject({ verdict: "kept" });
      expect([stage.site(), machine.runs]).toEqual([FORMER, FORMER]);
      expect((await machine.store().look()).stored.revisions.at(-1)).toMatchObject({
        origin: "stick",
        by: expect.stringContaining("office"),
      });
    });
  });

  test("what was changed on the page since the stick was applied is left alone by the same stick, and said", async () => {
    await plugIn();
    const newest = (await machine.store().look()).stored.revisions.at(-1)?.number ?? 0;
    await machine.store().change(FORMER, newest, { by: "li", from: "10.0.0.7" }, "moved", "api");
    const report = await plugIn();
    expect([report.verdict, report.notes.length]).toEqual(["nothing", 1]);
    expect(await machine.configuration.running()).toBe(FORMER);
  });

  test("neither lives: the receipt says that nobody watches the room", async () => {
    machine.livesOn = () => false;
    const report = await plugIn();
    expect(stage.site()).toBe(FORMER);
    expect(report.notes.map(({ en }) => en).join()).toMatch(/nobody watches the room now/);
  });

  test("the devices cannot be asked: nothing is put in place, the gateway runs again", async () => {
    machine.devices = () => {
      throw new StickProblem({ zh: "不行", en: "the probe broke" });
    };
    expect(await plugIn()).toMatchObject({ verdict: "refused", words: [{ en: "the probe broke" }] });
    expect(stage.site()).toBe(FORMER);
    expect(machine.isUp).toBe(true);
  });
});

describe("a stick that is not right changes nothing and says what to do", () => {
  const bundle = (...parts: string[]): string => stage.at("stick", "roomward", ...parts);

  test("no bundle on it", async () => {
    mkdirSync(stage.stick);
    await expectRefused(/There is no roomward\/manifest.json/);
  });

  test("unsigned", async () => {
    await stage.make();
    rmSync(bundle("manifest.sig"));
    await expectRefused(/is not signed .* have the planner make it again/);
  });

  test("signed by a stranger", async () => {
    await newKeys(stage.at("office", "stranger"), null);
    await stage.make({}, "stranger");
    await expectRefused(/not made with a key that is trusted here \(office /);
  });

  test("a box that trusts nobody", async () => {
    await stage.make();
    rmSync(stage.at("etc", "trusted.d", "office.trust"));
    await expectRefused(/No key is trusted here .* put the planner's \.trust file there/);
  });

  test("a damaged trusted key locks the others not out, and is said", async () => {
    await stage.make();
    writeFileSync(stage.at("etc", "trusted.d", "a.trust"), "{");
    const report = await plugIn();
    expect(report.verdict).toBe("kept");
    expect(report.notes.map(({ en }) => en).join()).toMatch(/a\.trust is not a \.trust file/);
  });

  test("for other boxes: the installer reads out who this one is", async () => {
    rmSync(stage.at("box"), { recursive: true });
    beBox(stage.at("box"), "rw-2026-0099", ["02:42:ac:11:00:55"]);
    await stage.make();
    await expectRefused(/This box is not in the bundle.*RW-2026-0099 · 02:42:ac:11:00:55/);
  });

  test("two rows that both mean this box", async () => {
    rmSync(stage.at("box"), { recursive: true });
    beBox(stage.at("box"), SERIAL, [OTHER_MAC]);
    await stage.make();
    await expectRefused(/Two rows of the bundle mean this box/);
  });

  test("older than what the box runs", async () => {
    await stage.make();
    renameSync(stage.stick, stage.at("drawer"));
    await stage.make({ nowMs: NOW + 60_000 });
    await plugIn();
    machine.log.length = 0;
    await expectRefused(/was issued 2026-11-22 08:00 UTC, before the one this box runs \(2026-11-22 08:01 UTC\)/, {
      directory: stage.at("drawer"),
    });
  });

  test("the number of the one that the box runs, with other content", async () => {
    await stage.make();
    await plugIn();
    machine.log.length = 0;
    rmSync(stage.at("office", "office.key.issued"));
    await stage.make();
    await expectRefused(/has the number of the one this box runs .* but other content/);
  });

  test("a site file that this version does not understand", async () => {
    // Made by a newer planner: the file says what we do not know, the signature is right.
    await stage.make();
    const { signManifest, sealerFor } = await import("../../provisioning/stick/manifest.ts");
    const key = await readPlannerKey(stage.at("office", "office.key"), async () => "");
    const manifest = JSON.parse(readFileSync(bundle("manifest.json"), "utf8"));
    const sealer = sealerFor(key.fleet, manifest.bundle, (bytes) => Buffer.alloc(bytes, 7));
    manifest.sealedFor = sealer.sealedFor;
    for (const file of manifest.files) {
      const { bytes, nonce } = sealer.seal(file.name, `${FORMER}robots: []\n`);
      const { createHash } = await import("node:crypto");
      Object.assign(file, { bytes: bytes.length, nonce, sha256: createHash("sha256").update(bytes).digest("hex") });
      writeFileSync(bundle(file.name), bytes);
    }
    const text = Buffer.from(JSON.stringify(manifest));
    writeFileSync(bundle("manifest.json"), text);
    writeFileSync(bundle("manifest.sig"), signManifest(text, key.sign));
    await expectRefused(/unknown key `robots`[\s\S]*update the box/);
    // And a manifest of a format that is to come.
    const later = Buffer.from(JSON.stringify({ ...manifest, format: 2 }));
    writeFileSync(bundle("manifest.json"), later);
    writeFileSync(bundle("manifest.sig"), signManifest(later, key.sign));
    await expectRefused(/does not understand it\. Nothing was changed; update Roomward/);
  });

  test("a link, a pipe or a folder where a file should be", { timeout: 20_000 }, async () => {
    await stage.make();
    const file = bundle("site-1.sealed");
    const content = readFileSync(file);
    writeFileSync(stage.at("elsewhere"), content);
    rmSync(file);
    symlinkSync(stage.at("elsewhere"), file);
    await expectRefused(/is not a plain file or folder/);
    rmSync(file);
    execFileSync("mkfifo", [file]);
    await expectRefused(/is not a plain file or folder/);
    rmSync(file);
    mkdirSync(file);
    await expectRefused(/is not a plain file or folder/);
    rmSync(file, { recursive: true });
    await expectRefused(/cannot be read \(ENOENT\)/);
    linkSync(stage.at("elsewhere"), file);
    renameSync(bundle(), stage.at("real"));
    symlinkSync(stage.at("real"), bundle());
    await expectRefused(/is not a plain file or folder/);
  });

  test("too large, wherever", async () => {
    await stage.make();
    const file = bundle("site-1.sealed");
    const content = readFileSync(file);
    execFileSync("truncate", ["-s", "8G", file]);
    await expectRefused(/8589934592 bytes; the limit is/);
    writeFileSync(file, content);
    execFileSync("truncate", ["-s", "2M", bundle("manifest.json")]);
    await expectRefused(/2097152 bytes; the limit is 1048576/);
  });

  test("any single changed byte of any signed file", { timeout: 120_000 }, async () => {
    await stage.make();
    const before = tree(stage.at("etc"));
    const files = readdirSync(bundle()).sort();
    expect(files).toEqual(["manifest.json", "manifest.sig", "site-1.sealed", "site-2.sealed"]);
    const place = fc
      .constantFrom(...files)
      .chain((name) =>
        fc.record({ name: fc.constant(name), at: fc.nat(statSync(bundle(name)).size - 1), flip: fc.integer({ min: 1, max: 255 }) }),
      );
    await fc.assert(
      fc.asyncProperty(place, async ({ name, at, flip }) => {
        const right = readFileSync(bundle(name));
        const wrong = Buffer.from(right);
        wrong[at] = (wrong[at] ?? 0) ^ flip;
        writeFileSync(bundle(name), wrong);
        try {
          const report = await plugIn();
          expect(report.verdict).toBe("refused");
          expect(tree(stage.at("etc"))).toEqual(before);
        } finally {
          writeFileSync(bundle(name), right);
        }
      }),
      { numRuns: 300 },
    );
    expect(machine.log).toEqual([]);
    expect(await plugIn()).toMatchObject({ verdict: "kept" });
  });

  test("a byte too many or too few", async () => {
    await stage.make();
    for (const name of readdirSync(bundle())) {
      const right = readFileSync(bundle(name));
      for (const wrong of [right.subarray(0, -1), Buffer.concat([right, Buffer.from("\n")])]) {
        writeFileSync(bundle(name), wrong);
        await expectRefused(/./);
      }
      writeFileSync(bundle(name), right);
    }
  });
});

describe("making a bundle", () => {
  test("says every problem of the table with line and column, and makes nothing", async () => {
    const table = ["box,name,site,area", "1.00000E+15,a,s1,r", `${SERIAL},b,s2,r`, "short row", `${SERIAL},c,s3,r`].join("\n");
    writeFileSync(stage.at("office", "boxes.csv"), `\uFEFF${table}\n`);
    const words = await refusal(stage.make());
    expect(words).toMatch(/boxes\.csv:2:1 box: expected a serial number or MAC address, found `1\.00000E\+15`.*as text in the spreadsheet/);
    expect(words).toMatch(/boxes\.csv:4:1: expected 4 cells, found 1/);
    expect(words).toMatch(/boxes\.csv:5:1 box: RW-2026-0007 is already in line 3/);
    expect(existsSync(stage.stick)).toBe(false);
  });

  test("says for which box a site file is wrong, and where", async () => {
    writeFileSync(stage.at("office", "boxes.csv"), `box,name,site\n${SERIAL},A,sz1\n`);
    expect(await refusal(stage.make())).toMatch(/boxes\.csv:2 \(A\) .*site\.yaml:3:11 \{\{area\}\}: the table of boxes has no column area/);
    writeFileSync(stage.at("office", "boxes.csv"), `box,name,site,area\n${SERIAL},A,Sz 1,r\n`);
    expect(await refusal(stage.make())).toMatch(/\(A\) .*site\.yaml:1:13 site\.id: expected lower-case letters/);
  });

  test("takes a site file per box, quoted cells, semicolons, and a table that is not UTF-8 is said", async () => {
    writeFileSync(stage.at("office", "two.yaml"), FORMER.replace("old", "two"));
    const table = `Box;Name;Site-File\r\n${SERIAL};"Room ""A""; east";two.yaml\r\n`;
    writeFileSync(stage.at("office", "boxes.csv"), table);
    const { boxes } = await stage.make();
    expect(boxes).toEqual([{ box: SERIAL, name: 'Room "A"; east', file: "site-1.sealed" }]);
    await plugIn();
    expect(stage.site()).toContain('id: "two"');
    writeFileSync(stage.at("office", "boxes.csv"), Buffer.from([...Buffer.from("box,name\nSN-1,"), 0xc9, 0xee, 0xdb, 0xda]));
    expect(await refusal(stage.make())).toMatch(/not UTF-8; save it as “CSV UTF-8”/);
  });

  test("no secret and nothing of the room lies open on the stick", async () => {
    await stage.make();
    const bytes = readdirSync(stage.at("stick"), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), "latin1"))
      .join("");
    for (const word of [SECRET, "itsm.example", "cold-aisle", "th-1"]) expect(bytes).not.toContain(word);
  });

  test("is issued later than the one before, even with a clock that went back; one that was never set is refused", async () => {
    const first = await stage.make();
    const second = await stage.make({ nowMs: NOW - 86_400_000 });
    expect(second.issued).toBe(first.issued + 1);
    expect(await refusal(stage.make({ nowMs: 0 }))).toMatch(/clock of this machine says 1970-01-01/);
  });

  test("replaces the bundle that is there, but nothing else", async () => {
    await stage.make();
    await stage.make();
    expect(readdirSync(stage.stick)).toEqual(["roomward"]);
    rmSync(stage.at("stick", "roomward", "manifest.json"));
    expect(await refusal(stage.make())).toMatch(/holds something that is not a bundle/);
    expect(existsSync(stage.at("stick", "roomward", "site-1.sealed"))).toBe(true);
  });

  test("is checked in the office: what each box would get, and everything that is wrong", async () => {
    await stage.make();
    writeFileSync(stage.at("stick", "roomward", "notes.txt"), "");
    const lines: string[] = [];
    const teller = { say: ({ en }: { en: string }) => void lines.push(en), fail: ({ en }: { en: string }) => void lines.push(`! ${en}`) };
    expect(await checkBundle(stage.stick, stage.at("office", "office.trust"), teller)).toBe(true);
    expect(lines.slice(1)).toEqual([
      `${SERIAL} (深圳一号机房): site sz1, 1 buses, 2 devices, 1 targets`,
      `${OTHER_MAC} (Shenzhen 2): site sz2, 1 buses, 2 devices, 1 targets`,
      "roomward/notes.txt does not belong to the bundle; boxes ignore it.",
    ]);
  });
});

describe("keys", () => {
  test("who has a box cannot sign, who has the planner's file cannot read, and neither file is open to others", async () => {
    const key = readFileSync(stage.at("office", "office.key"), "utf8");
    const trust = readFileSync(stage.at("office", "office.trust"), "utf8");
    expect(trust).not.toContain(JSON.parse(key).private);
    expect(key).not.toContain(JSON.parse(trust).open);
    for (const file of ["office.key", "office.trust"]) expect(statSync(stage.at("office", file)).mode & 0o777).toBe(0o600);
  });

  test("are never replaced", async () => {
    expect(await refusal(newKeys(stage.at("office", "office"), null))).toMatch(/exists and was left alone/);
  });

  test("with a passphrase open with that one alone", { timeout: 60_000 }, async () => {
    await newKeys(stage.at("office", "safe"), "four words and a number 7");
    const file = stage.at("office", "safe.key");
    expect(JSON.parse(readFileSync(file, "utf8")).private).toHaveProperty("sealed");
    expect(await readPlannerKey(file, async () => "four words and a number 7")).toMatchObject({ name: "safe" });
    expect(await refusal(readPlannerKey(file, async () => "four words and a number 8"))).toMatch(/passphrase is wrong/);
    expect(await keyOf("x", Buffer.alloc(16))).toHaveLength(32);
  });

  test("one that was made by another pair does not open the bundle, and says so", async () => {
    await newKeys(stage.at("office", "other"), null);
    const office = JSON.parse(readFileSync(stage.at("office", "office.trust"), "utf8"));
    const other = JSON.parse(readFileSync(stage.at("office", "other.trust"), "utf8"));
    writeFileSync(stage.at("etc", "trusted.d", "office.trust"), JSON.stringify({ ...office, open: other.open, fleet: other.fleet }));
    await stage.make();
    await expectRefused(/does not open with the key office/);
  });

  test("a planner's key is no trusted key", async () => {
    expect(await refusal(readTrustedKeys(stage.at("office", "office.key")))).toMatch(/is not a \.trust file/);
  });
});
