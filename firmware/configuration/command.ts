import { existsSync } from "node:fs";
import type { Words } from "../contract/alarm.ts";
import type { DiffLine } from "../contract/configuration.ts";
import { gatewayOf } from "../journal/database.ts";
import type { Clock } from "../platform/clock.ts";
import { becomeOwnerOf } from "../platform/folder.ts";
import { differenceOf } from "../site/difference.ts";
import { problemWords } from "../site/problems.ts";
import { linesBetween } from "./lines.ts";
import { type Changed, ConfigurationStore, textIn } from "./store.ts";
import { goneWords } from "./words.ts";

export interface ConfigurationValues {
  readonly site?: string | undefined;
  readonly data: string;
  readonly reason?: string | undefined;
}

export interface ConfigurationTerminal {
  readonly clock: Clock;
  /** The account that runs the command. */
  readonly by: string;
  write(text: string): void;
  say(words: Words): void;
  fail(words: Words): void;
}

type Ended = "done" | "failed" | "usage";

/**
 * `roomward configuration list | show [N] | diff N M | revert N --reason TEXT`: beside a running gateway, which is told to switch, or
 * without one. Texts are shown with their secrets: who can read the data folder has them.
 */
export async function configurationCommand(
  rest: readonly string[],
  values: ConfigurationValues,
  terminal: ConfigurationTerminal,
): Promise<Ended> {
  const [action, ...given] = rest;
  if (action === "act") return act(values, terminal);
  const numbers = given.map(Number);
  if (!given.every((word) => /^[1-9]\d{0,8}$/.test(word))) return "usage";
  if (!existsSync(values.data)) {
    terminal.fail(noFolder(values.data));
    return "failed";
  }
  becomeOwnerOf(values.data);
  const store = new ConfigurationStore(values.site ?? null, values.data, terminal.clock, ({ words }) => terminal.fail(words));
  const [first, second] = numbers;
  if (action === "list" && first === undefined) return list(store, terminal);
  if (action === "show" && second === undefined) return show(store, first, terminal);
  if (action === "diff" && first !== undefined && second !== undefined) return diff(store, first, second, terminal);
  const reason = values.reason?.trim() ?? "";
  if (action === "revert" && first !== undefined && second === undefined && reason !== "")
    return revert(store, first, reason, values.data, terminal);
  return "usage";
}

async function act({ site, data }: ConfigurationValues, terminal: ConfigurationTerminal): Promise<Ended> {
  if (site === undefined) return "usage";
  const { actOnConfiguration } = await import("./act.ts");
  const done = await actOnConfiguration(site, data, terminal.clock, process.stdin);
  if ("number" in done) terminal.write(`${JSON.stringify(done.number)}\n`);
  else for (const words of done.problems) terminal.fail(words);
  return "number" in done ? "done" : "failed";
}

async function list(store: ConfigurationStore, terminal: ConfigurationTerminal): Promise<Ended> {
  for (const { number, atMs, clockTrusted, by, origin, of, reason } of (await store.look()).stored.revisions.toReversed()) {
    const at = `${new Date(atMs).toISOString()}${clockTrusted ? "" : "?"}`;
    terminal.write(`${[number, at, origin + (of === null ? "" : ` ${of}`), by, reason].join("\t")}\n`);
  }
  return "done";
}

async function show(store: ConfigurationStore, number: number | undefined, terminal: ConfigurationTerminal): Promise<Ended> {
  const { stored } = await store.look();
  const asked = number ?? stored.revisions.at(-1)?.number ?? 0;
  const text = textIn(stored, asked);
  if (text === null) terminal.fail(goneWords(asked));
  else terminal.write(text);
  return text === null ? "failed" : "done";
}

async function diff(store: ConfigurationStore, from: number, to: number, terminal: ConfigurationTerminal): Promise<Ended> {
  const { stored } = await store.look();
  const [before, after] = [textIn(stored, from), textIn(stored, to)];
  if (before === null || after === null) {
    terminal.fail(goneWords(before === null ? from : to));
    return "failed";
  }
  for (const change of differenceOf(before, after)) terminal.say(change);
  for (const line of linesBetween(before, after).lines) terminal.write(`${printed(line)}\n`);
  return "done";
}

function printed({ kind, text }: DiffLine): string {
  return kind === "skip" ? `@@ ${text} @@` : `${{ same: " ", removed: "-", added: "+" }[kind]}${text}`;
}

async function revert(
  store: ConfigurationStore,
  number: number,
  reason: string,
  data: string,
  terminal: ConfigurationTerminal,
): Promise<Ended> {
  const changed = await store.revert(number, null, { by: terminal.by, from: "console" }, reason);
  if (!("number" in changed)) {
    for (const words of notChanged(changed, number)) terminal.fail(words);
    return "failed";
  }
  const { zh, en } = told(gatewayOf(data));
  terminal.say({
    zh: `版本 ${changed.number}（版本 ${number} 的内容）已存入。${zh}`,
    en: `Version ${changed.number}, with the text of version ${number}, is stored. ${en}`,
  });
  return "done";
}

function notChanged(changed: Exclude<Changed, { number: number }>, number: number): readonly Words[] {
  return changed.why === "problems" ? changed.problems.map((problem) => problemWords(`version ${number}`, problem)) : [changed.words];
}

/** A running gateway looks again when it is told to. */
function told(pid: number | null): Words {
  if (pid === null) return { zh: "下次启动时运行。", en: "It runs from the next start on." };
  try {
    process.kill(pid, "SIGHUP");
    return { zh: "网关正在切换。", en: "The gateway switches to it now." };
  } catch (error) {
    return {
      zh: `无法通知网关（${String(error)}），请执行 systemctl reload roomward。`,
      en: `The gateway could not be told (${String(error)}); run systemctl reload roomward.`,
    };
  }
}

function noFolder(folder: string): Words {
  return {
    zh: `没有数据目录 ${folder}。请用 --data 指明网关所用的目录。`,
    en: `There is no data folder ${folder}. Name the one that the gateway uses with --data.`,
  };
}
