import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DISK_BYTES = 1024 * 1024;

/** A disk of one mebibyte that a test can fill and free. `folder` is a data folder on it. */
export async function withFullDisk(
  work: string,
  body: (disk: { readonly folder: string; fill(): void; free(): void }) => void | Promise<void>,
): Promise<void> {
  const mount = join(work, "disk");
  mkdirSync(mount);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", mount]);
  const ballast = join(mount, "ballast");
  try {
    await body({
      folder: join(mount, "data"),
      fill() {
        const { bavail, bsize } = statfsSync(mount);
        writeFileSync(ballast, Buffer.alloc(bavail * bsize));
      },
      free: () => rmSync(ballast),
    });
  } finally {
    execFileSync("umount", ["-l", mount]);
  }
}
