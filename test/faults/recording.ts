import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { native } from "./native.ts";

/** One call that changed a file, or an acknowledgement, in the order in which they took effect. Paths are below the recorded folder. */
export type Step =
  | { readonly kind: "open"; readonly path: string; readonly handle: number; readonly made: boolean; readonly cut: boolean }
  | { readonly kind: "write"; readonly handle: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "size"; readonly handle: number; readonly size: number }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "link"; readonly from: string; readonly to: string }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string }
  /** A flush covers what was done before its begin, and counts from its end. */
  | { readonly kind: "syncBegin" | "syncEnd" | "syncFailed"; readonly handle: number; readonly sync: number }
  | { readonly kind: "mark"; readonly text: string };

export interface Recording {
  /** What stood on the disk before the first step, all of it flushed. */
  readonly before: string;
  readonly steps: readonly Step[];
}

/** What the recorder of C and this file agree on, see native/recorder.c. */
const KINDS = [
  "",
  "open",
  "write",
  "size",
  "rename",
  "link",
  "unlink",
  "folder",
  "syncBegin",
  "syncEnd",
  "mark",
  "unknown",
  "syncFailed",
] as const;
const HEAD_BYTES = 32;

/**
 * Runs a program whose disk is `<work>/disk`, and writes down what it does to it. A failing disk does as native/faultdisk.c says. Throws when it does not end with 0, or changed a file
 * in a way that the recorder does not understand.
 */
export async function record(work: string, program: string, args: readonly string[], failing = false): Promise<Recording> {
  const disk = join(work, "disk");
  const before = join(work, "before");
  mkdirSync(disk, { recursive: true });
  cpSync(disk, before, { recursive: true });
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      LD_PRELOAD: [native("recorder"), ...(failing ? [native("faultdisk")] : [])].join(" "),
      ROOMWARD_FAULT_FOLDER: disk,
      ROOMWARD_FAULT_CONTROL: join(work, "faults"),
      ROOMWARD_RECORD_FOLDER: disk,
      ROOMWARD_RECORD_LOG: join(work, "log"),
      ROOMWARD_RECORD_MARKS: join(work, "marks"),
    },
  });
  let said = "";
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${String(code)}:\n${said}`);
  return recordingOf(work);
}

/** The recording that was made in a folder. */
export function recordingOf(work: string): Recording {
  return { before: join(work, "before"), steps: [...stepsOf(readFileSync(join(work, "log")))] };
}

function* stepsOf(log: Buffer): Generator<Step> {
  for (let at = 0; at < log.length; ) {
    const kind = KINDS[log.readUInt32LE(at)];
    const [pathBytes, otherBytes, dataBytes] = [log.readUInt32LE(at + 4), log.readUInt32LE(at + 8), log.readUInt32LE(at + 12)];
    const handle = Number(log.readBigUInt64LE(at + 16));
    const number = Number(log.readBigInt64LE(at + 24));
    const pathAt = at + HEAD_BYTES;
    const path = log.toString("utf8", pathAt, pathAt + pathBytes);
    const other = log.toString("utf8", pathAt + pathBytes, pathAt + pathBytes + otherBytes);
    const bytes = log.subarray(pathAt + pathBytes + otherBytes, pathAt + pathBytes + otherBytes + dataBytes);
    at = pathAt + pathBytes + otherBytes + dataBytes;
    if (kind === "open") yield { kind, path, handle, made: number === 1, cut: number === 2 };
    else if (kind === "write") yield { kind, handle, offset: number, bytes };
    else if (kind === "size") yield { kind, handle, size: number };
    else if (kind === "rename" || kind === "link") yield { kind, from: path, to: other };
    else if (kind === "unlink" || kind === "folder") yield { kind, path };
    else if (kind === "syncBegin" || kind === "syncEnd" || kind === "syncFailed") yield { kind, handle, sync: number };
    else if (kind === "mark") for (const text of bytes.toString("utf8").trimEnd().split("\n")) yield { kind, text };
    else throw new Error(`the recorder saw a change that it does not understand: ${other} of ${path}`);
  }
}

/** What a recording would be if the program had not flushed some of its files: how the harness shows that it notices. */
export function withoutFlush(recording: Recording, isLeftOut: (path: string) => boolean): Recording {
  const paths = new Map<number, string>();
  const steps = recording.steps.filter((step) => {
    if (step.kind === "open") paths.set(step.handle, step.path);
    return !(step.kind === "syncEnd" && isLeftOut(paths.get(step.handle) ?? ""));
  });
  return { ...recording, steps };
}
