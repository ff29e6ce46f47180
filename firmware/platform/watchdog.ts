import { execFile } from "node:child_process";
import type { Clock } from "./clock.ts";

/** Beats per time-out: two may be lost. */
const BEATS_PER_TIMEOUT = 3;

/**
 * Tells systemd that the gateway lives, where its unit asks for that (sd_watchdog_enabled(3): `WATCHDOG_USEC`, `NOTIFY_SOCKET`). A beat
 * is sent when `alive` has answered; while it does not, none is, and systemd starts the gateway again. Ends when `signal` aborts.
 */
export async function feedWatchdog(
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  signal: AbortSignal,
  alive: () => Promise<unknown>,
  beat: () => void = beatSystemd,
): Promise<void> {
  const timeoutMs = Number(environment["WATCHDOG_USEC"] ?? 0) / 1_000;
  if (environment["NOTIFY_SOCKET"] === undefined || !(timeoutMs > 0)) return;
  while (!signal.aborted) {
    // Trouble is an answer, too: a full disk does not get better by a new start.
    await alive().catch(() => null);
    beat();
    await clock.sleep(timeoutMs / BEATS_PER_TIMEOUT, signal);
  }
}

/** Node.js cannot open the datagram socket that systemd listens on. */
function beatSystemd(): void {
  execFile("systemd-notify", ["WATCHDOG=1"], () => {
    // A beat that fails is a beat that is missing: systemd draws its conclusion.
  });
}
