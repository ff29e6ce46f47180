import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { native } from "./native.ts";

/** A card of its own for one test, with ext4 on it as on a box, that can fail as cards do. Needs root. */
export interface Card {
  /** A data folder on it. */
  readonly data: string;
  fill(): void;
  free(): void;
  /** An error of the file system, after which the kernel lets nobody write any more. */
  turnReadOnly(): void;
  /** By hand, or by a system that found something at its start. */
  mountReadOnly(isReadOnly: boolean): void;
  /** It is pulled: nothing more is read or written, what was not flushed is gone. */
  pull(): void;
  /** The same card again after `pull` or `turnReadOnly`, when nobody has it open: the file system plays its journal back. */
  putBack(): void;
  dispose(): void;
}

const BALLAST = "something-else";

export function newCard(work: string, megabytes: number): Card {
  const image = join(work, "card.img");
  const mount = join(work, "card");
  mkdirSync(mount);
  const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: "utf8" }).trim();
  run("truncate", "-s", `${megabytes}M`, image);
  run("mkfs.ext4", "-q", "-F", image);
  let device = "";
  const putIn = (): void => {
    device = run("losetup", "-f", "--show", image);
    run("mount", "-o", "noatime,errors=remount-ro", device, mount);
  };
  const takeOut = (): void => {
    run("umount", mount);
    run("losetup", "-d", device);
  };
  putIn();
  return {
    data: join(mount, "data"),
    fill() {
      const { bavail, bsize } = statfsSync(mount);
      const piece = Buffer.alloc(bavail * bsize);
      // What a file needs besides its bytes is taken from the same blocks: the last ones one by one.
      for (let size = piece.length; size >= bsize; size = Math.floor(size / 2)) {
        try {
          writeFileSync(join(mount, `${BALLAST}-${size}`), piece.subarray(0, size));
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
        }
      }
    },
    free() {
      for (const name of readdirSync(mount)) if (name.startsWith(BALLAST)) rmSync(join(mount, name));
    },
    turnReadOnly: () => writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, "1"),
    mountReadOnly: (isReadOnly) => void run("mount", "-o", `remount,${isReadOnly ? "ro" : "rw"}`, mount),
    pull: () => void run(native("goingdown"), mount),
    putBack() {
      takeOut();
      // As the start of a box does: the journal of the file system first, then what an error had marked.
      try {
        run("e2fsck", "-p", image);
      } catch (error) {
        // 1: mended.
        if (!(error instanceof Error && "status" in error && error.status === 1)) throw error;
      }
      putIn();
    },
    dispose: takeOut,
  };
}
