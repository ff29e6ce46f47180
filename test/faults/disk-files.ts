import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const TRACING = "/sys/kernel/tracing";
const LOOP_MAJOR = 7;
const MINOR_BITS = 20;
const BUFFER_KB = 32_768;
const SECTOR_BYTES = 512;
const SECTORS_PER_BLOCK = 8;
/** ext4 keeps its own journal in this inode. */
const JOURNAL_INODE = "8";
/** Numbers on one command line of debugfs. */
const ASKED_AT_ONCE = 500;

/** Says which file the writes to a loop device with ext4 belong to, by the kernel's trace of the block layer; null where that may not be had. */
export function traceWrites(device: string): { end(): ReadonlyMap<string, number> } | null {
  if (!existsSync(join(TRACING, "instances")) || spawnSync("debugfs", ["-V"], { stdio: "ignore" }).status !== 0) return null;
  const instance = join(TRACING, "instances", `roomward-${device}`);
  mkdirSync(instance);
  const event = join(instance, "events/block/block_bio_queue");
  const minor = Number(device.replace("loop", ""));
  writeFileSync(join(instance, "buffer_size_kb"), String(BUFFER_KB));
  writeFileSync(join(event, "filter"), `dev == ${LOOP_MAJOR * 2 ** MINOR_BITS + minor}`);
  writeFileSync(join(event, "enable"), "1");
  return {
    end() {
      writeFileSync(join(event, "enable"), "0");
      const trace = readFileSync(join(instance, "trace"), "utf8");
      rmdirSync(instance);
      return byFile(trace, `/dev/${device}`);
    },
  };
}

function byFile(trace: string, device: string): ReadonlyMap<string, number> {
  const writes = [...trace.matchAll(/block_bio_queue: \S+ (\w*W\w*) (\d+) \+ (\d+) /g)].map(([, , at, count]) => ({
    block: Math.floor(Number(at) / SECTORS_PER_BLOCK),
    bytes: Number(count) * SECTOR_BYTES,
  }));
  execFileSync("sync"); // debugfs reads the device, not the mounted file system.
  const inodes = asked(device, "icheck", [...new Set(writes.map(({ block }) => String(block)))]);
  const names = asked(
    device,
    "ncheck",
    [...new Set(inodes.values())].filter((inode) => /^\d+$/.test(inode)),
  );
  const sums = new Map<string, number>();
  for (const { block, bytes } of writes) {
    const inode = inodes.get(String(block)) ?? "";
    const name = inode === JOURNAL_INODE ? "the journal of ext4" : (names.get(inode) ?? "tables of ext4 and what was deleted");
    sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return new Map([...sums].sort(([, one], [, other]) => other - one));
}

/** Lines `<asked> <answer>` of debugfs. */
function asked(device: string, command: "icheck" | "ncheck", numbers: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < numbers.length; at += ASKED_AT_ONCE) {
    const request = `${command} ${numbers.slice(at, at + ASKED_AT_ONCE).join(" ")}`;
    const { stdout } = spawnSync("debugfs", ["-R", request, device], { encoding: "utf8" });
    for (const [, number = "", answer = ""] of stdout.matchAll(/^(\d+)\s+(\S+)$/gm)) found.set(number, answer);
  }
  return found;
}
