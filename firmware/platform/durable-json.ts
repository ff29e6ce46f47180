import { createHash } from "node:crypto";
import { link, open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Adapter, Low } from "lowdb";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import { asideName } from "./damaged.ts";
import { type FileClock, type WriterLock, whileWriting } from "./durable-writers.ts";
import { makeFolder } from "./folder.ts";

/** Older copies kept beside the file, `.1` the youngest. */
export const GENERATIONS_KEPT = 5;
const DURABLE_BYTES_MAX = 1024 * 1024;

const envelopeSchema = z.object({ format: z.literal(1), checksum: z.string(), data: z.unknown() });

/**
 * `passedOver` names the files, damaged or missing, that should have been newer than the one that was read; empty is the normal case.
 * `unreadable`: the disk did not give the newest out (pulled, failing), which says nothing about what is in it.
 */
type DurableRead<Data> =
  | { readonly outcome: "read"; readonly data: Data; readonly passedOver: readonly string[] }
  | { readonly outcome: "absent" }
  | { readonly outcome: "damaged"; readonly passedOver: readonly string[]; readonly unreadable: boolean; readonly problem: Words };
/**
 * A data file was not whole when it was read. `older`: an older copy is used, what was changed last may be missing. `lost`: nothing of it
 * can be used. Told once for every state of the files.
 */
export interface Damage {
  readonly file: string;
  readonly kind: "older" | "lost";
  /** The files, damaged or missing, that should have been newer. */
  readonly passedOver: readonly string[];
  readonly words: Words;
}
export type OnDamage = (damage: Damage) => void;

type DurableUpdate = { readonly outcome: "written" } | { readonly outcome: "refused"; readonly problem: Words };

/**
 * A small JSON file that survives power cuts, in a format of ours around lowdb: temporary file → fsync → rename → fsync of the
 * folder, a checksum inside, older generations beside it. Mode 0600. Trouble with the disk comes back as an outcome.
 */
export interface DurableJson<Data> {
  readonly file: string;
  /** The newest whole generation. */
  read(): Promise<DurableRead<Data>>;
  /** Reads, changes and writes under a lock that other processes respect; `change` may refuse with a reason. */
  update(change: (data: Data) => { readonly next: Data } | { readonly problem: Words }): Promise<DurableUpdate>;
  /** Keeps the damaged files under other names, so that a new one can be begun. For data that can be had again; does nothing otherwise. Why it could not, or null. */
  setAsideLost(): Promise<Words | null>;
}

export interface DurableOptions {
  readonly bytesMax?: number;
  readonly onDamage?: OnDamage | undefined;
}

export function durableJson<Data>(
  file: string,
  schema: z.ZodType<Data>,
  empty: Data,
  clock: FileClock,
  { bytesMax = DURABLE_BYTES_MAX, onDamage }: DurableOptions = {},
): DurableJson<Data> {
  let told = "";
  const read = async (): Promise<DurableRead<Data>> => {
    const found = await readNewest(file, schema, bytesMax);
    const damage = damageOf(file, found);
    const state = damage === null ? "" : `${damage.kind} ${damage.passedOver.join()}`;
    if (damage !== null && state !== told) onDamage?.(damage);
    told = state;
    return found;
  };
  return {
    file,
    read,
    async setAsideLost() {
      if ((await read()).outcome !== "damaged") return null;
      try {
        for (let age = 0; age <= GENERATIONS_KEPT; age += 1) {
          const lost = age === 0 ? file : `${file}.${age}`;
          await unlessAbsent(rename(lost, asideName(lost, clock.wallMs())));
        }
        await syncFolder(dirname(file));
        return null;
      } catch (error) {
        return cannotWrite(file, error);
      }
    },
    async update(change) {
      try {
        makeFolder(dirname(file));
        const done = await whileWriting(file, clock, async (lock): Promise<DurableUpdate> => {
          const found = await read();
          if (found.outcome === "damaged") return { outcome: "refused", problem: found.problem };
          const newestIsDamaged = found.outcome === "read" && found.passedOver.includes(file);
          const db = new Low<Data>(new Generations(file, lock, found, newestIsDamaged, bytesMax, clock), empty);
          await db.read();
          const answer = change(db.data);
          if ("problem" in answer) return { outcome: "refused", problem: answer.problem };
          db.data = answer.next;
          await db.write();
          return { outcome: "written" };
        });
        return done ?? { outcome: "refused", problem: anotherWriter(file) };
      } catch (error) {
        return { outcome: "refused", problem: cannotWrite(file, error) };
      }
    },
  };
}

/** What lowdb sees: the generation that was read under the lock, and a write that either happens completely or not at all. */
class Generations<Data> implements Adapter<Data> {
  readonly #file: string;
  readonly #lock: WriterLock;
  readonly #found: DurableRead<Data>;
  readonly #newestIsDamaged: boolean;
  readonly #bytesMax: number;
  readonly #clock: FileClock;

  constructor(file: string, lock: WriterLock, found: DurableRead<Data>, newestIsDamaged: boolean, bytesMax: number, clock: FileClock) {
    this.#file = file;
    this.#lock = lock;
    this.#found = found;
    this.#newestIsDamaged = newestIsDamaged;
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  async read(): Promise<Data | null> {
    return this.#found.outcome === "read" ? this.#found.data : null;
  }

  async write(data: Data): Promise<void> {
    const text = `${JSON.stringify({ format: 1, checksum: checksumOf(data), data }, null, 2)}\n`;
    if (Buffer.byteLength(text) > this.#bytesMax) throw new Error(`larger than ${this.#bytesMax} bytes`);
    await this.#lock.temporary.writeFile(text);
    await this.#lock.temporary.sync();
    // A damaged file is kept for whoever looks into it, and must not push a whole generation out.
    if (this.#newestIsDamaged) await unlessAbsent(rename(this.#file, asideName(this.#file, this.#clock.wallMs())));
    else await this.#shift();
    await rename(`${this.#file}.new`, this.#file);
    this.#lock.isInPlace = true;
    await syncFolder(dirname(this.#file));
  }

  async #shift(): Promise<void> {
    for (let age = GENERATIONS_KEPT - 1; age >= 1; age -= 1) {
      await unlessAbsent(rename(`${this.#file}.${age}`, `${this.#file}.${age + 1}`));
    }
    // A second name instead of a rename: at no moment is there no newest file.
    await unlessAbsent(link(this.#file, `${this.#file}.1`));
  }
}

async function readNewest<Data>(file: string, schema: z.ZodType<Data>, bytesMax: number): Promise<DurableRead<Data>> {
  const passedOver: string[] = [];
  let nothingThere = true;
  let unreadable = false;
  for (let age = 0; age <= GENERATIONS_KEPT; age += 1) {
    const candidate = age === 0 ? file : `${file}.${age}`;
    const found = await readOne(candidate, schema, bytesMax);
    if (found.outcome === "read") return { ...found, passedOver };
    // A write never leaves the newest name empty: when it is, but older ones are there, something else took it away.
    if (found.outcome === "damaged" || age === 0) passedOver.push(candidate);
    nothingThere &&= found.outcome === "absent";
    unreadable ||= age === 0 && found.outcome === "damaged" && found.unreadable;
  }
  return nothingThere ? { outcome: "absent" } : { outcome: "damaged", passedOver, unreadable, problem: allDamaged(passedOver) };
}

async function readOne<Data>(
  file: string,
  schema: z.ZodType<Data>,
  bytesMax: number,
): Promise<{ outcome: "read"; data: Data } | { outcome: "absent" } | { outcome: "damaged"; unreadable: boolean }> {
  const broken = { outcome: "damaged", unreadable: false } as const;
  try {
    if ((await stat(file)).size > bytesMax) return broken;
    const envelope = openEnvelope(await readFile(file, "utf8"));
    if (envelope === null) return broken;
    const data = schema.safeParse(envelope.data);
    return data.success ? { outcome: "read", data: data.data } : broken;
  } catch (error) {
    if (isAbsent(error)) return { outcome: "absent" };
    // What the file system refuses has a code; text that is no JSON has none.
    return { outcome: "damaged", unreadable: codeOf(error) !== "" };
  }
}

/** What a generation holds, whatever that is; null when it is not as it was written. Throws a `SyntaxError` for what is not JSON. */
export function openEnvelope(text: string): { readonly data: unknown } | null {
  const envelope = envelopeSchema.safeParse(JSON.parse(text));
  return envelope.success && checksumOf(envelope.data.data) === envelope.data.checksum ? { data: envelope.data.data } : null;
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessAbsent(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function checksumOf(data: unknown): string {
  return `sha256:${createHash("sha256")
    .update(JSON.stringify(data) ?? "")
    .digest("hex")}`;
}

function damageOf(file: string, found: DurableRead<unknown>): Damage | null {
  if (found.outcome === "damaged") return { file, kind: "lost", passedOver: found.passedOver, words: found.problem };
  if (found.outcome === "absent" || found.passedOver.length === 0) return null;
  return { file, kind: "older", passedOver: found.passedOver, words: olderUsed(found.passedOver) };
}

/** Nothing stands under that name, as opposed to: the disk does not say. */
export function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function allDamaged(files: readonly string[]): Words {
  const list = files.join(", ");
  return {
    zh: `数据文件全部损坏：${list}。请从备份恢复该文件，或将这些文件移走后重新录入。`,
    en: `Every generation of this data file is damaged: ${list}. Restore it from a backup, or move these files away and enter the data again.`,
  };
}

function olderUsed(files: readonly string[]): Words {
  const list = files.join(", ");
  return {
    zh: `数据文件损坏或缺失：${list}，已改用较早的副本，最近的修改可能丢失。请核对该文件的内容，并检查存储卡。`,
    en: `A data file is damaged or missing: ${list}. An older copy is used; the last changes may be missing: check what it holds, and the card.`,
  };
}

function anotherWriter(file: string): Words {
  return {
    zh: `另一个程序正在写入 ${file}。请稍候再试；若一直如此，请检查是否有卡住的 roomward 命令。`,
    en: `Another program is writing ${file}. Try again in a moment; if it stays so, look for a roomward command that hangs.`,
  };
}

/** Why a file could not be written, and what to look at. */
export function cannotWrite(file: string, error: unknown): Words {
  const reason = codeOf(error) || (error instanceof Error ? error.message : String(error));
  return {
    zh: `无法写入 ${file}（${reason}）。请检查数据目录的权限、剩余空间以及存储卡是否变为只读。`,
    en: `Cannot write ${file} (${reason}). Check the permissions of the data folder, the free space, and whether the card has become read-only.`,
  };
}
