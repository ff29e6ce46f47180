import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Words } from "../../firmware/contract/alarm.ts";
import { TOKENS_MAX } from "../../firmware/people/people-file.ts";
import { openTokenBook } from "../../firmware/people/token-book.ts";
import { addToken, listTokens, removeToken } from "../../firmware/people/tokens.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { durableJson, GENERATIONS_KEPT } from "../../firmware/platform/durable-json.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomward-tokens-"));
});
afterEach(() => rm(folder, { recursive: true }));

const file = () => join(folder, "people.json");

async function add(name: string, role: "viewer" | "operator" | "administrator" = "viewer"): Promise<string> {
  const added = await addToken(folder, name, role, clock);
  if ("problem" in added) throw new Error(added.problem.en);
  return added.token;
}

async function names(): Promise<readonly string[]> {
  const listed = await listTokens(folder, clock);
  if ("problem" in listed) throw new Error(listed.problem.en);
  return listed.tokens.map((record) => record.name);
}

function book(): {
  find(token: string): Promise<string | null>;
  warnings: Words[];
  stillValid(id: string): Promise<unknown>;
  id(token: string): Promise<string>;
} {
  const warnings: Words[] = [];
  const opened = openTokenBook(folder, clock, (words) => warnings.push(words));
  return {
    warnings,
    find: async (token) => (await opened.find(token))?.name ?? null,
    id: async (token) => (await opened.find(token))?.id ?? "",
    stillValid: (id) => opened.stillValid(id),
  };
}

describe("a token", () => {
  test("is 32 random bytes, shown once; the file holds only its hash and is closed to others", async () => {
    const token = await add("duty-desk", "operator");
    expect(token).toMatch(/^rw_[A-Za-z0-9_-]{43}$/);
    const text = await readFile(file(), "utf8");
    expect(text).not.toContain(token);
    expect(text).not.toContain(token.slice(3));
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await listTokens(folder, clock)).toMatchObject({ tokens: [{ name: "duty-desk", role: "operator" }], warning: null });
  });

  test.each(["", " desk", "desk ", "a".repeat(65), "two\nlines", "bell\u0007", "hid\u200bden"])("has no name like %j", async (name) => {
    expect(await addToken(folder, name, "viewer", clock)).toMatchObject({ problem: { zh: expect.stringContaining("1 至 64") } });
  });

  test.each(["值班台 1", "a", "😀".repeat(64)])("may be named %j", async (name) => {
    await add(name);
    expect(await names()).toEqual([name]);
  });

  test("has a name of its own, whatever the case", async () => {
    await add("Desk");
    expect(await addToken(folder, "desk", "viewer", clock)).toMatchObject({ problem: { en: expect.stringContaining("already") } });
  });

  test("that is not there cannot be removed", async () => {
    expect(await removeToken(folder, "ghost", clock)).toMatchObject({ problem: { en: expect.stringContaining("no token named `ghost`") } });
    expect(await readdir(folder)).toEqual([]);
  });

  test("is refused beyond the limit", async () => {
    const tokens = Array.from({ length: TOKENS_MAX }, (_, i) => ({
      id: `${i}`,
      name: `n${i}`,
      role: "viewer",
      createdAtMs: 0,
      sha256: "",
    }));
    await durableJson(file(), z.any(), {}, clock).update(() => ({ next: { tokens } }));
    expect(await addToken(folder, "one more", "viewer", clock)).toMatchObject({ problem: { en: expect.stringContaining("200") } });
  });

  test("survives twenty writers at once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(`writer-${i}`)));
    expect(new Set(await names()).size).toBe(20);
  });
});

describe("the running gateway", () => {
  test("knows tokens that were added or removed while it runs", async () => {
    const { find, stillValid, id } = book();
    expect(await find("rw_unknown")).toBeNull();
    const token = await add("desk");
    expect(await find(token)).toBe("desk");
    const personId = await id(token);
    expect(await stillValid(personId)).not.toBeNull();
    await removeToken(folder, "desk", clock);
    expect(await find(token)).toBeNull();
    expect(await stillValid(personId)).toBeNull();
  });

  test.each(["", "rw_", `rw_${"x".repeat(10_000)}`, "no prefix"])("does not know %j", async (token) => {
    await add("desk");
    expect(await book().find(token)).toBeNull();
  });

  test("does not take the stored hash for a token", async () => {
    await add("desk");
    const { sha256 } = JSON.parse(await readFile(file(), "utf8")).data.tokens[0];
    const { find } = book();
    expect(await find(sha256)).toBeNull();
    expect(await find(`rw_${sha256}`)).toBeNull();
  });
});

describe("a damaged file", () => {
  const damages: [string, (text: string) => string][] = [
    ["is cut off", (text) => text.slice(0, text.length / 2)],
    ["is full of zero bytes", (text) => "\0".repeat(text.length)],
    ["is empty", () => ""],
    ["has one role changed by hand", (text) => text.replace('"viewer"', '"administrator"')],
    ["has grown beyond all measure", (text) => text + " ".repeat(1024 * 1024)],
  ];

  test.each(damages)("that %s gives way to the generation before, and that is said", async (_, damage) => {
    const first = await add("first");
    const second = await add("second");
    await writeFile(file(), damage(await readFile(file(), "utf8")));
    const { find, warnings } = book();
    expect(await find(first)).toBe("first");
    expect(await find(second)).toBeNull();
    expect(warnings).toMatchObject([{ en: expect.stringContaining(file()) }]);
    expect(await listTokens(folder, clock)).toMatchObject({ warning: { zh: expect.stringContaining("token list") } });
  });

  test("is kept aside by the next write, which pushes no whole generation out", async () => {
    for (let i = 0; i <= GENERATIONS_KEPT; i += 1) await add(`n${i}`);
    await writeFile(file(), "damaged");
    await add("after");
    expect((await readdir(folder)).sort()).toEqual([
      "people.json",
      ...Array.from({ length: GENERATIONS_KEPT }, (_, i) => `people.json.${i + 1}`),
      expect.stringMatching(/^people\.json\.damaged-[\w-]+Z$/),
    ]);
    expect(await names()).toEqual(["n0", "n1", "n2", "n3", "n4", "after"]);
    const oldest = JSON.parse(await readFile(`${file()}.${GENERATIONS_KEPT}`, "utf8"));
    expect(oldest.data.tokens).toHaveLength(1);
  });

  test("is not a disk that gives nothing out: whoever was known stays known, and a change is seen when it is back", async () => {
    const token = await add("wall");
    const gone = await add("gone");
    const people = book();
    expect([await people.find(token), await people.find(gone)]).toEqual(["wall", "gone"]);

    await rename(folder, `${folder}.kept`);
    await mkdir(folder);
    try {
      // Neither looking at the name nor reading what is behind it works.
      await symlink("people.json", file());
      expect([await people.find(token), people.warnings]).toEqual(["wall", []]);
      await rm(file());
      await mkdir(file());
      expect([await people.find(token), await people.find(token)]).toEqual(["wall", "wall"]);
      expect(people.warnings).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
      await rename(`${folder}.kept`, folder);
    }
    expect(await removeToken(folder, "gone", clock)).not.toHaveProperty("problem");
    expect([await people.find(token), await people.find(gone)]).toEqual(["wall", null]);
  });

  test("that is the last of its kind lets nobody in and is not written over", async () => {
    const token = await add("first");
    await writeFile(file(), "damaged");
    const { find, warnings } = book();
    expect(await find(token)).toBeNull();
    expect(warnings).toMatchObject([{ en: expect.stringContaining("Restore it from a backup") }]);
    expect(await addToken(folder, "second", "viewer", clock)).toMatchObject({ problem: { zh: expect.stringContaining("损坏") } });
    expect(await readFile(file(), "utf8")).toBe("damaged");
  });

  test("that vanished gives way to the generation before, and that is said", async () => {
    await add("first");
    await add("second");
    await rm(file());
    expect(await listTokens(folder, clock)).toMatchObject({
      tokens: [{ name: "first" }],
      warning: { en: expect.stringContaining("missing") },
    });
  });
});

describe("generations", () => {
  test("are five, the youngest first", async () => {
    for (let i = 0; i < 8; i += 1) await add(`n${i}`);
    expect((await readdir(folder)).sort()).toEqual(["people.json", ...[1, 2, 3, 4, 5].map((age) => `people.json.${age}`)]);
    for (const age of [1, 5]) {
      const { data } = JSON.parse(await readFile(`${file()}.${age}`, "utf8"));
      expect(data.tokens).toHaveLength(8 - age);
    }
  });

  test("are not made by a refused change", async () => {
    await add("desk");
    const before = await readFile(file(), "utf8");
    await addToken(folder, "desk", "viewer", clock);
    expect(await readdir(folder)).toEqual(["people.json"]);
    expect(await readFile(file(), "utf8")).toBe(before);
  });
});

describe("the lock", () => {
  test("left behind by a power cut is taken away, even when its time is still to come", async () => {
    for (const touched of [clock.wallMs() - 60_000, clock.wallMs() + 86_400_000]) {
      await writeFile(`${file()}.new`, "half a fi");
      await utimes(`${file()}.new`, touched / 1_000, touched / 1_000);
      await add(`n${touched}`);
    }
    expect(await names()).toHaveLength(2);
  });

  test("left behind by a program that was killed a moment ago costs the next one a wait, not its change", { timeout: 60_000 }, async () => {
    await writeFile(`${file()}.new`, "half a fi");
    await add("desk");
    expect(await names()).toEqual(["desk"]);
  });

  test("of a living writer is respected, and its holder is not disturbed", async () => {
    await writeFile(`${file()}.new`, "being written");
    const impatient = { ...clock, sleep: async () => {} };
    expect(await addToken(folder, "desk", "viewer", impatient)).toMatchObject({
      problem: { en: expect.stringContaining("Another program") },
    });
    expect(await readFile(`${file()}.new`, "utf8")).toBe("being written");
  });
});

test("a folder that cannot be written is a problem with words, not an exception", async () => {
  await writeFile(join(folder, "in-the-way"), "");
  const added = await addToken(join(folder, "in-the-way"), "desk", "viewer", clock);
  expect(added).toMatchObject({ problem: { zh: expect.stringContaining("无法写入"), en: expect.stringMatching(/EEXIST|ENOTDIR/) } });
  await mkdir(join(folder, "sub"));
  const big = await durableJson(join(folder, "big.json"), z.string(), "", clock).update(() => ({ next: "x".repeat(1024 * 1024) }));
  expect(big).toMatchObject({ outcome: "refused", problem: { en: expect.stringContaining("larger than") } });
  expect(await readdir(folder)).not.toContain("big.json.new");
});
