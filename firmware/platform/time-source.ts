import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";

/** Who guides the system clock, and how well. */
export interface SourceAnswer {
  readonly source: "unsynced" | "battery" | "ntp";
  /** The system clock may be off by so much; null: nobody can say. */
  readonly errorMs: number | null;
  /** Who said so; empty: nobody answers. */
  readonly by: "chrony" | "systemd-timesyncd" | "kernel" | "rtc" | "";
  readonly server: string;
}

export interface TimeSource {
  /** `isUrgent`: the system clock has just jumped; what was heard a while ago does not count. */
  ask(systemMs: number, isUrgent: boolean): Promise<SourceAnswer>;
}

/** timesyncd writes it when it has synchronised, systemd-timesyncd.service(8). */
const TIMESYNC_MARK = "run/systemd/timesync/synchronized";
/** chronyd's folder: only its user may look inside, everybody sees that it is there. */
const CHRONY_FOLDER = "run/chrony";
const CHRONYC = "usr/bin/chronyc";
const TIMEDATECTL = "usr/bin/timedatectl";
const RTC = "dev/rtc0";
const RTC_TIME = "sys/class/rtc/rtc0/since_epoch";
/** A real-time clock without a battery begins anew at every start and says something else than the system. */
const RTC_AGREES_WITHIN_MS = 15 * 60_000;
const ANSWER_WITHIN_MS = 2_000;
const ANSWER_BYTES_MAX = 64 * 1024;
/** timedatectl wakes a service on the bus for each answer. */
const BUS_EVERY_MS = 5 * 60_000;

const NOBODY: SourceAnswer = { source: "unsynced", errorMs: null, by: "", server: "" };

/**
 * Asks the programs that guide the clock, in this order: chrony, systemd-timesyncd, the kernel's own state (for any other client), the
 * real-time clock. `machine` is the folder that stands for the root of the file system, `/` on a box. Nothing is changed, and a program
 * that hangs or is missing is no answer.
 */
export function machineTimeSource(machine: string, clock: Pick<Clock, "monotonicMs">): TimeSource {
  const at = (path: string): string => join(machine, path);
  const has = (path: string): boolean => existsSync(at(path));
  let bus: { readonly atMs: number; readonly answer: SourceAnswer | null } | null = null;

  async function overBus(isUrgent: boolean, isMarked: boolean): Promise<SourceAnswer | null> {
    const nowMs = clock.monotonicMs();
    if (!isUrgent && bus !== null && nowMs - bus.atMs < BUS_EVERY_MS && (bus.answer?.source === "ntp") === isMarked) return bus.answer;
    const synced = await outputOf(at(TIMEDATECTL), ["show", "-p", "NTPSynchronized", "--value"]);
    let answer: SourceAnswer | null = null;
    if (synced?.trim() === "no") answer = NOBODY;
    else if (synced?.trim() === "yes" && !isMarked) answer = { source: "ntp", errorMs: null, by: "kernel", server: "" };
    else if (synced?.trim() === "yes") answer = readTimesync((await outputOf(at(TIMEDATECTL), ["show-timesync"])) ?? "");
    bus = { atMs: nowMs, answer };
    return answer;
  }

  return {
    async ask(systemMs, isUrgent) {
      if (has(CHRONY_FOLDER) && has(CHRONYC)) {
        const answer = readTracking((await outputOf(at(CHRONYC), ["-c", "tracking"])) ?? "");
        if (answer !== null && answer.source === "ntp") return answer;
      }
      const isMarked = has(TIMESYNC_MARK);
      const heard = has(TIMEDATECTL) ? await overBus(isUrgent, isMarked) : null;
      if (heard?.source === "ntp") return heard;
      // Without a bus the mark is the best that there is.
      if (isMarked && heard === null) return { source: "ntp", errorMs: null, by: "systemd-timesyncd", server: "" };
      return has(RTC) && rtcAgrees(at(RTC_TIME), systemMs) ? { source: "battery", errorMs: null, by: "rtc", server: "" } : NOBODY;
    },
  };
}

/** `chronyc -c tracking`, chronyc(1): one line, times in seconds. Null: that is not what it says. */
export function readTracking(output: string): SourceAnswer | null {
  const fields = output.trim().split(",");
  if (fields.length !== 14) return null;
  const [reference = "", server = "", , , offset, , , , , , rootDelay, rootDispersion, , leap] = fields;
  // Its own clock (`local`) is a reference to nothing.
  if (leap === "Not synchronised" || reference === "00000000" || reference === "7F7F0101") return { ...NOBODY, by: "chrony" };
  const seconds = Math.abs(Number(offset)) + Number(rootDelay) / 2 + Number(rootDispersion);
  return { source: "ntp", errorMs: Number.isFinite(seconds) ? seconds * 1_000 : null, by: "chrony", server };
}

/** `timedatectl show-timesync`, timedatectl(1): `NAME=value` lines; of the server's last answer what it may be off by (RFC 5905). */
export function readTimesync(output: string): SourceAnswer {
  const server = /^ServerName=(.*)$/m.exec(output)?.[1] ?? "";
  const message = /^NTPMessage=\{(.*)\}$/m.exec(output)?.[1] ?? "";
  const span = (name: string): number => timespanMs(new RegExp(`\\b${name}=([^,}]*)`).exec(message)?.[1] ?? "");
  const errorMs = span("RootDelay") / 2 + span("RootDispersion") + span("Jitter");
  return { source: "ntp", errorMs: Number.isNaN(errorMs) ? null : errorMs, by: "systemd-timesyncd", server };
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** As systemd writes it, systemd.time(7): `1min 2.5s`, `15.319ms`, `0`. NaN: it is none. */
function timespanMs(text: string): number {
  const parts = text.trim().split(/\s+/);
  if (parts.length === 1 && parts[0] === "0") return 0;
  return parts.reduce((sum, part) => {
    const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part) ?? [];
    return sum + Number(amount ?? Number.NaN) * (UNIT_MS[unit] ?? Number.NaN);
  }, 0);
}

function rtcAgrees(file: string, systemMs: number): boolean {
  try {
    const seconds = Number(readFileSync(file, "utf8").trim());
    return Math.abs(seconds * 1_000 - systemMs) <= RTC_AGREES_WITHIN_MS;
  } catch {
    // A kernel that does not tell: whether the time can be true is judged by what the box remembers.
    return true;
  }
}

function outputOf(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { timeout: ANSWER_WITHIN_MS, maxBuffer: ANSWER_BYTES_MAX, env: { LC_ALL: "C" } };
    execFile(program, args, options, (error, stdout) => resolve(error === null ? stdout : null));
  });
}
