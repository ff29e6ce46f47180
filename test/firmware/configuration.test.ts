import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { REVISIONS_MAX, textOf } from "../../firmware/configuration/revision.ts";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { damagedIn } from "../../firmware/platform/damaged.ts";
import { type Damage, durableJson, GENERATIONS_KEPT, type OnDamage } from "../../firmware/platform/durable-json.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { BAD_FILES, siteOf } from "./configuration-site.ts";

const LI = { by: "li", from: "10.0.0.7" };

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-configuration-"));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function boxIn(folder: string) {
  const siteFile = join(folder, "site.yaml");
  const data = join(folder, "data");
  const file = join(data, "configuration.json");
  mkdirSync(folder, { recursive: true });
  const store = () => new ConfigurationStore(siteFile, data, systemClock);
  return {
    siteFile,
    data,
    file,
    store,
    write: (text: string | null): void => (text === null ? rmSync(siteFile, { force: true }) : writeFileSync(siteFile, text)),
    /** What a start does, and what runs then. */
    async start(): Promise<string | null> {
      const before = (await store().look()).choice.runs;
      if (before === null) return null;
      expect(await store().settle()).toBeNull();
      return (await store().look()).choice.runs?.text ?? null;
    },
    numbers: async () => (await store().look()).stored.revisions.map(({ number }) => number),
  };
}
type BoxFiles = ReturnType<typeof boxIn>;

function damage(file: string): void {
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

function damageAll(box: BoxFiles): void {
  for (const name of readdirSync(box.data)) if (/^configuration\.json(\.\d)?$/.test(name)) damage(join(box.data, name));
}

describe("which site runs", () => {
  test.each(Object.entries(BAD_FILES))("a file that is %s: the last good one runs, and nothing is written", async (_, bad) => {
    const box = boxIn(work);
    box.write(siteOf(1));
    expect(await box.start()).toBe(siteOf(1));
    box.write(bad);
    expect(await box.start()).toBe(siteOf(1));
    const { choice, stored } = await box.store().look();
    expect([choice.file.state, stored.revisions.length]).toEqual(["unusable", 1]);
    expect(choice.file.problems.length > 0 || choice.file.trouble !== null).toBe(true);
  });

  test.each(Object.entries(BAD_FILES))(
    "a box that never had a good one, with a file that is %s: nothing runs, nothing is written",
    async (_, bad) => {
      const box = boxIn(work);
      box.write(bad);
      expect(await box.start()).toBeNull();
      expect(readdirSync(work)).toEqual(bad === null ? [] : ["site.yaml"]);
    },
  );

  test("NULs say that the power went, with the line", () => {
    const loaded = loadSite(`${siteOf(1)}\0\0\0`);
    expect(loaded).toMatchObject({ problems: [{ line: 7, message: { en: expect.stringContaining("NUL") } }] });
  });

  test("an edit of the file is a revision with its difference for the audit log; the same again is none", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    box.write(siteOf(1).replace("every: 1s", "every: 7s"));
    await box.start();
    await box.start();
    const { stored } = await box.store().look();
    expect(stored.revisions.map(({ number, origin, by }) => [number, origin, by])).toEqual([
      [1, "file", "site-file"],
      [2, "file", "site-file"],
    ]);
    expect(stored.acts.at(-1)).toMatchObject({
      action: "configuration.change",
      detail: expect.stringContaining("device th-1 changes: every 1s → 7s"),
      before: `1 sha256:${stored.revisions[0]?.sha256}`,
      after: `2 sha256:${stored.revisions[1]?.sha256}`,
    });
  });

  test("what was changed on the box runs on, until the file is edited again; an edit that goes back to the file's old text counts", async () => {
    const box = boxIn(work);
    box.write(siteOf("a"));
    await box.start();
    expect(await box.store().change(siteOf("b"), 1, LI, "hot", "api")).toEqual({ number: 2 });
    expect(await box.start()).toBe(siteOf("b"));
    expect((await box.store().look()).choice.file.state).toBe("behind");
    box.write(siteOf("c"));
    expect(await box.start()).toBe(siteOf("c"));
    box.write(siteOf("a"));
    expect(await box.start()).toBe(siteOf("a"));
    expect(await box.numbers()).toEqual([1, 2, 3, 4]);
  });

  test("the file brought up to what runs is no change", async () => {
    const box = boxIn(work);
    box.write(siteOf("a"));
    await box.start();
    await box.store().change(siteOf("b"), 1, LI, "hot", "api");
    box.write(siteOf("b"));
    expect(await box.start()).toBe(siteOf("b"));
    const { choice } = await box.store().look();
    expect([choice.file.state, await box.numbers()]).toEqual(["same", [1, 2]]);
  });

  test("a choice of a person overrules a file that cannot be used, until the file is mended", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    box.write(siteOf(2));
    await box.start();
    box.write("broken: [");
    expect(await box.store().revert(1, 2, LI, "back")).toEqual({ number: 3 });
    expect(await box.start()).toBe(siteOf(1));
    expect((await box.store().look()).choice.file.state).toBe("overruled");
    box.write(siteOf(4));
    expect(await box.start()).toBe(siteOf(4));
  });

  test("keeping what runs is a choice, too, where the file cannot be used; where all is well it is nothing", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    expect(await box.store().revert(1, 1, LI, "keep")).toMatchObject({ why: "nothing" });
    box.write(null);
    expect(await box.store().revert(1, 1, LI, "keep")).toEqual({ number: 2 });
    expect((await box.store().look()).choice.file.state).toBe("overruled");
  });

  test("somebody was faster: nothing is changed; of ten at once one is first", async () => {
    const box = boxIn(work);
    box.write(siteOf(0));
    await box.start();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, n) => box.store().change(siteOf(`by ${n}`), 1, LI, `try ${n}`, "api")),
    );
    expect(outcomes.filter((outcome) => "number" in outcome)).toEqual([{ number: 2 }]);
    expect(outcomes.filter((outcome) => "why" in outcome && outcome.why === "faster").length).toBe(9);
    expect(await box.numbers()).toEqual([1, 2]);
  });

  test("a good edit of the file that nobody has taken over yet is not overwritten by a change on the page", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    box.write(siteOf("edited on the disk"));
    const refused = await box.store().change(siteOf("page"), 1, LI, "x", "api");
    expect(refused).toMatchObject({ words: { en: expect.stringContaining("not taken over yet") } });
    expect(await box.store().takeOver(7, LI)).toMatchObject({ why: "faster" });
    expect(await box.store().takeOver(1, LI)).toEqual({ number: 2 });
    expect(await box.store().takeOver(2, LI)).toMatchObject({ why: "nothing" });
    expect(await box.start()).toBe(siteOf("edited on the disk"));
  });

  test("a text with problems changes nothing, and all of them are said", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    const text = siteOf(1).replace("unit: 1", "unit: 900").replace("every: 1s", "every: 1");
    expect(await box.store().change(text, 1, LI, "x", "api")).toMatchObject({
      problems: [
        { line: 6, path: "devices[0].unit" },
        { line: 6, path: "devices[0].every" },
      ],
    });
    expect(await box.numbers()).toEqual([1]);
  });
});

describe("what is kept", () => {
  test("is for the owner's eyes", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    expect(statSync(box.file).mode & 0o777).toBe(0o600);
  });

  test("is bounded by number; the newest stay, and the numbers go on", async () => {
    const box = boxIn(work);
    box.write(siteOf(0));
    await box.start();
    for (let n = 1; n < REVISIONS_MAX + 5; n += 1) await box.store().change(siteOf(n), n, LI, `change ${n}`, "api");
    const numbers = await box.numbers();
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([REVISIONS_MAX, 6, REVISIONS_MAX + 5]);
  });

  test("is bounded by bytes: texts of 1 MiB that do not shrink leave the newest few", async () => {
    const box = boxIn(work);
    box.write(siteOf(0));
    await box.start();
    for (let n = 1; n <= 5; n += 1) {
      const noise = Buffer.from(Array.from({ length: 700_000 }, () => Math.floor(Math.random() * 256))).toString("base64");
      const outcome = await box.store().change(`${siteOf(n)}# ${noise}\n`, n, LI, "noise", "api");
      expect(outcome).toEqual({ number: n + 1 });
    }
    const numbers = await box.numbers();
    expect(numbers.at(-1)).toBe(6);
    expect(numbers.length).toBeGreaterThanOrEqual(2);
    expect(numbers.length).toBeLessThan(5);
    expect(statSync(box.file).size).toBeLessThan(6 * 1024 * 1024);
  });

  test("a file that is far too large is said and not read", async () => {
    const box = boxIn(work);
    box.write("#".repeat(3 * 1024 * 1024));
    const { choice } = await box.store().look();
    expect([choice.runs, choice.file.trouble?.en]).toEqual([null, expect.stringContaining("3145728 bytes; the limit is 1048576")]);
  });

  test("the newest copy damaged: the one before is used, that is said until somebody chooses, and the file's edit is not lost", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    await box.store().change(siteOf(2), 1, LI, "x", "api");
    damage(box.file);
    expect(await box.start()).toBe(siteOf(1));
    expect((await box.store().look()).stored.damaged).toEqual([box.file]);
    expect(await box.start()).toBe(siteOf(1));
    expect((await box.store().look()).stored.damaged).toEqual([box.file]);
    expect(damagedIn(box.data)).toMatchObject([{ name: expect.stringContaining("configuration.json.damaged-") }]);
    expect(await box.store().revert(1, 1, LI, "looked")).toEqual({ number: 2 });
    expect((await box.store().look()).stored.damaged).toEqual([]);
  });

  test("all copies damaged: the good file runs, the damaged ones are kept, a new store begins", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    box.write(siteOf(2));
    await box.start();
    damageAll(box);
    expect(await box.start()).toBe(siteOf(2));
    const { stored, lost } = await box.store().look();
    expect([lost, stored.revisions.length, stored.damaged.length > 0]).toEqual([false, 1, true]);
    expect(damagedIn(box.data).length).toBeGreaterThan(1);
    expect(damagedIn(box.data).length).toBe(readdirSync(box.data).filter((name) => name.includes("damaged")).length);
  });

  test("all copies damaged and the file, too: nothing runs, and nothing is touched", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    damageAll(box);
    box.write("broken: [");
    const before = readdirSync(box.data);
    expect(await box.start()).toBeNull();
    expect(readdirSync(box.data)).toEqual(before);
  });

  test("a revision that this program does not take any more is passed over, and named", async () => {
    const box = boxIn(work);
    box.write(siteOf(1));
    await box.start();
    // As an older release would have stored it.
    await box.store().change(siteOf(2), 1, LI, "x", "api");
    const envelope = JSON.parse(readFileSync(box.file, "utf8"));
    const old = siteOf(2).replace("unit: 1", "address: 1");
    const { withRevision } = await import("../../firmware/configuration/revision.ts");
    const data = withRevision(envelope.data, {
      ...{ text: old, ...LI, reason: "old", origin: "api", of: null, changes: "", atMs: 1, clockTrusted: true },
    });
    const { createHash } = await import("node:crypto");
    const checksum = `sha256:${createHash("sha256").update(JSON.stringify(data)).digest("hex")}`;
    writeFileSync(box.file, JSON.stringify({ format: 1, checksum, data }));
    expect(await box.start()).toBe(siteOf(2));
    expect((await box.store().look()).choice.outdated.map(({ revision }) => revision.number)).toEqual([3]);
  });
});

describe("what did not start", () => {
  test("gives way to the one before, as a revision of its own, also at the next start", async () => {
    const box = boxIn(work);
    box.write(siteOf("good"));
    await box.start();
    box.write(siteOf("dies"));
    await box.start();
    expect(await box.store().returnFrom(2, "no such thing")).toEqual({ number: 3 });
    expect(await box.start()).toBe(siteOf("good"));
    const last = (await box.store().look()).stored.revisions.at(-1);
    expect(last).toMatchObject({ origin: "return", of: 1, by: "gateway", reason: "no such thing" });
  });

  test("with nothing before it there is nowhere to go", async () => {
    const box = boxIn(work);
    box.write(siteOf("dies"));
    await box.start();
    expect(await box.store().returnFrom(1, "x")).toBeNull();
  });
});

type Step =
  | { readonly do: "edit"; readonly good: number }
  | { readonly do: "spoil"; readonly how: string }
  | { readonly do: "start" | "cut" | "damage" | "damageAll" }
  | { readonly do: "change"; readonly good: number; readonly late: boolean }
  | { readonly do: "revert"; readonly which: number; readonly command: boolean };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("edit" as const), good: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("spoil" as const), how: fc.constantFrom(...Object.keys(BAD_FILES)) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("start" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "damage" as const, "damageAll" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("change" as const), good: fc.nat(3), late: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("revert" as const), which: fc.nat(5), command: fc.boolean() }) },
);

/** What a copy of the store is expected to say. */
interface Copy {
  readonly texts: readonly string[];
  /** The content of the file that is settled; undefined before the first. */
  readonly settled: string | null | undefined;
  readonly damaged: boolean;
  readonly isWhole: boolean;
}

/** The store as a person would describe it: the file, and copies of which the newest whole one counts. */
class Model {
  file: string | null | undefined = undefined;
  copies: Copy[] = [];

  get now(): Copy {
    const index = this.copies.findIndex(({ isWhole }) => isWhole);
    const empty = { texts: [], settled: undefined, damaged: this.copies.length > 0, isWhole: true };
    const copy = this.copies[index] ?? empty;
    return { ...copy, damaged: copy.damaged || index !== 0 ? this.copies.length > 0 && (copy.damaged || index !== 0) : false };
  }

  get fileIsGood(): boolean {
    return typeof this.file === "string" && "site" in loadSite(this.file);
  }

  get runs(): string | null {
    const { texts, settled } = this.now;
    const last = texts.at(-1) ?? null;
    return this.fileIsGood && (settled !== this.file || last === null) ? (this.file ?? null) : last;
  }

  get isPending(): boolean {
    return this.fileIsGood && this.now.settled !== this.file;
  }

  write(copy: Omit<Copy, "isWhole">): void {
    if (this.copies.length > 0 && this.copies.every(({ isWhole }) => !isWhole)) this.copies = [];
    if (this.copies[0]?.isWhole === false) this.copies.shift();
    this.copies = [{ ...copy, isWhole: true }, ...this.copies].slice(0, GENERATIONS_KEPT + 1);
  }

  start(): void {
    const { now, runs } = this;
    if (runs === null) return;
    const adopts = this.isPending || now.texts.length === 0;
    if (!adopts && !now.damaged) return;
    if (!adopts) this.write(now);
    else this.write({ texts: now.texts.at(-1) === runs ? now.texts : [...now.texts, runs], settled: this.file, damaged: now.damaged });
  }
}

test("whatever people, power cuts and cards do: what runs was once good, and the newest good change wins", {
  timeout: 120_000,
}, async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (list) => {
      round += 1;
      const box = boxIn(join(work, `${round}`));
      const model = new Model();
      const good = new Set(Array.from({ length: 4 }, (_, n) => siteOf(n)));
      for (const step of list) {
        await play(step, box, model);
        const { choice, stored } = await box.store().look();
        const runs = choice.runs?.text ?? null;
        expect(runs === null || good.has(runs)).toBe(true);
        expect(runs).toBe(model.runs);
        for (const revision of stored.revisions) expect(good.has(textOf(revision) ?? "")).toBe(true);
        expect(stored.damaged.length > 0).toBe(model.now.damaged);
      }
      rmSync(join(work, `${round}`), { recursive: true });
    }),
    { numRuns: 60 },
  );
});

async function play(step: Step, box: BoxFiles, model: Model): Promise<void> {
  switch (step.do) {
    case "edit":
      box.write(siteOf(step.good));
      model.file = siteOf(step.good);
      return;
    case "spoil":
      box.write(BAD_FILES[step.how] ?? null);
      model.file = BAD_FILES[step.how] ?? null;
      return;
    case "start":
      await box.start();
      return model.start();
    case "cut":
      // A writer that was killed leaves its unfinished file.
      if (model.copies.length > 0) {
        writeFileSync(`${box.file}.new`, "half of a conf");
        const { utimesSync } = await import("node:fs");
        utimesSync(`${box.file}.new`, 1, 1);
      }
      return;
    case "damage":
      return damageNewest(box, model);
    case "damageAll":
      if (model.copies.length === 0) return;
      for (const [age, copy] of model.copies.entries()) if (copy.isWhole) damage(age === 0 ? box.file : `${box.file}.${age}`);
      model.copies = model.copies.map((copy) => ({ ...copy, isWhole: false }));
      return;
    case "change":
      return change(step.good, step.late, box, model);
    case "revert":
      return revert(step.which, step.command, box, model);
  }
}

function damageNewest(box: BoxFiles, model: Model): void {
  const [newest] = model.copies;
  if (newest?.isWhole !== true) return;
  damage(box.file);
  model.copies[0] = { ...newest, isWhole: false };
}

async function change(n: number, late: boolean, box: BoxFiles, model: Model): Promise<void> {
  const { stored, lost } = await box.store().look();
  const base = stored.revisions.at(-1)?.number ?? 0;
  if (base === 0 || lost) return;
  const outcome = await box.store().change(siteOf(n), late ? base - 1 : base, LI, "why", "api");
  const mayBe = !late && !model.isPending;
  if ("number" in outcome) {
    expect(mayBe).toBe(true);
    model.write({ texts: [...model.now.texts, siteOf(n)], settled: model.file ?? null, damaged: false });
  } else if (mayBe) expect([outcome.why, model.runs]).toEqual(["nothing", siteOf(n)]);
}

async function revert(which: number, command: boolean, box: BoxFiles, model: Model): Promise<void> {
  const { stored } = await box.store().look();
  const revision = stored.revisions[which % Math.max(1, stored.revisions.length)];
  if (revision === undefined) return;
  const text = textOf(revision) ?? "";
  const base = command ? null : (stored.revisions.at(-1)?.number ?? 0);
  const outcome = await box.store().revert(revision.number, base, LI, "back");
  if ("number" in outcome) {
    expect(model.isPending).toBe(false);
    model.write({ texts: [...model.now.texts, text], settled: model.file ?? null, damaged: false });
  } else if (!model.isPending) expect([outcome.why, model.runs]).toEqual(["nothing", text]);
}

describe("any data file that was not whole", () => {
  const dataOf = (onDamage: OnDamage) => durableJson(join(work, "some.json"), z.array(z.number()), [], systemClock, { onDamage });

  test("is told once for each state: an older copy is used, then nothing is left; a whole one is silent", async () => {
    const told: Damage[] = [];
    const file = dataOf((damage) => told.push(damage));
    await file.read();
    for (const n of [1, 2, 3]) await file.update((data) => ({ next: [...data, n] }));
    expect(told).toEqual([]);
    damage(join(work, "some.json"));
    expect(await file.read()).toMatchObject({ outcome: "read", data: [1, 2] });
    await file.read();
    expect(told.map(({ kind, passedOver }) => [kind, passedOver.length])).toEqual([["older", 1]]);
    expect(told[0]?.words.en).toContain("some.json. An older copy is used");
    for (const name of ["some.json.1", "some.json.2"]) damage(join(work, name));
    expect(await file.read()).toMatchObject({ outcome: "damaged" });
    expect(told.map(({ kind }) => kind)).toEqual(["older", "lost"]);
  });
});
