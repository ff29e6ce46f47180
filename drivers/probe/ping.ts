import { type ExecFileException, execFile } from "node:child_process";
import { asExpected, down, type Finding } from "./finding.ts";
import { readPing } from "./ping-output.ts";
import { Turns } from "./turns.ts";

// The one file that runs ping(8): Node.js has no ICMP socket, and the service no right to open one.

/** One echo that is lost is a third, not an outage. */
export const ECHOES = 3;
/** The shortest pause that ping allows everybody. */
const BETWEEN_MS = 200;
/** Beyond what it was told to wait, ping is ended. */
const GRACE_MS = 1_000;
const OUTPUT_BYTES_MAX = 16_384;
/** The service may have 128 tasks; hosts that are down keep one for as long as the timeout. */
const PINGS_MAX = 32;

const turns = new Turns(PINGS_MAX);

/** Asks for some echoes of an address (not a name: nothing that could be an option reaches the command line). */
export function ping(address: string, timeoutMs: number, signal: AbortSignal, program: string): Promise<Finding> {
  return turns.run(() => run(program, address, timeoutMs, signal));
}

function run(program: string, address: string, timeoutMs: number, signal: AbortSignal): Promise<Finding> {
  const args = ["-n", "-c", String(ECHOES), "-i", String(BETWEEN_MS / 1_000), "-W", String(timeoutMs / 1_000), address];
  const options = {
    env: { LC_ALL: "C", PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    timeout: (ECHOES - 1) * BETWEEN_MS + timeoutMs + GRACE_MS,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_BYTES_MAX,
    signal,
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, output, errors) => resolve(judgePing(error, output, errors)));
  });
}

/** What it means that ping ended so. 0: echoes came; 1: none or not all; 2: it could not ask. (ping(8)) */
export function judgePing(error: Pick<ExecFileException, "code" | "killed" | "message"> | null, output: string, errors: string): Finding {
  const trouble = notAsked(error, errors);
  if (trouble !== null) return trouble;
  const count = readPing(output, ECHOES);
  if (count === null) return unable(`this is not what ping of iputils prints: ${firstLine(errors || output) || "nothing"}`);
  const lossPercent = (1 - count.received / count.sent) * 100;
  if (count.meanMs !== null) return asExpected({ responseMs: count.meanMs, lossPercent });
  return count.unreachable ? down("unreachable", "no way to the host", { lossPercent }) : down("silent", "no echo", { lossPercent });
}

/** Trouble of this box: without echo or error from outside, nothing is known of the host. */
function notAsked(error: Pick<ExecFileException, "code" | "killed" | "message"> | null, errors: string): Finding | null {
  const code = error?.code;
  if (code === "ENOENT") return unable("there is no program ping on this box: install iputils-ping");
  if (code === "EACCES" || code === "EPERM" || /not permitted|[Pp]ermission denied|cap_net_raw/.test(errors))
    return unable("ping is not permitted on this box: see the sysctl net.ipv4.ping_group_range, or a firewall of its own");
  if (/Network is (unreachable|down)|Cannot assign requested address/.test(errors))
    return { outcome: "lost", reason: "adapterMissing", what: firstLine(errors) };
  if (error !== null && (error.killed === true || typeof code === "string"))
    return unable(`ping did not run to its end: ${firstLine(error.message)}`);
  return null;
}

function unable(what: string): Finding {
  return { outcome: "lost", reason: "cannotAsk", what };
}

const SHOWN_MAX = 120;

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, SHOWN_MAX);
}
