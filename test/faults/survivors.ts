import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Change, Content, type Disk, type FileNode, FolderNode, type NameChange, type Node } from "./disk.ts";
import type { Seeded } from "./seeded.ts";

/**
 * What a power cut may leave of what was not flushed:
 * - `dropped`: nothing;
 * - `reordered`: of each 4 KiB page some earlier state, each page by itself; of the file's size some earlier one; of the names any of the
 *   changes, so that a rename may be there before the bytes of its file, and a later file before an earlier one;
 * - `torn`: of each file the changes up to one that stops at a sector of 512 bytes, the rest of that write being what was there before,
 *   or zeros; the changes of names up to some moment, whatever became of the bytes.
 */
export const MODELS = ["dropped", "reordered", "torn"] as const;
export type Model = (typeof MODELS)[number];

const PAGE_BYTES = 4_096;
const SECTOR_BYTES = 512;
/** A box is up again later than this after the cut; files carry times from before it. */
const AWAY_S = 60;

/** Writes the disk as a start after the cut finds it into an empty folder. */
export function writeSurvivors(disk: Disk, model: Model, chance: Seeded, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const survive = SURVIVORS[model];
  const names = new Map([...disk.initial].map(([node, entries]) => [node, new Map(entries)]));
  for (const change of survive.names(disk.nameChanges, chance))
    for (const { folder: within, name, node } of change.names) {
      const entries = names.get(within) ?? new Map<string, Node>();
      names.set(within, entries);
      if (node === null) entries.delete(name);
      else entries.set(name, node);
    }
  const written = new Map<FileNode, Buffer>();
  const put = (node: Node, path: string): void => {
    if (node instanceof FolderNode) {
      mkdirSync(path);
      for (const [name, inside] of names.get(node) ?? []) put(inside, join(path, name));
      return;
    }
    let bytes = written.get(node);
    if (bytes === undefined) {
      // SQLite's shared memory lies on the disk and is never flushed: anything may stand in it, and nothing may depend on it.
      bytes = path.endsWith("-shm") ? noise(node.seen().length, chance) : survive.bytes(node, chance);
      written.set(node, bytes);
    }
    writeFileSync(path, bytes, { mode: 0o600 });
    const past = Date.now() / 1_000 - AWAY_S;
    utimesSync(path, past, past);
  };
  put(disk.root, folder);
}

interface Survival {
  names(changes: readonly NameChange[], chance: Seeded): readonly NameChange[];
  bytes(file: FileNode, chance: Seeded): Buffer;
}

const SURVIVORS: Readonly<Record<Model, Survival>> = {
  dropped: {
    names: (changes) => changes.filter(({ flushed }) => flushed),
    bytes: (file) => file.flushed.bytes(),
  },
  reordered: {
    names(changes, chance) {
      const share = chance.next();
      return changes.filter(({ flushed }) => flushed || chance.next() < share);
    },
    bytes: pagesInAnyOrder,
  },
  torn: {
    names(changes, chance) {
      const pending = changes.filter(({ flushed }) => !flushed);
      const last = pending[chance.whole(pending.length + 1) - 1];
      const end = last === undefined ? 0 : changes.indexOf(last) + 1;
      return changes.filter(({ flushed }, index) => flushed || index < end);
    },
    bytes: upToATornOne,
  },
};

function pagesInAnyOrder({ flushed, pending }: FileNode, chance: Seeded): Buffer {
  if (pending.length === 0) return flushed.bytes();
  const sizes = [flushed.size];
  const changesOf = new Map<number, Change[]>();
  for (const change of pending) {
    const before = sizes.at(-1) ?? 0;
    const after = "size" in change ? change.size : Math.max(before, change.offset + change.bytes.length);
    sizes.push(after);
    const [from, to] = "size" in change ? [Math.min(before, after), Math.max(before, after)] : [change.offset, after];
    for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < to; page += 1) {
      const own = changesOf.get(page) ?? [];
      own.push(change);
      changesOf.set(page, own);
    }
  }
  const content = flushed.copy();
  content.resize(Math.max(...sizes));
  for (const [page, changes] of changesOf) {
    const from = page * PAGE_BYTES;
    // The card takes a page as memory has it at some moment: with the changes before that, and none after.
    const state = new Content(Buffer.from(content.bytes().subarray(from, from + PAGE_BYTES)));
    state.resize(PAGE_BYTES);
    for (const change of changes.slice(0, chance.whole(changes.length + 1))) applyToPage(state, change, from);
    state.bytes().copy(content.bytes(), from);
  }
  content.resize(chance.of(sizes));
  return content.bytes();
}

function applyToPage(page: Content, change: Change, from: number): void {
  if ("size" in change) {
    if (change.size < from + PAGE_BYTES) page.bytes().fill(0, Math.max(0, change.size - from));
    return;
  }
  const start = Math.max(change.offset, from);
  const end = Math.min(change.offset + change.bytes.length, from + PAGE_BYTES);
  if (start < end) change.bytes.copy(page.bytes(), start - from, start - change.offset, end - change.offset);
}

function upToATornOne({ flushed, pending }: FileNode, chance: Seeded): Buffer {
  const content = flushed.copy();
  const whole = chance.whole(pending.length + 1);
  for (const change of pending.slice(0, whole)) content.apply(change);
  const torn = pending[whole];
  if (torn === undefined || "size" in torn) return content.bytes();
  const { offset, bytes } = torn;
  // Sectors are counted from the file's begin: a write ends inside of its first one, or at a border.
  const borders = Array.from({ length: Math.ceil(bytes.length / SECTOR_BYTES) + 1 }, (_, n) =>
    Math.max(0, Math.min(n * SECTOR_BYTES - (offset % SECTOR_BYTES), bytes.length)),
  );
  const kept = chance.of(borders);
  const before = content.size;
  content.apply({ offset, bytes: bytes.subarray(0, kept) });
  const rest = chance.of(["asBefore", "zeros", "longerWithZeros"] as const);
  if (rest === "zeros" && offset + kept < before) content.bytes().fill(0, offset + kept, Math.min(before, offset + bytes.length));
  if (rest === "longerWithZeros" && offset + bytes.length > content.size) content.resize(offset + bytes.length);
  return content.bytes();
}

function noise(bytes: number, chance: Seeded): Buffer {
  return Buffer.from(Array.from({ length: Math.min(bytes, PAGE_BYTES) }, () => chance.whole(256)));
}
