import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Disk, diskAfter, FileNode, type FolderNode } from "./disk.ts";
import { type Recording, record, type Step } from "./recording.ts";
import { seeded } from "./seeded.ts";
import { type Model, writeSurvivors } from "./survivors.ts";

/**
 * What a start after a power cut found. `whole`: all that was acknowledged, in order, nothing in halves, and it went on from there.
 * `half`: a part of what belongs together.
 */
export type Finding =
  | { readonly outcome: "whole" }
  | { readonly outcome: "lost"; readonly count: number; readonly what: string }
  | { readonly outcome: "unreadable" | "half"; readonly what: string };

export const WHOLE: Finding = { outcome: "whole" };

/** A way to put something on the disk for good. A new one is a file in `scenarios/` and a line in `scenarios.ts`. */
export interface CommitPath {
  readonly name: string;
  /** The disk fails as the run itself writes into the file ROOMWARD_FAULT_CONTROL. */
  readonly onFailingDisk?: true;
  /** What stands on the disk before the recorded run, flushed. */
  prepare?(disk: string): Promise<void> | void;
  /** Runs in a process of its own, recorded. `say` what was acknowledged once it is, never before. */
  drive(disk: string, say: (mark: string) => void): Promise<void> | void;
  /** Starts the real code on what a power cut left, and looks at all of it. `said` is what was acknowledged before the cut. An error that it throws is `unreadable`. */
  recover(disk: string, said: readonly string[]): Promise<Finding> | Finding;
}

export interface Tally {
  readonly cuts: number;
  readonly whole: number;
  readonly lost: number;
  readonly unreadable: number;
  readonly half: number;
  /** Most acknowledgements that one cut took. */
  readonly worst: number;
  /** The first that were not whole, each with the seed that makes it again. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 5;
const DRIVE = fileURLToPath(new URL("./drive.ts", import.meta.url));
/** Memory, where there is some: thousands of starts flush thousands of times, which proves nothing here. */
const WORK = existsSync("/dev/shm") ? "/dev/shm" : "/tmp";

export function workFolder(): string {
  return mkdtempSync(join(WORK, "roomward-faults-"));
}

/** Drives a commit path once under the recorder, and proves that the record is complete: replayed as a whole it is the disk that the run left. */
export async function recordPath(path: CommitPath, work: string): Promise<Recording> {
  const disk = join(work, "disk");
  mkdirSync(disk);
  await path.prepare?.(disk);
  const recording = await record(work, process.execPath, [DRIVE, path.name, disk, join(work, "marks")], path.onFailingDisk);
  expectComplete(recording, disk);
  return recording;
}

/** Cuts the power at `count` moments. Each has a seed of its own: `first`, `first` + 1 … */
export async function cutPower(
  path: CommitPath,
  recording: Recording,
  options: { readonly model: Model; readonly count: number; readonly first: number; readonly work: string },
): Promise<Tally> {
  const { model, count, first, work } = options;
  const moments = Array.from({ length: count }, (_, n) => momentOf(recording, first + n)).sort((a, b) => a.step - b.step);
  const tally = { cuts: count, whole: 0, lost: 0, unreadable: 0, half: 0, worst: 0, examples: [] as string[] };
  const disk = new Disk(recording.before);
  const said: string[] = [];
  let done = 0;
  for (const { seed, step } of moments) {
    for (; done < step; done += 1) {
      const next = recording.steps[done] as Step;
      disk.apply(next);
      if (next.kind === "mark") said.push(next.text);
    }
    const finding = await oneCut(path, disk, said, { model, seed, folder: join(work, "cut") });
    tally[finding.outcome] += 1;
    if (finding.outcome === "whole") continue;
    tally.worst = Math.max(tally.worst, finding.outcome === "lost" ? finding.count : said.length);
    if (tally.examples.length < EXAMPLES_MAX)
      tally.examples.push(
        `--model ${model} --seed ${seed} (step ${step} of ${recording.steps.length}): ${finding.outcome}: ${finding.what}`,
      );
  }
  return tally;
}

/** The same cut again, for whoever looks into it; what it left is in `folder`. */
export async function cutAgain(path: CommitPath, recording: Recording, model: Model, seed: number, folder: string): Promise<Finding> {
  const { step } = momentOf(recording, seed);
  const said = recording.steps.slice(0, step).flatMap((one) => (one.kind === "mark" ? [one.text] : []));
  return oneCut(path, diskAfter(recording, step), said, { model, seed, folder });
}

/** The cut comes after so many steps. Half of them right after an acknowledgement, where there is most to lose. */
function momentOf({ steps }: Recording, seed: number): { readonly seed: number; readonly step: number } {
  const chance = seeded(seed);
  const step = chance.whole(steps.length + 1);
  if (chance.next() < 0.5) return { seed, step };
  const mark = steps.findIndex(({ kind }, index) => index >= step && kind === "mark");
  return { seed, step: mark < 0 ? step : mark + 1 };
}

async function oneCut(
  path: CommitPath,
  disk: Disk,
  said: readonly string[],
  { model, seed, folder }: { readonly model: Model; readonly seed: number; readonly folder: string },
): Promise<Finding> {
  writeSurvivors(disk, model, seeded(seed ^ 0x5bd1e995), folder);
  try {
    return await path.recover(folder, said);
  } catch (error) {
    return { outcome: "unreadable", what: error instanceof Error ? error.message : String(error) };
  }
}

/** Throws when a replay of everything differs from the disk that the run left behind: then the recorder has missed something. */
export function expectComplete(recording: Recording, disk: string): void {
  const replayed = new Map<string, Buffer>();
  const walk = (folder: FolderNode, path: string): void => {
    for (const [name, node] of folder.entries)
      if (node instanceof FileNode) replayed.set(join(path, name), node.seen());
      else walk(node, join(path, name));
  };
  walk(diskAfter(recording, recording.steps.length).root, "");
  const real = readdirSync(disk, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative(disk, entry.parentPath), entry.name));
  const names = new Set([...replayed.keys(), ...real].filter((name) => !name.endsWith("-shm")));
  for (const name of names) {
    const there = existsSync(join(disk, name)) && statSync(join(disk, name)).isFile() ? readFileSync(join(disk, name)) : null;
    if (there === null || replayed.get(name)?.equals(there) !== true) throw new Error(`the recording of ${name} is not complete`);
  }
}

/** Keeps a recording for `cut.ts`. */
export function keepRecording(work: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of ["log", "before"]) cpSync(join(work, name), join(to, name), { recursive: true });
}
