import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";

/** A stick: an image file that is a block device while it is plugged in. FAT where the kernel has it, otherwise exFAT through FUSE. */
export class Drive {
  readonly image: string;
  readonly folder: string;
  readonly #kind = readFileSync("/proc/filesystems", "utf8").includes("vfat") ? "vfat" : "exfat";
  #device = "";

  constructor(image: string, folder: string, mebibytes = 32) {
    this.image = image;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    if (existsSync(image)) return;
    run("truncate", "-s", `${mebibytes}M`, image);
    run(`mkfs.${this.#kind}`, image);
  }

  get device(): string {
    return this.#device;
  }

  /** Makes it a block device, without mounting it. */
  plug(): void {
    this.#device = run("losetup", "-f", "--show", this.image).trim();
  }

  mount(mode: "ro" | "rw"): void {
    this.plug();
    const options = `${mode},nosuid,nodev,noexec`;
    if (this.#kind === "vfat") run("mount", "-t", "vfat", "-o", options, this.#device, this.folder);
    else run("mount.exfat-fuse", "-o", options, this.#device, this.folder);
  }

  unmount(): void {
    if (readFileSync("/proc/self/mounts", "utf8").includes(` ${this.folder} `)) run("umount", this.folder);
    if (this.#device !== "") run("losetup", "-d", this.#device);
    this.#device = "";
  }
}

export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
  });
}
