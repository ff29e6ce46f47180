import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Recording, Step } from "./recording.ts";

/** A change of a file's bytes. */
export type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly size: number };

/** The bytes of a file as they grow and shrink; what was never written is zeros. */
export class Content {
  #bytes: Buffer;
  size: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  copy(): Content {
    return new Content(Buffer.from(this.bytes()));
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  apply(change: Change): void {
    if ("size" in change) {
      this.resize(change.size);
      return;
    }
    const end = change.offset + change.bytes.length;
    if (end > this.size) this.resize(end);
    change.bytes.copy(this.#bytes, change.offset);
  }

  resize(size: number): void {
    if (size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      this.bytes().copy(larger);
      this.#bytes = larger;
    } else if (size < this.size) this.#bytes.fill(0, size, this.size);
    this.size = size;
  }
}

/** A file by itself, whatever its names are. */
export class FileNode {
  /** What the last flush put on the disk. */
  readonly flushed: Content;
  /** What was done since, in order. */
  readonly pending: Change[] = [];
  /** How many changes were flushed before the first pending one. */
  flushedCount = 0;
  readonly #seen: Content;
  /** Of the pending changes those that the kernel has given up: a reader still sees them, and no flush puts them on the disk. */
  readonly #givenUp = new Set<Change>();

  constructor(bytes: Buffer) {
    this.flushed = new Content(bytes);
    this.#seen = this.flushed.copy();
  }

  change(change: Change): void {
    this.pending.push(change);
    this.#seen.apply(change);
  }

  flush(upTo: number): void {
    const now = this.pending.splice(0, Math.max(0, upTo - this.flushedCount));
    for (const change of now) {
      if (this.#givenUp.delete(change)) this.flushed.resize(Math.max(this.flushed.size, endOf(change)));
      else this.flushed.apply(change);
    }
    this.flushedCount += now.length;
  }

  flushFailed(upTo: number): void {
    for (const change of this.pending.slice(0, Math.max(0, upTo - this.flushedCount))) if ("bytes" in change) this.#givenUp.add(change);
  }

  /** With all that was done, flushed or not: what a reader sees as long as there is power. */
  seen(): Buffer {
    return this.#seen.bytes();
  }
}

function endOf(change: Change): number {
  return "bytes" in change ? change.offset + change.bytes.length : 0;
}

export class FolderNode {
  readonly entries = new Map<string, Node>();
}

export type Node = FileNode | FolderNode;

/** What one call did to names, all at once: a rename takes one away and gives another. Null: the name is free. */
export interface NameChange {
  readonly names: readonly { readonly folder: FolderNode; readonly name: string; readonly node: Node | null }[];
  flushed: boolean;
}

/**
 * A disk as its user sees it and, apart from that, what of it has been flushed. What is assumed of the file system is the weak end of what
 * POSIX and Linux's file systems promise; ext4 with its default options keeps more:
 * - fsync and fdatasync of a file flush its bytes and its size, not its name;
 * - fsync of a folder flushes the names in it, not what is in the files;
 * - a rename is one step: at no moment are both names gone (a journal of the file system; not so on FAT);
 * - a flush covers what was done before it began;
 * - after one that failed the kernel holds those pages for written: a later flush succeeds without them, though every reader sees them
 *   (Linux since 4.13, ext4).
 */
export class Disk {
  readonly root = new FolderNode();
  /** Names as the user sees them are in the folders; here is how they came to be, from `initial` on. */
  readonly nameChanges: NameChange[] = [];
  readonly initial: ReadonlyMap<FolderNode, ReadonlyMap<string, Node>>;
  readonly #handles = new Map<number, Node>();
  readonly #syncs = new Map<number, number>();

  constructor(before: string) {
    this.#load(this.root, before);
    this.initial = new Map(foldersOf(this.root).map((folder) => [folder, new Map(folder.entries)]));
  }

  apply(step: Step): void {
    switch (step.kind) {
      case "open":
        if (step.made) this.#assign([[step.path, new FileNode(Buffer.alloc(0))]]);
        this.#handles.set(step.handle, this.#node(step.path));
        if (step.cut) this.#file(step.handle).change({ size: 0 });
        return;
      case "write":
        this.#file(step.handle).change({ offset: step.offset, bytes: step.bytes });
        return;
      case "size":
        this.#file(step.handle).change({ size: step.size });
        return;
      case "rename": {
        const node = this.#node(step.from);
        // Two names of one file: the call succeeds and does nothing.
        if (this.#find(step.to) !== node)
          this.#assign([
            [step.from, null],
            [step.to, node],
          ]);
        return;
      }
      case "link":
        this.#assign([[step.to, this.#node(step.from)]]);
        return;
      case "unlink":
        this.#assign([[step.path, null]]);
        return;
      case "folder":
        this.#assign([[step.path, new FolderNode()]]);
        return;
      case "syncBegin": {
        const node = this.#handles.get(step.handle);
        this.#syncs.set(step.sync, node instanceof FileNode ? node.flushedCount + node.pending.length : this.nameChanges.length);
        return;
      }
      case "syncEnd":
        this.#flush(this.#handles.get(step.handle), this.#syncs.get(step.sync) ?? 0);
        return;
      case "syncFailed": {
        const node = this.#handles.get(step.handle);
        if (node instanceof FileNode) node.flushFailed(this.#syncs.get(step.sync) ?? 0);
        return;
      }
      case "mark":
    }
  }

  #flush(node: Node | undefined, upTo: number): void {
    if (node instanceof FileNode) node.flush(upTo);
    else
      for (const change of this.nameChanges.slice(0, upTo)) if (change.names.some(({ folder }) => folder === node)) change.flushed = true;
  }

  #assign(names: readonly (readonly [path: string, node: Node | null])[]): void {
    const change = names.map(([path, node]) => ({ ...this.#place(path), node }));
    for (const { folder, name, node } of change) {
      if (node === null) folder.entries.delete(name);
      else folder.entries.set(name, node);
    }
    this.nameChanges.push({ names: change, flushed: false });
  }

  #file(handle: number): FileNode {
    const node = this.#handles.get(handle);
    if (!(node instanceof FileNode)) throw new Error(`handle ${handle} is no file`);
    return node;
  }

  #node(path: string): Node {
    const node = this.#find(path);
    if (node === null) throw new Error(`${path} is not there, yet it was used`);
    return node;
  }

  #find(path: string): Node | null {
    let node: Node | undefined = this.root;
    for (const part of path.split("/").filter((part) => part !== ""))
      node = node instanceof FolderNode ? node.entries.get(part) : undefined;
    return node ?? null;
  }

  #place(path: string): { readonly folder: FolderNode; readonly name: string } {
    const slash = path.lastIndexOf("/");
    const folder = this.#node(slash < 0 ? "" : path.slice(0, slash));
    if (!(folder instanceof FolderNode)) throw new Error(`${path} is not in a folder`);
    return { folder, name: path.slice(slash + 1) };
  }

  #load(folder: FolderNode, path: string): void {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name);
      const node = entry.isDirectory() ? new FolderNode() : new FileNode(readFileSync(inside));
      folder.entries.set(entry.name, node);
      if (node instanceof FolderNode) this.#load(node, inside);
    }
  }
}

/** The disk after the first `count` steps. */
export function diskAfter({ before, steps }: Recording, count: number): Disk {
  const disk = new Disk(before);
  for (const step of steps.slice(0, count)) disk.apply(step);
  return disk;
}

function foldersOf(folder: FolderNode): readonly FolderNode[] {
  return [folder, ...[...folder.entries.values()].flatMap((node) => (node instanceof FolderNode ? foldersOf(node) : []))];
}
