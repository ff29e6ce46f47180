/** What ping counted. */
export interface PingCount {
  readonly sent: number;
  readonly received: number;
  /** Mean of the echoes that came back; null when none did. */
  readonly meanMs: number | null;
  /** Somebody on the way said that the host cannot be reached. */
  readonly unreachable: boolean;
}

/**
 * The two last lines of ping(8) of iputils with `LC_ALL=C`, as printed by `finish()` of ping_common.c:
 * `3 packets transmitted, 3 received, +1 duplicates, +2 errors, 0% packet loss, time 402ms` and
 * `rtt min/avg/max/mdev = 0.020/0.031/0.041/0.008 ms, pipe 3`.
 */
const COUNT =
  /^(\d{1,6}) packets transmitted, (\d{1,6}) received(?:, \+\d{1,6} (?:duplicates|corrupted|errors))*, (\d{1,3}(?:\.\d{1,6})?)% packet loss, time \d{1,9}ms$/;
const TIMES =
  /^rtt min\/avg\/max\/mdev = (\d{1,7}(?:\.\d{1,3})?)\/(\d{1,7}(?:\.\d{1,3})?)\/(\d{1,7}(?:\.\d{1,3})?)\/\d{1,7}(?:\.\d{1,3})? ms(?:, pipe \d{1,6})?(?:, ipg\/ewma .*)?$/;
const UNREACHABLE = /^From \S+ icmp_seq=\d+ .*[Uu]nreachable/;
/** ping rounds the loss that it prints. */
const LOSS_ROUNDING_PERCENT = 1;

/** Reads what ping printed for `asked` echoes; null when it is anything else than that, however like it it looks. */
export function readPing(output: string, asked: number): PingCount | null {
  const lines = output.split("\n");
  const counts = lines.flatMap((line) => COUNT.exec(line) ?? []);
  // One match has the line and three groups; two summaries are none.
  if (counts.length !== 4) return null;
  const [sent, received, lossPercent] = counts.slice(1).map(Number) as [number, number, number];
  if (sent < 1 || sent > asked || received > sent) return null;
  if (Math.abs(lossPercent - (1 - received / sent) * 100) > LOSS_ROUNDING_PERCENT) return null;
  const unreachable = lines.some((line) => UNREACHABLE.test(line));
  const times = lines.flatMap((line) => TIMES.exec(line) ?? []);
  if (received === 0) return times.length === 0 ? { sent, received, meanMs: null, unreachable } : null;
  if (times.length !== 4) return null;
  const [least, mean, most] = times.slice(1).map(Number) as [number, number, number];
  return least <= mean && mean <= most ? { sent, received, meanMs: mean, unreachable } : null;
}
