import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Linux counts processor time in ticks of 10 ms. */
const TICK_MS = 10;
const UTIME = 13;
const STIME = 14;
const KB_PER_MB = 1_024;

/** Processor time that a process has used with all of its threads, in user and kernel. */
export function cpuMs(pid: number): number {
  // The name in brackets may contain anything: the fields are counted from behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = ["", "", ...stat.slice(stat.lastIndexOf(")") + 2).split(" ")];
  return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MS;
}

/**
 * Keeps a process with all of its threads on one core: servers on the first, what is measured on the second, so that neither has its caches
 * emptied by the other. On a machine with one core nothing is kept apart.
 */
export function keepOn(core: "first" | "second", pid: number | undefined): void {
  if (pid === undefined || availableParallelism() < 2) return;
  execFileSync("taskset", ["-apc", core === "first" ? "0" : "1", String(pid)]);
}

/** What a process holds in memory. `proportional` shares what other processes use too (the program file of Node). */
export interface Memory {
  readonly residentMb: number;
  readonly proportionalMb: number;
  /** Neither shared nor from a file: what this process alone costs the box. */
  readonly anonymousMb: number;
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const mb = (name: string): number => Number(rollup.match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m"))?.[1]) / KB_PER_MB;
  return { residentMb: mb("Rss"), proportionalMb: mb("Pss"), anonymousMb: mb("Anonymous") };
}

/** The one clock that all processes of a machine share, in milliseconds. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;
