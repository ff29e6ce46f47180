import { type ChildProcess, spawn } from "node:child_process";
import { compiled } from "./compiled.ts";

/** /sys/class/gpio as a file system of its own, seen by the programs that are started in its mount namespace. */
export interface GpioSysfs {
  /** What a program is started with, to see it. */
  readonly within: readonly string[];
  /** `level NUMBER 0|1`, `busy NUMBER`, …: see the head of gpio-sysfs.c. @returns what it says, without `ok`. */
  command(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** @param arguments_ chips as `label:base:lines`, and flags. */
export async function startGpioSysfs(...arguments_: readonly string[]): Promise<GpioSysfs> {
  // An empty /sys/class in a mount namespace of its own: sysfs itself takes no folders.
  const script = 'mount --make-rprivate / && mount -t tmpfs none /sys/class && mkdir /sys/class/gpio && exec "$0" /sys/class/gpio "$@"';
  const child: ChildProcess = spawn("unshare", ["-m", "sh", "-c", script, program(), ...arguments_], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let heard = "";
  let tell: ((line: string) => void) | null = null;
  child.stdout?.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
    for (let end = heard.indexOf("\n"); end >= 0; end = heard.indexOf("\n")) {
      tell?.(heard.slice(0, end));
      heard = heard.slice(end + 1);
    }
  });
  const nextLine = (): Promise<string> =>
    Promise.race([
      new Promise<string>((resolve) => {
        tell = resolve;
      }),
      ended.then(() => Promise.reject(new Error("gpio-sysfs has ended"))),
    ]);
  if ((await nextLine()) !== "ready") throw new Error("gpio-sysfs is not ready");
  return {
    within: ["nsenter", "--target", String(child.pid), "--mount", `--wd=${process.cwd()}`],
    async command(text) {
      const answer = nextLine();
      child.stdin?.write(`${text}\n`);
      return (await answer).replace(/ ?ok$/, "");
    },
    async stop() {
      // Its standard input ends, and it with it.
      child.stdin?.end();
      const killer = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(killer);
    },
  };
}

function program(): string {
  return compiled("gpio-sysfs", ["-D_FILE_OFFSET_BITS=64", "-I/usr/include/fuse3"], ["-lfuse3", "-lpthread"]);
}
