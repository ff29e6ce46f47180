import type { IncidentEvent } from "../../incidents/event.ts";
import { cutBytes } from "../body.ts";
import type { Place } from "../place.ts";
import { type LetterStyle, letterOf, subjectOf } from "./letter.ts";

export type Robot = "wecom" | "dingtalk" | "feishu";

/** What a robot takes as the text of one message, in bytes; of Feishu and DingTalk the whole body may have 20 000. */
const TEXT_BYTES_MAX: Readonly<Record<Robot, number>> = { wecom: 4_096, dingtalk: 16_000, feishu: 16_000 };
const CUT = "\n…";
/** Of one byte of text. */
const JSON_BYTES_MAX = 6;

/** Colours of the card's head, and of the subject where WeCom has one. */
const FEISHU_COLOUR = { critical: "red", major: "orange", minor: "yellow", warning: "blue" } as const;

/** The body of one message, unsigned. */
export function chatMessage(robot: Robot, event: IncidentEvent, place: Place, style: LetterStyle): Readonly<Record<string, unknown>> {
  const subject = subjectOf(event, style);
  const [, , ...rows] = letterOf(event, place, style).trimEnd().split("\n");
  const lines = rows.map((row) => bold(row, style.language));
  switch (robot) {
    case "wecom":
      return {
        msgtype: "markdown",
        markdown: { content: fitting([`### ${escaped(subject)}`, ...lines.map((line) => `> ${line}`)], "\n", robot) },
      };
    case "dingtalk":
      return { msgtype: "markdown", markdown: { title: subject, text: fitting([`### ${escaped(subject)}`, ...lines], "\n\n", robot) } };
    case "feishu":
      return {
        msg_type: "interactive",
        card: {
          config: { wide_screen_mode: true },
          header: {
            title: { tag: "plain_text", content: subject },
            template: event.state === "clear" ? "green" : FEISHU_COLOUR[event.severity],
          },
          elements: [{ tag: "markdown", content: fitting(lines, "\n", robot) }],
        },
      };
  }
}

/** `位置：主机房` with its name in bold. */
function bold(row: string, language: LetterStyle["language"]): string {
  const mark = language === "zh" ? "：" : ": ";
  const at = row.indexOf(mark);
  return at < 0 ? escaped(row) : `**${row.slice(0, at)}**${mark}${escaped(row.slice(at + mark.length))}`;
}

/** What people wrote is text, not markdown, and calls nobody: `<at id=all>` is a tag in Feishu, `<@all>` one in WeCom. */
function escaped(text: string): string {
  return text.replaceAll(/[<>*`~]/g, (sign) => FULL_WIDTH[sign] ?? sign).replaceAll("](", "] (");
}

/** The robots' dialects of markdown have no escape that all of them know. */
const FULL_WIDTH: Readonly<Record<string, string>> = { "<": "＜", ">": "＞", "*": "＊", "`": "｀", "~": "～" };

/** What is too long loses its last lines, and never half a character. */
function fitting(lines: readonly string[], between: string, robot: Robot): string {
  const max = TEXT_BYTES_MAX[robot];
  // WeCom counts the text, the others the body, in which JSON spells some characters with up to six.
  const over = (text: string): number => Buffer.byteLength(robot === "wecom" ? text : JSON.stringify(text)) - max;
  const whole = lines.join(between);
  if (over(whole) <= 0) return whole;
  let bytes = cutBytes(Buffer.from(whole, "utf8"), max);
  for (;;) {
    const text = bytes.toString("utf8") + CUT;
    if (over(text) <= 0) return text;
    bytes = cutBytes(bytes, bytes.length - Math.ceil(over(text) / JSON_BYTES_MAX));
  }
}
