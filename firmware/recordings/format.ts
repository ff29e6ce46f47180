import type { LostReason } from "../../drivers/reading.ts";
import type { TextProblem } from "../../drivers/source-text.ts";

/**
 * A recording of a bus is a text that people can read and mail: first a site file with nothing but the bus and its devices, then `---`, then
 * a line for everything that happened: seconds since the beginning, a sign, what it was.
 *
 * `12.345 > 01 03 00 00 00 02 C4 0B`  we asked
 * `12.371 < 01 03 04 …`               what came, with the time of its first byte
 * `12.300 ~ 00 FF`                    what came before the question, when nobody had asked
 * `12.845 ! timeout no answer`        why there is no answer
 * `12.846 = th-1 ambient.temperature=23.4 ambient.humidity=?timeout`   what a pass over a device brought
 */
export type RecordedEvent =
  | { readonly kind: "sent" | "came" | "stray"; readonly atMs: number; readonly bytes: Buffer }
  | { readonly kind: "lost"; readonly atMs: number; readonly reason: LostReason; readonly what: string }
  | { readonly kind: "read"; readonly atMs: number; readonly device: string; readonly points: RecordedPoints };

/** Value by point name: a number, the name of a state, or `?` and the reason why there is none. */
export type RecordedPoints = Readonly<Record<string, string>>;

export const MARK = "# roomward recording 1";
const END_OF_HEAD = "---";
const LINES_MAX = 1_000_000;
const PROBLEMS_TOLD_MAX = 20;
const SIGNS = { ">": "sent", "<": "came", "~": "stray", "!": "lost", "=": "read" } as const;
const SIGN_OF = Object.fromEntries(Object.entries(SIGNS).map(([sign, kind]) => [kind, sign])) as Record<RecordedEvent["kind"], string>;
const LOST_REASONS = ["timeout", "garbled", "short", "foreign", "exception", "adapterMissing", "refused"] as const satisfies LostReason[];
const LINE = /^(\d+\.\d{3}) ([><~!=]) (.*)$/;
const BYTES = /^[0-9A-F]{2}( [0-9A-F]{2})*$/;

export function eventLine(event: RecordedEvent): string {
  return `${(event.atMs / 1_000).toFixed(3)} ${SIGN_OF[event.kind]} ${contentOf(event)}`;
}

function contentOf(event: RecordedEvent): string {
  switch (event.kind) {
    case "lost":
      return `${event.reason} ${event.what.replaceAll(/\s+/g, " ")}`;
    case "read":
      return [event.device, ...Object.entries(event.points).map(([name, value]) => `${name}=${value}`)].join(" ");
    default:
      return spaced(event.bytes);
  }
}

/** `01 03 C4`, as engineers write bytes. */
export function spaced(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .toUpperCase()
    .replaceAll(/..(?=.)/g, "$& ");
}

/** The text of the site file in front, and what happened; or what is wrong, line by line. */
export type RecordingAnswer =
  | { readonly siteText: string; readonly events: readonly RecordedEvent[] }
  | { readonly problems: readonly TextProblem[] };

export function parseRecording(text: string): RecordingAnswer {
  const lines = text.split(/\r?\n/);
  const headLines = lines.indexOf(END_OF_HEAD);
  if (!text.startsWith(MARK) || headLines < 0)
    return {
      problems: [
        problem(1, {
          zh: `不是 roomward 总线录制文件（应以“${MARK}”开头，并有一行 ---）`,
          en: `not a recording of a bus: it begins with "${MARK}" and has a line ---`,
        }),
      ],
    };
  if (lines.length > LINES_MAX) return { problems: [problem(0, { zh: `超过 ${LINES_MAX} 行`, en: `more than ${LINES_MAX} lines` })] };
  const events: RecordedEvent[] = [];
  const problems: TextProblem[] = [];
  for (let at = headLines + 1; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (line === "" || line.startsWith("#")) continue;
    const event = eventIn(line);
    if (event !== null) events.push(event);
    else if (problems.length < PROBLEMS_TOLD_MAX)
      problems.push(
        problem(at + 1, {
          zh: "应为 `秒 符号 内容`，如 `0.031 < 01 03 04`；符号为 > < ~ ! =",
          en: "expected seconds, a sign (> < ~ ! =) and what it was, e.g. `0.031 < 01 03 04`",
        }),
      );
  }
  return problems.length > 0 ? { problems } : { siteText: lines.slice(0, headLines).join("\n"), events };
}

function eventIn(line: string): RecordedEvent | null {
  const [, seconds = "", sign = "", content = ""] = LINE.exec(line) ?? [];
  const kind = Object.hasOwn(SIGNS, sign) ? SIGNS[sign as keyof typeof SIGNS] : null;
  const atMs = Math.round(Number(seconds) * 1_000);
  if (kind === "lost") {
    const reason = LOST_REASONS.find((known) => content === known || content.startsWith(`${known} `));
    return reason === undefined ? null : { kind, atMs, reason, what: content.slice(reason.length + 1) };
  }
  if (kind === "read") {
    const [device = "", ...pairs] = content.split(" ");
    const points = pairs.map((pair) => /^([^=]+)=(.+)$/.exec(pair)?.slice(1) ?? null);
    if (device === "" || points.includes(null)) return null;
    return { kind, atMs, device, points: Object.fromEntries(points as [string, string][]) };
  }
  if (kind === null || !BYTES.test(content)) return null;
  return { kind, atMs, bytes: Buffer.from(content.replaceAll(" ", ""), "hex") };
}

function problem(line: number, message: TextProblem["message"]): TextProblem {
  return { line, column: 0, path: "", message };
}
