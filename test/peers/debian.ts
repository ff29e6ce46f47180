import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

export const SUITE = "bookworm";

/** The mirror that this machine's own apt uses. Throws when it has none for the suite. */
export function debianMirror(): string {
  const targets = execFileSync("apt-get", ["indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"], {
    encoding: "utf8",
  });
  const mirror = targets.split("\n").find((line) => line.endsWith(` ${SUITE}`));
  if (mirror === undefined) throw new Error(`apt knows no mirror of ${SUITE}`);
  return mirror.slice(0, mirror.lastIndexOf(" "));
}

const BINFMT = "/proc/sys/fs/binfmt_misc";
const HANDLER = `${BINFMT}/qemu-aarch64`;
const QEMU = "/usr/bin/qemu-aarch64-static";
/** Head of an ELF file, 64 bit, little-endian, for AArch64 (machine 0xb7), executable or shared; and which of its bits count. */
const MAGIC = "\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00";
const MASK = "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff";

/**
 * Lets the kernel hand programs for arm64 to qemu, as Debian's own package does where it may; F: also inside of a root that does not have qemu.
 * @returns how to take it back, or null when the machine does not let us.
 */
export function runForeignPrograms(): (() => void) | null {
  if (existsSync(HANDLER)) return () => {};
  try {
    if (!existsSync(`${BINFMT}/register`)) execFileSync("mount", ["-t", "binfmt_misc", "binfmt_misc", BINFMT], { stdio: "ignore" });
    writeFileSync(`${BINFMT}/register`, `:qemu-aarch64:M::${MAGIC}:${MASK}:${QEMU}:F`);
    if (!readFileSync(HANDLER, "utf8").startsWith("enabled")) return null;
    return () => writeFileSync(HANDLER, "-1");
  } catch {
    return null;
  }
}
