import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
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
import { dirname, join, relative } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import { FLOOR } from "../../firmware/journal/schema.ts";
import { verifyAuditFile } from "../../firmware/journal/verify.ts";
import { openTokenBook } from "../../firmware/people/token-book.ts";
import { addToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { type BackupOptions, makeBackup } from "../../provisioning/backup/make.ts";
import { unpack } from "../../provisioning/backup/parcel.ts";
import { BackupProblem } from "../../provisioning/backup/problem.ts";
import { type RestoreOptions, restoreBackup } from "../../provisioning/backup/restore.ts";
import { withFullDisk } from "../box/full-disk.ts";
import { siteOf } from "../firmware/configuration-site.ts";
import { deskIn, M0, minuteOf, TEMPERATURE } from "../firmware/history-room.ts";
import { acknowledged, alarm, entry, journalIn, raised } from "../firmware/journal-entries.ts";

const PASSPHRASE = "four words and a number 7";
const NOW = Date.UTC(2026, 10, 22, 3, 0, 0);
const SITE = "site: { id: sz1, name: 深圳一号机房 }\n";

// The key of each backup costs 64 MiB and a good part of a second, by design.
vi.setConfig({ testTimeout: 60_000 });

let work: string;
let token: string;
const at = (...parts: string[]): string => join(work, ...parts);

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), "roomward-backup-"));
  writeFileSync(at("site.yaml"), SITE);
  const added = await addToken(at("data"), "duty-desk", "operator", systemClock);
  token = "token" in added ? added.token : "";
  const journal = await journalIn(at("data"));
  await journal.commit(
    entry([raised(), raised({ key: "sz1/r1/th-4/ambient.temperature/high", incident: "incident-2" })], { targets: ["itsm"] }),
  );
  const audit = [{ atMs: 5, by: "wang", action: "alarm.acknowledge", subject: alarm().key, detail: "on my way" }];
  await journal.commit(entry([acknowledged()], { targets: ["itsm"], audit }));
  await journal.close();
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function backup(change: Partial<BackupOptions> = {}) {
  const given = { dataFolder: at("data"), siteFile: at("site.yaml"), output: at("room.backup"), passphrase: PASSPHRASE, keep: null };
  return makeBackup({ ...given, withHistory: false, version: "0.1.0", nowMs: NOW, id: systemClock.uuid(), ...change });
}

function restore(change: Partial<RestoreOptions> = {}) {
  const given = { file: at("room.backup"), dataFolder: at("new", "data"), siteFile: at("new", "site.yaml"), passphrase: PASSPHRASE };
  return restoreBackup({ ...given, replace: false, version: "0.1.0", nowMs: NOW, id: systemClock.uuid(), by: "li", ...change });
}

/** The words of the refusal; anything else fails the test. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BackupProblem) return error.words.en;
    throw error;
  }
  throw new Error("it was not refused");
}

/** What a journal and the people's file say to those who ask. */
async function room(dataFolder: string) {
  const journal = await journalIn(dataFolder);
  try {
    const incidents = await journal.incidents({ limit: 100 });
    const due = await journal.dueDeliveries({ target: "itsm", nowMs: 0, limit: 100 });
    const person = await openTokenBook(dataFolder, systemClock, () => undefined).find(token);
    return { alarms: await journal.liveAlarms(), incidents, due: due.rows, audit: await journal.audit(100), person };
  } finally {
    await journal.close();
  }
}

/** Every file below a folder with its sum. */
function tree(folder: string): readonly string[] {
  if (!existsSync(folder)) return ["nothing"];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name));
  return paths.map((path) => `${relative(folder, path)} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`).sort();
}

describe("a room that moves to a blank box", () => {
  test("is the same room: alarms, acknowledgements, incidents, deliveries, audit, tokens, site file", async () => {
    const before = await room(at("data"));
    expect(before.alarms.find(({ key }) => key === alarm().key)?.acknowledgement).toMatchObject({ by: "wang", note: "on my way" });
    expect(before.person).toMatchObject({ name: "duty-desk", role: "operator" });
    await backup();
    const { header, setAside } = await restore();
    expect(header).toMatchObject({ format: 1, roomward: "0.1.0", journal: FLOOR, madeAtMs: NOW });
    expect(setAside).toEqual([]);
    const after = await room(at("new", "data"));
    const restored = { atMs: NOW, by: "li", from: "console", action: "backup.restore", subject: "room.backup" };
    expect(after.audit[0]).toMatchObject({ ...restored, detail: "backup of 2026-11-22T03:00:00.000Z, made by Roomward 0.1.0" });
    expect({ ...after, audit: after.audit.slice(1) }).toEqual(before);
    expect(verifyAuditFile(at("new", "data"), null)).toMatchObject({ verdict: { ok: true } });
    expect(readFileSync(at("new", "site.yaml"), "utf8")).toBe(SITE);
    expect(statSync(at("new", "data")).mode & 0o777).toBe(0o700);
    expect(readdirSync(at("new")).sort()).toEqual(["data", "site.yaml"]);
  });

  test("brings what else lies in the data folder, but nothing that belongs to a running process", async () => {
    mkdirSync(at("data", "tls"));
    writeFileSync(at("data", "tls", "key.pem"), "a key");
    writeFileSync(at("data", "people.json.new"), "half");
    writeFileSync(at("data", "journal.db.damaged-2026"), "old");
    symlinkSync("/etc/hostname", at("data", "link"));
    await backup();
    await restore();
    expect(readdirSync(at("new", "data")).sort()).toEqual(["journal.db", "people.json", "tls"]);
    expect(readFileSync(at("new", "data", "tls", "key.pem"), "utf8")).toBe("a key");
  });

  test("brings what was measured only when it is asked for: that may be gigabytes", async () => {
    const history = deskIn(at("data"));
    history.write(minuteOf(M0, [[21], [40], [0]]));
    await backup();
    await restore();
    expect(readdirSync(at("new", "data")).sort()).toEqual(["journal.db", "people.json"]);
    await backup({ withHistory: true });
    history.close();
    await restore({ replace: true });
    const there = deskIn(at("new", "data"));
    expect(there.summaries([TEMPERATURE], M0, M0 + 1)).toMatchObject([{ avg: 21 }]);
    there.close();
  });

  test("is taken while the gateway goes on writing, and shows one moment of it", async () => {
    const journal = await journalIn(at("data"));
    let written = 0;
    let done = false;
    const writing = (async () => {
      for (; !done; written += 1) await journal.commit(entry([raised({ key: `k/${written}`, incident: `i-${written}` })]));
    })();
    const made = await backup();
    done = true;
    await writing;
    await journal.close();
    expect(made.files).toBe(3);
    expect(written).toBeGreaterThan(3);
    await restore();
    const { alarms, incidents } = await room(at("new", "data"));
    expect(alarms.length).toBeGreaterThanOrEqual(2);
    expect(alarms.length).toBeLessThanOrEqual(2 + written);
    expect(incidents.length).toBe(alarms.length);
  });
});

describe("the file", () => {
  test("says nothing of the room to whoever lacks the passphrase, and leaves no plain copy behind", async () => {
    await backup();
    const text = readFileSync(at("room.backup"), "latin1");
    for (const secret of ["journal.db", "duty-desk", "sz1", "SQLite"]) expect(text).not.toContain(secret);
    expect(statSync(at("room.backup")).mode & 0o777).toBe(0o600);
    expect(readdirSync(at("data")).filter((name) => name.startsWith(".backup"))).toEqual([]);
    expect(readdirSync(work).sort()).toEqual(["data", "room.backup", "site.yaml"]);
  });

  test("in a folder gets a name by time, and the oldest of ours go", async () => {
    mkdirSync(at("out"));
    writeFileSync(at("out", "notes.txt"), "mine");
    for (let day = 0; day < 4; day += 1) await backup({ output: at("out"), keep: 2, nowMs: NOW + day * 86_400_000 });
    expect(readdirSync(at("out")).sort()).toEqual([
      "notes.txt",
      "roomward-2026-11-24T03-00-00-000Z.backup",
      "roomward-2026-11-25T03-00-00-000Z.backup",
    ]);
  });

  test("replaces an earlier backup, and nothing else", async () => {
    await backup();
    await backup({ nowMs: NOW + 1 });
    expect(await refusal(backup({ output: at("site.yaml") }))).toMatch(/exists and is not a backup/);
    expect(readFileSync(at("site.yaml"), "utf8")).toBe(SITE);
  });
});

test("a room that runs without its site file is backed up with what runs, and comes back with it", async () => {
  const store = new ConfigurationStore(at("site.yaml"), at("data"), systemClock);
  writeFileSync(at("site.yaml"), siteOf("kept"));
  expect(await store.settle()).toBeNull();
  rmSync(at("site.yaml"));
  await backup();
  await restore();
  expect(readFileSync(at("new", "site.yaml"), "utf8")).toBe(siteOf("kept"));
  const { choice } = await new ConfigurationStore(at("new", "site.yaml"), at("new", "data"), systemClock).look();
  expect(choice).toMatchObject({ runs: { revision: { number: 1 } }, adopts: false, file: { state: "same" } });
});

describe("a backup that cannot be made is refused in words, and an earlier one stays", () => {
  test.each([
    ["a folder that is none of ours", () => ({ dataFolder: at("elsewhere") }), /elsewhere cannot be read/],
    ["a folder without a journal", () => ({ dataFolder: work }), /not a data folder/],
    ["no site file", () => ({ siteFile: at("none.yaml") }), /none\.yaml cannot be read/],
    ["nowhere to write", () => ({ output: at("no", "such", "folder", "x.backup") }), /no half file was left/],
  ])("%s", async (_, change, words) => {
    await backup();
    const before = tree(work);
    expect(await refusal(backup(change()))).toMatch(words);
    expect(tree(work)).toEqual(before);
  });

  test.skipIf(process.getuid?.() !== 0)("a disk that is full, where the data is or where the backup goes", async () => {
    await withFullDisk(work, async (disk) => {
      cpSync(at("data"), disk.folder, { recursive: true });
      disk.fill();
      const before = tree(disk.folder);
      expect(await refusal(backup({ dataFolder: disk.folder }))).toMatch(/too little room: a backup needs \d+ MiB/);
      expect(await refusal(backup({ output: join(dirname(disk.folder), "x.backup") }))).toMatch(
        /was not made \(ENOSPC\); no half file was left/,
      );
      expect(tree(disk.folder)).toEqual(before);
      expect(readdirSync(dirname(disk.folder)).sort()).toEqual(["data", "filling"]);
    });
  });

  test("a journal that is damaged", async () => {
    const bytes = readFileSync(at("data", "journal.db"));
    bytes.fill(0x5a, 4_096, 40_000);
    writeFileSync(at("data", "journal.db"), bytes);
    expect(await refusal(backup())).toMatch(/was not made \(.*(malformed|quick_check|corrupt)/);
    expect(existsSync(at("room.backup"))).toBe(false);
  });
});

describe("a restore that cannot be changes nothing", () => {
  let made: Buffer | null = null;
  /** One for all who spoil it: nobody looks into it, and each would cost its keys. */
  const backupToSpoil = async (): Promise<void> => {
    if (made === null) await backup();
    made ??= readFileSync(at("room.backup"));
    writeFileSync(at("room.backup"), made);
  };
  const altered = (change: (bytes: Buffer) => Buffer): void => writeFileSync(at("room.backup"), change(readFileSync(at("room.backup"))));
  const inHeader = (from: string | RegExp, to: string): void =>
    altered((bytes) => {
      const text = bytes.toString("latin1");
      expect(text).toMatch(from);
      return Buffer.from(text.replace(from, to), "latin1");
    });

  test.each<[string, () => void, RegExp]>([
    ["another format, newer", () => inHeader('"format":1', '"format":2'), /made by a newer Roomward/],
    ["a newer program", () => inHeader('"roomward":"0.1.0"', '"roomward":"0.10.0"'), /newer Roomward \(0\.10\.0\); this one is 0\.1\.0/],
    ["a newer journal", () => inHeader(/"journal":\d+/, '"journal":999'), /made by a newer Roomward/],
    ["an altered header", () => inHeader('"madeAtMs":1', '"madeAtMs":2'), /does not open/],
    ["a header of junk", () => inHeader('{"format"', '{format"'), /does not open/],
    ["an endless header", () => altered((bytes) => Buffer.concat([bytes.subarray(0, 16), Buffer.alloc(10_000, 0x20)])), /does not open/],
    ["half a file", () => altered((bytes) => bytes.subarray(0, bytes.length / 2)), /does not open/],
    ["only its head", () => altered((bytes) => bytes.subarray(0, bytes.indexOf("}\n") + 2)), /does not open/],
    ["more than the file", () => altered((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])), /does not open/],
    ["a foreign file", () => altered(() => Buffer.from("PK\u0003\u0004 a zip file")), /not a Roomward backup/],
    ["an empty file", () => altered(() => Buffer.alloc(0)), /not a Roomward backup/],
    ["no file", () => rmSync(at("room.backup")), /cannot be read \(ENOENT\)/],
  ])("%s", async (_, spoil, words) => {
    await backupToSpoil();
    spoil();
    expect(await refusal(restore())).toMatch(words);
    expect(tree(at("new"))).toEqual(["nothing"]);
  });

  test("another passphrase", async () => {
    await backupToSpoil();
    expect(await refusal(restore({ passphrase: `${PASSPHRASE} ` }))).toMatch(/passphrase is wrong, or the file is damaged/);
    expect(tree(at("new"))).toEqual(["nothing"]);
  });

  test("any byte that differs, wherever it is", { timeout: 60_000 }, async () => {
    await backupToSpoil();
    const whole = readFileSync(at("room.backup"));
    const everywhere = fc.record({ place: fc.nat({ max: whole.length - 1 }), flip: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(everywhere, async ({ place, flip }) => {
        const bytes = Buffer.from(whole);
        bytes[place] = (bytes[place] ?? 0) ^ flip;
        writeFileSync(at("spoilt.backup"), bytes);
        await refusal(restore({ file: at("spoilt.backup") }));
        expect(tree(at("new"))).toEqual(["nothing"]);
      }),
      { numRuns: 25 },
    );
  });

  test("a room that is there, unless it may be replaced; then it is kept beside", async () => {
    await backup();
    mkdirSync(at("new", "data"), { recursive: true });
    copyFileSync(at("data", "journal.db"), at("new", "data", "journal.db"));
    writeFileSync(at("new", "site.yaml"), "site: { id: other }\n");
    const before = tree(at("new"));
    expect(await refusal(restore())).toMatch(/There is a room already.*--replace/);
    expect(tree(at("new"))).toEqual(before);
    const { setAside } = await restore({ replace: true });
    expect(setAside.map((path) => relative(work, path))).toEqual([
      "new/data.before-restore-2026-11-22T03-00-00-000Z",
      "new/site.yaml.before-restore-2026-11-22T03-00-00-000Z",
    ]);
    expect(readFileSync(setAside[1] ?? "", "utf8")).toBe("site: { id: other }\n");
    expect(readFileSync(at("new", "site.yaml"), "utf8")).toBe(SITE);
    expect((await room(at("new", "data"))).person).toMatchObject({ name: "duty-desk" });
  });

  test("a site file that cannot be replaced: the data folder is the former one again", async () => {
    await backup();
    await journalIn(at("new", "data")).then((journal) => journal.close());
    mkdirSync(at("new", "site.yaml"));
    const before = readFileSync(at("new", "data", "journal.db"));
    expect(await refusal(restore({ replace: true }))).toMatch(/EISDIR.*what was there is unchanged/);
    expect(readFileSync(at("new", "data", "journal.db")).equals(before)).toBe(true);
    expect(readdirSync(at("new")).sort()).toEqual(["data", "data.unfinished-restore", "site.yaml"]);
  });

  test("a gateway that runs on the folder", async () => {
    await backup();
    const journal = await journalIn(at("new", "data"));
    expect(await refusal(restore({ replace: true }))).toMatch(/in use by another roomward process/);
    expect(await journal.liveAlarms()).toEqual([]);
    await journal.close();
    expect(readdirSync(at("new"))).toEqual(["data"]);
  });
});

test.each(["../evil", "data/../../evil", "/etc/passwd", "data//x", "data/", "other"])(
  "a parcel with the name %j is not unpacked",
  async (name) => {
    const list = JSON.stringify([{ name, bytes: 0, sha256: createHash("sha256").digest("hex") }]);
    const content = (async function* () {
      yield Buffer.from(`${list}\n`);
    })();
    await expect(unpack(content, at("out"))).rejects.toThrow();
    expect(existsSync(at("out"))).toBe(false);
  },
);

describe("the commands", () => {
  const roomward = (...args: string[]) =>
    spawnSync("tsx", ["firmware/cli.ts", ...args], { encoding: "utf8", env: { ...process.env, LC_ALL: "en_US.UTF-8" }, input: "" });

  test("a start after a restore that the power cut off puts the former room back, and says so", { timeout: 60_000 }, () => {
    renameSync(at("data"), at("data.before-restore-x"));
    mkdirSync(at("data"));
    writeFileSync(at("data.restoring"), JSON.stringify({ siteSha256: "of another", aside: "data.before-restore-x" }));
    writeFileSync(at("site.yaml"), "not a site");
    const { stderr, status } = roomward("run", "--data", at("data"), "--site", at("site.yaml"));
    expect(stderr).toContain("was undone");
    expect(status).toBe(2);
    expect(readdirSync(at("data"))).toContain("journal.db");
    expect(readdirSync(work).sort()).toEqual(["data", "data.unfinished-restore", "site.yaml"]);
  });

  test("backup and restore, with words and exit codes", { timeout: 60_000 }, () => {
    writeFileSync(at("pass"), `${PASSPHRASE}\n`);
    const passphrase = ["--passphrase-file", at("pass")];
    const made = roomward("backup", "--data", at("data"), "--site", at("site.yaml"), "-o", at("room.backup"), ...passphrase);
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Backed up and verified: .*room\.backup \(3 files/) });
    const back = roomward("restore", at("room.backup"), "--data", at("new", "data"), "--site", at("new", "site.yaml"), ...passphrase);
    expect(back).toMatchObject({ status: 0, stdout: expect.stringContaining("Restored the backup of") });
    const again = roomward("restore", at("room.backup"), "--data", at("new", "data"), "--site", at("new", "site.yaml"), ...passphrase);
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining("There is a room already") });
    const nobody = roomward("backup", "--data", at("data"), "--site", at("site.yaml"), "-o", at("x.backup"));
    expect(nobody).toMatchObject({ status: 1, stderr: expect.stringContaining("--passphrase-file FILE") });
    writeFileSync(at("pass"), "short\n");
    const weak = roomward("backup", "--data", at("data"), "--site", at("site.yaml"), "-o", at("x.backup"), ...passphrase);
    expect(weak).toMatchObject({ status: 1, stderr: expect.stringContaining("at least 12 characters") });
    expect(roomward("backup", "--data", at("data"))).toMatchObject({ status: 2 });
  });
});
