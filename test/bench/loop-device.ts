import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const SECTOR_BYTES = 512;
/** Column of /sys/block/<dev>/stat (Documentation/block/stat.rst): sectors written. */
const SECTORS_WRITTEN = 6;

/** Why nothing can be counted on this machine, or null. */
export function loopDeviceMissing(): string | null {
  if (process.getuid?.() !== 0) return "a loop device needs root";
  return spawnSync("losetup", ["-f"]).status === 0 ? null : "no loop device";
}

/** An ext4 of its own on a loop device; `bytesWritten` is what has reached the device, file system and all. */
export async function withLoopDevice<Found>(
  work: string,
  body: (disk: { readonly folder: string; bytesWritten(): number }) => Promise<Found>,
): Promise<Found> {
  const image = join(work, "image");
  const folder = join(work, "mount");
  mkdirSync(folder);
  execFileSync("truncate", ["-s", "512M", image]);
  execFileSync("mkfs.ext4", ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image]);
  const device = execFileSync("losetup", ["-f", "--show", image], { encoding: "utf8" }).trim();
  execFileSync("mount", ["-o", "noatime", device, folder]);
  try {
    return await body({
      folder,
      bytesWritten() {
        execFileSync("sync", ["-f", folder]);
        const stat = readFileSync(`/sys/block/${basename(device)}/stat`, "utf8")
          .trim()
          .split(/\s+/);
        return Number(stat[SECTORS_WRITTEN]) * SECTOR_BYTES;
      },
    });
  } finally {
    execFileSync("umount", [folder]);
    execFileSync("losetup", ["-d", device]);
  }
}
