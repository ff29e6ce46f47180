import type { Words } from "../contract/alarm.ts";

/** In which languages the command line and the log speak. */
export type Tongue = "zh" | "en" | "both";
export type LogLevel = "info" | "warn" | "error";

/** Says a sentence to the person at the terminal or in the system's log. */
export interface Voice {
  /** An answer to what was asked: standard output. */
  say(words: Words): void;
  /** Something that happened: standard error, with time and level. */
  log(level: LogLevel, words: Words): void;
}

/** Chinese for a Chinese locale, English for an English one, both where the system does not say (POSIX LC_ALL, LC_MESSAGES, LANG). */
export function tongueOf(environment: Readonly<Record<string, string | undefined>>): Tongue {
  const locale = environment["LC_ALL"] || environment["LC_MESSAGES"] || environment["LANG"] || "";
  if (locale.startsWith("zh")) return "zh";
  return locale.startsWith("en") ? "en" : "both";
}

export function inTongue(words: Words, tongue: Tongue): string {
  if (tongue === "zh" || words.zh === words.en) return words.zh;
  return tongue === "en" ? words.en : `${words.zh}\n${words.en}`;
}

/** For work beside the monitoring: a fault of this program in it is said, with its place, and is no reason to stop watching the room. */
export function innerFaultWords(during: Words, error: unknown): Words {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    zh: `${during.zh}时网关内部出错，监测不受影响，稍后重试。请把这句话交给维护人员：${detail}`,
    en: `Something inside the gateway failed while ${during.en}; monitoring goes on and it is tried again later. Give this to whoever maintains it: ${detail}`,
  };
}

/** The same sentence again within this time is not written again: a log that fills the card helps nobody. */
const SAME_AGAIN_MS = 60_000;

export function terminalVoice(tongue: Tongue, wallMs: () => number): Voice {
  let last = "";
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    say: (words) => process.stdout.write(`${inTongue(words, tongue)}\n`),
    log(level, words) {
      const nowMs = wallMs();
      if (words.en === last && Math.abs(nowMs - lastMs) < SAME_AGAIN_MS) return;
      last = words.en;
      lastMs = nowMs;
      const text = tongue === "both" ? `${words.zh} | ${words.en}` : inTongue(words, tongue);
      process.stderr.write(`${new Date(nowMs).toISOString()} ${level.padEnd(5)} ${text.replaceAll("\n", " ")}\n`);
    },
  };
}
