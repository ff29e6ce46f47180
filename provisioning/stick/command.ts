import { dirname, join } from "node:path";
import type { Words } from "../../firmware/contract/alarm.ts";
import { lockFolder } from "../../firmware/journal/database.ts";
import { faultOf } from "../../firmware/journal/faults.ts";
import { readPassphrase } from "../backup/passphrase.ts";
import { BackupProblem } from "../backup/problem.ts";
import { boxIdentity } from "./box.ts";
import { checkBundle } from "./check.ts";
import { newKeys, readPlannerKey } from "./keys.ts";
import { systemMachine } from "./machine.ts";
import { makeBundle } from "./make.ts";
import { StickProblem } from "./problem.ts";
import { provision } from "./provision.ts";
import { time } from "./provision-words.ts";
import { giveReceipt, keepReceipt, type Receipt, readReceipt, receiptOf } from "./receipt.ts";
import type { Report } from "./report.ts";

/** Where the last receipt is kept, below the state folder. */
const RECEIPT = "receipt";

interface Values {
  readonly data: string;
  readonly site?: string;
  readonly output?: string;
  readonly host: string;
  readonly port: string;
  readonly boxes?: string;
  readonly key?: string;
  readonly trusted?: string;
  readonly state?: string;
  readonly service?: string;
  readonly machine: string;
  readonly "receipt-later": boolean;
  readonly "dry-run": boolean;
  readonly passphrase: boolean;
  readonly "passphrase-file"?: string;
}

interface Terminal {
  readonly version: string;
  readonly nowMs: number;
  readonly id: string;
  readonly clock: { wallMs(): number; wallTrusted(): boolean; sleep(ms: number): Promise<void> };
  inTongue(words: Words): string;
  say(words: Words): void;
  fail(words: Words): void;
}

type Ended = "done" | "failed" | "usage";

/** `roomward key new -o NAME [--passphrase | --passphrase-file FILE]` */
export async function keyCommand([action]: readonly string[], values: Values, terminal: Terminal): Promise<Ended> {
  const { output } = values;
  if (action !== "new" || output === undefined) return "usage";
  return told(terminal, async () => {
    const wanted = values.passphrase || values["passphrase-file"] !== undefined;
    const passphrase = wanted ? await readPassphrase(values["passphrase-file"], true, prompt(terminal, true)) : null;
    const { fingerprint } = await newKeys(output, passphrase);
    terminal.say({
      zh: `已生成。${output}.key 留在规划人员处，不要放上盒子；${output}.trust 放入每个盒子的 /etc/roomward/trusted.d。指纹：${fingerprint}`,
      en: `Made. ${output}.key stays with the planner and never goes onto a box; ${output}.trust goes into /etc/roomward/trusted.d of every box. Fingerprint: ${fingerprint}`,
    });
    return "done";
  });
}

/** `roomward bundle make SITE [--boxes CSV] --key FILE -o DIR` and `roomward bundle check DIR [--trusted FILE|DIR]` */
export async function bundleCommand([action, path]: readonly string[], values: Values, terminal: Terminal): Promise<Ended> {
  const { key: keyFile, output, boxes } = values;
  if (path === undefined) return "usage";
  if (action === "check") return told(terminal, async () => ((await checkBundle(path, trustedOf(values), terminal)) ? "done" : "failed"));
  if (action !== "make" || keyFile === undefined || output === undefined) return "usage";
  return told(terminal, async ({ version, nowMs, id }) => {
    const ask = (): Promise<string> => readPassphrase(values["passphrase-file"], false, prompt(terminal, false));
    const key = await readPlannerKey(keyFile, ask);
    const options = { siteFile: path, boxesFile: boxes ?? null, keyFile, key, output, version, nowMs, id };
    const { bundle, issued, files, boxes: rows } = await makeBundle(options);
    const anyBox = rows.some(({ box }) => box === null);
    terminal.say({
      zh: `已制作并读回核对：${join(output, "roomward")}，安装包 ${bundle}，签发 ${time(issued)}，${anyBox ? "适用于信任该密钥的任何盒子" : `${rows.length} 个盒子`}，${files.length} 份站点文件（已加密）。`,
      en: `Made and read back: ${join(output, "roomward")}, bundle ${bundle}, issued ${time(issued)}, for ${anyBox ? "any box that trusts the key" : `${rows.length} boxes`}, ${files.length} site files (encrypted).`,
    });
    return "done";
  });
}

/** `roomward box`: what a planner needs to know of this box. */
export async function boxCommand(values: Values): Promise<string> {
  const { serial, macs } = await boxIdentity(values.machine);
  return [...(serial === null ? [] : [`serial\t${serial}`]), ...macs.map((mac) => `mac\t${mac}`)].map((line) => `${line}\n`).join("");
}

/**
 * `roomward provision DIR --site FILE [--dry-run] [--trusted …] [--state DIR] [--service UNIT] [--receipt-later]`. A stick that is mounted
 * read-only gets its receipt by `roomward receipt DIR`, when it is mounted to be written.
 */
export async function provisionCommand(directory: string | undefined, values: Values, terminal: Terminal): Promise<Ended> {
  const { site: siteFile, data, machine: machineRoot, host, version, port } = { ...values, version: terminal.version };
  if (directory === undefined || siteFile === undefined) return "usage";
  const state = values.state ?? join(data, "provision");
  return told(terminal, async () => {
    const lock = lockOrRefuse(state);
    const unhook = stayThroughSignals(terminal);
    try {
      const machine = systemMachine({
        siteFile,
        service: values.service ?? null,
        dataFolder: data,
        host,
        port: Number(port),
        clock: terminal.clock,
      });
      const dryRun = values["dry-run"];
      const report = await provision({ directory, siteFile, trusted: trustedOf(values), machineRoot, dryRun, version }, machine);
      tell(report, terminal);
      if (!dryRun) {
        const receipt = await keep(report, join(state, RECEIPT), terminal);
        if (!values["receipt-later"]) await give(directory, receipt, terminal);
      }
      return report.verdict === "refused" || report.verdict === "returned" ? "failed" : "done";
    } finally {
      unhook();
      lock.release();
    }
  });
}

/**
 * Ctrl-C, a closed terminal or a unit that is stopped must not leave the room unwatched. Whoever asks the devices meanwhile gets the signal,
 * too, and ends: then nothing is put in place, and the gateway is started again.
 */
function stayThroughSignals(terminal: Terminal): () => void {
  const stay = (): void =>
    terminal.fail({ zh: "请稍候：先让网关恢复运行，然后结束。", en: "One moment: the gateway is brought back first, then this ends." });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stay);
  return () => {
    for (const signal of signals) process.off(signal, stay);
  };
}

function lockOrRefuse(state: string): { release(): void } {
  try {
    return lockFolder(state);
  } catch (error) {
    throw new StickProblem(faultOf(error, state).message);
  }
}

function tell({ verdict, words, notes, difference, devices }: Report, terminal: Terminal): void {
  const say = verdict === "refused" || verdict === "returned" ? terminal.fail : terminal.say;
  for (const one of difference) terminal.say({ zh: `  ${one.zh}`, en: `  ${one.en}` });
  for (const one of notes) terminal.fail(one);
  for (const { device, answered, good, points } of devices)
    terminal.say({
      zh: `  ${device}：${answered ? `应答，${good}/${points} 个测点有值` : "没有应答"}`,
      en: `  ${device}: ${answered ? `answers, ${good} of ${points} points have a value` : "does not answer"}`,
    });
  for (const one of words) say(one);
}

/** Onto the box first: that one cannot be pulled. What a stick brought is not forgotten because it comes again. */
async function keep(report: Report, folder: string, terminal: Terminal): Promise<Receipt> {
  const fresh = receiptOf(report, terminal.version);
  const kept = report.verdict === "nothing" ? await readReceipt(folder) : null;
  if (kept !== null && kept.bundle === fresh.bundle) return kept;
  await keepReceipt(folder, fresh).catch((error) =>
    terminal.fail({ zh: `回执无法保存在本机：${String(error)}`, en: `The receipt cannot be kept on the box: ${String(error)}` }),
  );
  return fresh;
}

async function give(directory: string, receipt: Receipt, terminal: Terminal): Promise<boolean> {
  const trouble = await giveReceipt(directory, receipt);
  if (trouble !== null) terminal.fail(trouble);
  return trouble === null;
}

/** `roomward receipt DIR [--state DIR]`: the last receipt, onto the stick. */
export async function receiptCommand(directory: string | undefined, values: Values, terminal: Terminal): Promise<Ended> {
  if (directory === undefined) return "usage";
  const receipt = await readReceipt(join(values.state ?? join(values.data, "provision"), RECEIPT));
  if (receipt === null) {
    terminal.fail({
      zh: "本机还没有回执：还没有插过安装 U 盘。",
      en: "There is no receipt on this box: no installer's stick was plugged in yet.",
    });
    return "failed";
  }
  return (await give(directory, receipt, terminal)) ? "done" : "failed";
}

function trustedOf({ trusted, site }: Values): string {
  return trusted ?? (site === undefined ? "/etc/roomward/trusted.d" : join(dirname(site), "trusted.d"));
}

async function told(terminal: Terminal, work: (terminal: Terminal) => Promise<Ended>): Promise<Ended> {
  try {
    return await work(terminal);
  } catch (error) {
    if (error instanceof StickProblem) for (const words of error.words) terminal.fail(words);
    else if (error instanceof BackupProblem) terminal.fail(error.words);
    else throw error;
    return "failed";
  }
}

function prompt({ inTongue }: Terminal, isNew: boolean): (again: boolean) => string {
  const first = isNew ? { zh: "密钥口令（新）", en: "New passphrase of the key" } : { zh: "密钥口令", en: "Passphrase of the key" };
  return (again) => `${inTongue(again ? { zh: "再次输入口令", en: "Passphrase again" } : first)}: `;
}
