import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** A disk of its own for one test: a file behind a loop device, ext4 without access times, as the data of a box lies. */
export interface LoopDisk {
  /** `loop3` */
  readonly device: string;
  readonly mountPoint: string;
  dispose(): void;
}

export function loopDisk(megabytes: number): LoopDisk {
  const folder = mkdtempSync(join(tmpdir(), "roomward-disk-"));
  const image = join(folder, "image");
  const mountPoint = join(folder, "data");
  const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: "utf8" }).trim();
  mkdirSync(mountPoint);
  run("truncate", "-s", `${megabytes}M`, image);
  const path = run("losetup", "-f", "--show", image);
  try {
    // Tables that are filled in later would be counted as ours.
    run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", path);
    run("mount", "-o", "noatime", path, mountPoint);
  } catch (error) {
    run("losetup", "-d", path);
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    device: basename(path),
    mountPoint,
    dispose() {
      unmount(mountPoint);
      run("losetup", "-d", path);
      rmSync(folder, { recursive: true });
    },
  };
}

const TRIES = 25;
const AGAIN_MS = 200;

/** A process that was killed a moment ago may still hold its files. */
function unmount(mountPoint: string): void {
  for (let n = 1; spawnSync("umount", [mountPoint], { stdio: "ignore" }).status !== 0; n += 1) {
    if (n === TRIES) throw new Error(`${mountPoint} is busy`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
  }
}
