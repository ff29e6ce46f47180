import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { diskAfter } from "./disk.ts";
import { type Recording, type Step, withoutFlush } from "./recording.ts";
import { seeded } from "./seeded.ts";
import { MODELS, type Model, writeSurvivors } from "./survivors.ts";

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-survivors-"));
  mkdirSync(join(work, "before"));
});
afterEach(() => rmSync(work, { recursive: true }));

const recordingOf = (steps: readonly Step[]): Recording => ({ before: join(work, "before"), steps });
/** What a power cut after all steps leaves: bytes by name. */
function left(steps: readonly Step[], model: Model, seed: number): ReadonlyMap<string, Buffer> {
  writeSurvivors(diskAfter(recordingOf(steps), steps.length), model, seeded(seed), join(work, "cut"));
  const files = readdirSync(join(work, "cut"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => [join(parentPath, name).slice(join(work, "cut").length + 1), readFileSync(join(parentPath, name))]),
  );
}

const made = (path: string, handle: number): Step => ({ kind: "open", path, handle, made: true, cut: false });
const opened = (path: string, handle: number): Step => ({ kind: "open", path, handle, made: false, cut: false });
const wrote = (handle: number, offset: number, text: string | Buffer): Step => ({
  kind: "write",
  handle,
  offset,
  bytes: Buffer.from(text),
});
let syncs = 0;
function flushed(handle: number): readonly Step[] {
  syncs += 1;
  return [
    { kind: "syncBegin", handle, sync: syncs },
    { kind: "syncEnd", handle, sync: syncs },
  ];
}

const change = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), offset: fc.nat(20_000), bytes: fc.uint8Array({ minLength: 1, maxLength: 9_000 }) }),
  fc.record({ kind: fc.constant("size" as const), size: fc.nat(25_000) }),
);
const asStep = (one: { kind: "write"; offset: number; bytes: Uint8Array } | { kind: "size"; size: number }): Step =>
  one.kind === "write"
    ? { kind: "write", handle: 1, offset: one.offset, bytes: Buffer.from(one.bytes) }
    : { kind: "size", handle: 1, size: one.size };
const root = [opened("", 9)];

function seen(changes: readonly Step[]): Buffer {
  let content = Buffer.alloc(0);
  for (const step of changes) {
    if (step.kind === "size")
      content = Buffer.concat([content.subarray(0, step.size), Buffer.alloc(Math.max(0, step.size - content.length))]);
    if (step.kind !== "write") continue;
    const end = step.offset + step.bytes.length;
    content = Buffer.concat([content, Buffer.alloc(Math.max(0, end - content.length))]);
    step.bytes.copy(content, step.offset);
  }
  return content;
}

test.each(MODELS)("%s: what was flushed, bytes and name, is there as it was", (model) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.nat(), (changes, seed) => {
      const steps = changes.map(asStep);
      const all = [...root, made("file", 1), ...steps, ...flushed(1), ...flushed(9)];
      expect(left(all, model, seed).get("file")?.equals(seen(steps))).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("dropped: what was not flushed is as it was at the last flush", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 5 }), fc.array(change, { maxLength: 5 }), (before, after) => {
      const all = [...root, made("file", 1), ...before.map(asStep), ...flushed(1), ...flushed(9), ...after.map(asStep)];
      expect(
        left(all, "dropped", 1)
          .get("file")
          ?.equals(seen(before.map(asStep))),
      ).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("reordered: each page is one that was there at some moment, and the size is one that there was", () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), fc.nat(), (changes, seed) => {
      const steps = changes.map(asStep);
      const states = steps.map((_, n) => seen(steps.slice(0, n + 1)));
      const found = left([...root, made("file", 1), ...flushed(9), ...steps], "reordered", seed).get("file") ?? Buffer.alloc(0);
      expect([0, ...states.map(({ length }) => length)]).toContain(found.length);
      for (let page = 0; page * 4_096 < found.length; page += 1) {
        const cut = (bytes: Buffer): Buffer =>
          Buffer.concat([bytes.subarray(page * 4_096, (page + 1) * 4_096), Buffer.alloc(4_096)]).subarray(
            0,
            Math.min(4_096, found.length - page * 4_096),
          );
        const is = cut(found);
        expect([Buffer.alloc(0), ...states].some((state) => cut(state).equals(is))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test("torn: each sector is one from before the write that was torn, from after it, or zeros; those before it are whole", () => {
  const old = Buffer.alloc(4_096, "o");
  const steps = [...root, made("file", 1), wrote(1, 0, old), ...flushed(1), ...flushed(9), wrote(1, 1_000, Buffer.alloc(2_000, "n"))];
  const shapes = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const found = left(steps, "torn", seed).get("file") ?? Buffer.alloc(0);
    expect(found.length).toBe(4_096);
    const text = found.toString("latin1");
    expect(text).toMatch(/^o{1000}n*(o*|\0*o*)$/);
    const end = text.lastIndexOf("n") + 1;
    if (end > 0 && end < 3_000) expect(end % 512).toBe(0);
    shapes.add(`${end} ${text.includes("\0")}`);
  }
  expect(shapes.size).toBeGreaterThan(8);
});

test("a rename may be there before the bytes of its file, and its old name never beside the new one", () => {
  const steps = [...root, made("old", 1), ...flushed(9), wrote(1, 0, "text"), { kind: "rename", from: "old", to: "new" } as const];
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 100; seed += 1) {
    const found = left(steps, "reordered", seed);
    outcomes.add([...found].map(([name, bytes]) => `${name} ${bytes.length}`).join());
  }
  expect([...outcomes].sort()).toEqual(["new 0", "new 4", "old 0", "old 4"]);
});

test("a flush covers what was done before it began, and only if it came to its end", () => {
  const steps: Step[] = [
    ...root,
    made("file", 1),
    ...flushed(9),
    { kind: "syncBegin", handle: 1, sync: 1_000 },
    wrote(1, 0, "late"),
    { kind: "syncEnd", handle: 1, sync: 1_000 },
  ];
  expect(left(steps, "dropped", 1).get("file")?.toString()).toBe("");
  const whole = [...steps, ...flushed(1)];
  expect(left(whole, "dropped", 1).get("file")?.toString()).toBe("late");
  expect(
    left(withoutFlush(recordingOf(whole), (path) => path === "file").steps, "dropped", 1)
      .get("file")
      ?.toString(),
  ).toBe("");
});

test("a folder that moved takes its files along, whichever name of it survives", () => {
  const steps: Step[] = [
    { kind: "folder", path: "stage" },
    made("stage/file", 1),
    wrote(1, 0, "text"),
    ...flushed(1),
    opened("stage", 2),
    ...flushed(2),
    { kind: "rename", from: "stage", to: "data" },
  ];
  const names = new Set(Array.from({ length: 60 }, (_, seed) => [...left(steps, "reordered", seed).keys()].join()));
  expect([...names].sort()).toEqual(["", "data/file", "stage/file"]);
});

test("the same seed leaves the same, another seed something else", () => {
  const steps = [
    ...root,
    made("file", 1),
    ...flushed(9),
    ...Array.from({ length: 20 }, (_, n) => wrote(1, n * 4_096, Buffer.alloc(4_096, n + 1))),
  ];
  const at = (seed: number): string => left(steps, "reordered", seed).get("file")?.toString("latin1") ?? "";
  expect(at(5)).toBe(at(5));
  expect(at(5)).not.toBe(at(6));
});
