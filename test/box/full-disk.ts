import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DISK_BYTES = 1024 * 1024;

/** A disk of one mebibyte, or of another size, that a test can fill and free. `folder` is a data folder on it. */
export async function withFullDisk(
  work: string,
  body: (disk: { readonly folder: string; fill(leave?: number): void; free(): void }) => void | Promise<void>,
  diskBytes = DISK_BYTES,
): Promise<void> {
  const mount = join(work, "disk");
  mkdirSync(mount);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "tmpfs", mount]);
  const filling = join(mount, "filling");
  try {
    await body({
      folder: join(mount, "data"),
      fill(leave = 0) {
        const { bavail, bsize } = statfsSync(mount);
        try {
          writeFileSync(filling, Buffer.alloc(bavail * bsize - leave), { flag: "a" });
        } catch (error) {
          // The box wrote meanwhile: then it is as full as it can be.
          if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
        }
      },
      free: () => rmSync(filling),
    });
  } finally {
    execFileSync("umount", ["-l", mount]);
  }
}
