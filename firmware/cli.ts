#!/usr/bin/env node
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { useBoxProfiles } from "../drivers/catalogue.ts";
import { problemWords } from "../drivers/source-text.ts";
import type { Words } from "./contract/alarm.ts";
import { ROLES } from "./contract/roles.ts";
import { SHARE_SIGNAL } from "./journal/beside.ts";
import { run } from "./main.ts";
import { systemClock } from "./platform/clock.ts";
import { collectOnceAfterStart, keepHeapSmall } from "./platform/heap.ts";
import { inTongue, terminalVoice, tongueOf } from "./platform/voice.ts";
import { EXIT } from "./run-options.ts";
import { loadSite } from "./site/load.ts";
import type { Site } from "./site/model.ts";
import { commandClock } from "./timekeeping/memory.ts";
import { VERSION } from "./version.ts";

const USAGE = `roomward ${VERSION}

  roomward run --site site.yaml [--data ./data] [--port 8080] [--host 127.0.0.1] [--machine /]
  roomward check site.yaml                 检查站点文件 · every problem of a site file
  roomward rules [DEVICE|POINT] --site site.yaml                  各测点如何判断、依据何在 · how points are judged, and who says so
  roomward schema                          站点文件的 JSON Schema · for editors
  roomward profiles                        已支持的设备型号 · device families
  roomward profile check FILE…             检查设备模板 · every problem of a device profile
  roomward profile test PROFILE RECORDING  用录制的数据试模板 · a recording against a profile, point by point
  roomward token add NAME --role ${ROLES.join("|")} --data DIR
  roomward token list --data DIR
  roomward token remove NAME --data DIR
  roomward user add|role NAME --role ${ROLES.join("|")} --data DIR
  roomward user list|reset|remove NAME --data DIR
  roomward audit verify [journal.db] [--data DIR] [--head HASH]   审计日志是否被改动 · was the audit log tampered with
  roomward certificate import CERT.pem KEY.pem --data DIR
  roomward backup --data DIR --site FILE -o FILE|DIR [--keep N] [--with-history] [--passphrase-file FILE]
  roomward restore FILE --data DIR --site FILE [--replace] [--passphrase-file FILE]
  roomward key new -o NAME [--passphrase]                         规划人员的密钥 · the planner's keys
  roomward bundle make site.yaml [--boxes boxes.csv] --key NAME.key -o DIR
  roomward bundle check DIR [--trusted NAME.trust]                安装 U 盘里有什么 · what is on an installer's stick
  roomward box                                                    本机的序列号和网卡地址 · serial number and cards of this box
  roomward provision DIR --site FILE [--dry-run] [--service UNIT] [--trusted FILE|DIR] [--state DIR]
  roomward receipt DIR [--state DIR]                              最近一次回执写入 U 盘 · the last receipt, onto a stick
  roomward probe --site FILE [--running --data DIR]
                                                                 逐台询问设备（网关须停止）· asks each device, gateway stopped
  roomward record BUS --site FILE -o FILE [--for 60s]              总线收发逐字节录制（网关须停止），SNMP 为全部变量 · a bus byte for byte, gateway stopped; of an agent all variables
  roomward replay FILE [--listen 1502 | --path /dev/…] [-o site.yaml]  回放录制 · a recorded bus as a device of this machine
  roomward scan BUS --site FILE [--units 1-32] [--bauds 9600,…] [--parities none,even,odd] [--protocols modbus,…]   总线上有谁 · who is on a bus
  roomward scan --snmp 10.2.0.0/24 --community NAME | --user NAME [--snmp-port 161]                                 网段中的 SNMP 设备 · SNMP agents
  roomward identify BUS [UNIT] --site FILE                        设备是什么型号 · which family a device is of
  roomward read BUS UNIT holding|input|coil|discrete ADDRESS [COUNT] --site FILE      直接读寄存器 · raw registers
  roomward read BUS OID [--walk N] | read BUS frame HEX --confirm REASON --site FILE   SNMP 变量，原始报文 · variables, raw frames
  roomward write BUS UNIT holding|coil ADDRESS VALUE… --confirm REASON --site FILE [--multiple]
                                                                  以上各命令加 --running --data DIR：由运行中的网关代办 · the running gateway does it
  roomward doctor BUS --site FILE [--for 60s] [--json]
                                                                 听诊一条总线，说出最可能的原因（网关须停止）· what is wrong with a bus, gateway stopped
  roomward export inspection --day YYYY-MM-DD --site FILE --data DIR [-o DIR] [--language zh|en]   巡检表 · inspection sheets
  roomward targets try DEVICE[/POINT] --site FILE [--at 2026-11-26T03:00] | fields   会通知谁、写什么 · who would be told, and what
  roomward targets pin HOST:PORT [--starttls]                     服务器的公钥指纹，供 pin 使用 · the key of a server, for its pin
  roomward what-if --rule FILE.yaml --site FILE --data DIR [--for 7d] [--json]   改一条规则，过去会怎样 · a changed rule on stored readings
  roomward assets export|import FILE.csv --site FILE --data DIR    资产表 · asset register as a sheet
  roomward configuration list --data DIR                          配置的各个版本 · versions of the configuration
  roomward configuration show [N] | diff N M --data DIR
  roomward configuration revert N --reason TEXT --data DIR [--site FILE]
  roomward version
`;

keepHeapSmall();

const tongue = tongueOf(process.env);
const voice = terminalVoice(tongue, () => systemClock.wallMs());

const OPTIONS = {
  site: { type: "string" },
  // The installed command says where the service keeps its data.
  data: { type: "string", default: process.env["ROOMWARD_DATA"] ?? "./data" },
  port: { type: "string", default: "8080" },
  listen: { type: "string" },
  path: { type: "string" },
  for: { type: "string" },
  host: { type: "string", default: "127.0.0.1" },
  role: { type: "string", default: "viewer" },
  demo: { type: "boolean", default: false },
  head: { type: "string" },
  output: { type: "string", short: "o" },
  keep: { type: "string" },
  "passphrase-file": { type: "string" },
  replace: { type: "boolean", default: false },
  "with-history": { type: "boolean", default: false },
  boxes: { type: "string" },
  key: { type: "string" },
  passphrase: { type: "boolean", default: false },
  trusted: { type: "string" },
  state: { type: "string" },
  service: { type: "string" },
  machine: { type: "string", default: "/" },
  "receipt-later": { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  running: { type: "boolean", default: false },
  day: { type: "string" },
  at: { type: "string" },
  language: { type: "string" },
  reason: { type: "string" },
  rule: { type: "string" },
  units: { type: "string" },
  bauds: { type: "string" },
  parities: { type: "string" },
  protocols: { type: "string" },
  snmp: { type: "string" },
  community: { type: "string" },
  user: { type: "string" },
  "auth-protocol": { type: "string" },
  "priv-protocol": { type: "string" },
  "snmp-port": { type: "string" },
  walk: { type: "string" },
  confirm: { type: "string" },
  multiple: { type: "boolean", default: false },
  starttls: { type: "boolean", default: false },
} as const;

async function main(): Promise<number> {
  const parsed = parseCommandLine();
  if (parsed === null) return EXIT.input;
  const { values, positionals } = parsed;
  const [command, ...rest] = positionals;
  useBoxProfiles(join(values.data, "profiles"));
  switch (command) {
    case "run":
      return runCommand(values);
    case "check":
      return check(rest[0]);
    case "rules":
      return rulesOf(rest[0], values.site);
    case "schema": {
      const { siteJsonSchema } = await import("./site/json-schema.ts");
      process.stdout.write(`${JSON.stringify(siteJsonSchema(), null, 2)}\n`);
      return EXIT.ok;
    }
    case "profiles": {
      const { listing } = await import("./profiles/command.ts");
      process.stdout.write(`${listing().join("\n")}\n`);
      return EXIT.ok;
    }
    case "profile": {
      const { profileCommand } = await import("./profiles/command.ts");
      const { say } = terminal();
      const print = (lines: string): void => void process.stdout.write(`${lines}\n`);
      // What is wrong is the answer here, not trouble of the box: no time in front of it.
      const ended = await profileCommand(rest, values, { pace: systemClock, print, say, fail: say });
      if (ended === "usage") process.stderr.write(USAGE);
      return ended === "done" ? EXIT.ok : EXIT.input;
    }
    case "token":
      return token(rest, values);
    case "user":
      return user(rest, values);
    case "audit":
      return audit(rest, values);
    case "certificate":
      return certificate(rest, values.data);
    case "backup":
    case "restore": {
      const { backupCommand, restoreCommand } = await import("../provisioning/backup/command.ts");
      const ended = await (command === "backup" ? backupCommand(values, terminal()) : restoreCommand(rest[0], values, terminal()));
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.machine, usage: EXIT.input }[ended];
    }
    case "key":
    case "bundle":
    case "provision":
    case "receipt": {
      const { bundleCommand, keyCommand, provisionCommand, receiptCommand } = await import("../provisioning/stick/command.ts");
      const stick = { ...terminal(), clock: systemClock };
      const ended = await (command === "key"
        ? keyCommand(rest, values, stick)
        : command === "bundle"
          ? bundleCommand(rest, values, stick)
          : command === "provision"
            ? provisionCommand(rest[0], values, stick)
            : receiptCommand(rest[0], values, stick));
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.machine, usage: EXIT.input }[ended];
    }
    case "box": {
      const { boxCommand } = await import("../provisioning/stick/command.ts");
      process.stdout.write(await boxCommand(values));
      return EXIT.ok;
    }
    case "probe":
      return probe(values);
    case "record":
    case "replay": {
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      const parts = { ...terminal(), clock: systemClock, print, signal: untilInterrupted() };
      const ended =
        command === "record"
          ? await (await import("./recordings/record-command.ts")).recordCommand(rest[0], values, parts)
          : await (await import("./recordings/replay-command.ts")).replayCommand(rest[0], values, parts);
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.input, usage: EXIT.input }[ended];
    }
    case "scan":
    case "identify":
    case "read":
    case "write": {
      const { commissioningCommand } = await import("./commissioning/command.ts");
      const { by, fail } = terminal();
      const ended = await commissioningCommand(command, rest, values, {
        ...{ clock: systemClock, by, fail, interrupted: untilInterrupted() },
        // The answer alone goes to the output: the rest is for who waits for it.
        say: (words) => void process.stderr.write(`${inTongue(words, tongue)}\n`),
        keys: { authKey: process.env["ROOMWARD_AUTH_KEY"], privKey: process.env["ROOMWARD_PRIV_KEY"] },
        site: () => siteIn(values.site),
        print: (line) => void process.stdout.write(`${line}\n`),
        progress: (line, isFound) => {
          const [begin, end] = process.stderr.isTTY ? ["\r\x1b[K", isFound ? "\n" : ""] : ["", "\n"];
          if (isFound || process.stderr.isTTY) process.stderr.write(`${begin}${line}${end}`);
        },
      });
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.machine, usage: EXIT.input }[ended];
    }
    case "doctor":
      return doctor(rest[0], values);
    case "export": {
      const { exportCommand } = await import("./exports/command.ts");
      const { say, fail, version } = terminal();
      const ended = await exportCommand(rest[0], values, { clock: systemClock, version, say, fail });
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.machine, usage: EXIT.input }[ended];
    }
    case "targets": {
      const { targetsCommand } = await import("./upstream/command.ts");
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      const parts = { ...terminal(), clock: systemClock, print };
      const [what, place] = rest;
      const ended =
        what === "pin" && place !== undefined
          ? await (await import("./upstream/pin-command.ts")).pinCommand(place, values.starttls, parts)
          : targetsCommand(rest, { ...values, site: what === "try" ? siteIn(values.site) : null }, parts);
      if (ended === "usage") process.stderr.write(USAGE);
      return ended === "done" ? EXIT.ok : EXIT.input;
    }
    case "what-if": {
      const { whatIfCommand } = await import("./review/command.ts");
      const { say, fail } = terminal();
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      const ended = await whatIfCommand(values, { clock: systemClock, print, say, fail });
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.input, usage: EXIT.input }[ended];
    }
    case "assets": {
      const { assetsCommand } = await import("./assets/command.ts");
      const { say, fail } = terminal();
      const language = inTongue({ zh: "zh", en: "en" }, tongue).startsWith("zh") ? "zh" : "en";
      try {
        const ended = await assetsCommand(rest[0], rest[1], values, { clock: systemClock, language, say, fail });
        if (ended === "usage") process.stderr.write(USAGE);
        return { done: EXIT.ok, failed: EXIT.input, usage: EXIT.input }[ended];
      } catch (error) {
        return refuse({ zh: `无法读写文件：${String(error)}`, en: `A file cannot be read or written: ${String(error)}` });
      }
    }
    case "configuration": {
      const { configurationCommand } = await import("./configuration/command.ts");
      const ended = await configurationCommand(rest, values, {
        ...terminal(),
        clock: systemClock,
        write: (text) => process.stdout.write(text),
      });
      if (ended === "usage") process.stderr.write(USAGE);
      return { done: EXIT.ok, failed: EXIT.input, usage: EXIT.input }[ended];
    }
    case "version":
      process.stdout.write(`${VERSION}\n`);
      return EXIT.ok;
    default:
      process.stderr.write(USAGE);
      return EXIT.input;
  }
}

async function rulesOf(about: string | undefined, file: string | undefined): Promise<number> {
  const found = siteIn(file);
  if (found === null) return EXIT.input;
  const { ruleViews } = await import("./site/rule-view.ts");
  const { ruleLines } = await import("./site/rule-words.ts");
  const filter = about === undefined ? {} : about.includes("/") ? { point: about } : { device: about };
  const views = ruleViews(found, filter);
  if (views.length === 0)
    return refuse({
      zh: `没有关于 ${about} 的规则。请检查设备或测点编号。`,
      en: `There is no rule about ${about}. Check the id of the device or point.`,
    });
  process.stdout.write(
    `${views
      .flatMap(ruleLines)
      .map((words) => inTongue(words, tongue))
      .join("\n")}\n`,
  );
  return EXIT.ok;
}

function parseCommandLine() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return null;
  }
}

function undoneRestoreWords(): Words {
  return {
    zh: "上次恢复备份时断电，未完成，已撤销：仍使用原有的数据。请重新执行 roomward restore。",
    en: "A restore was cut off by a power failure and was undone: what was there before is in use. Run roomward restore again.",
  };
}

async function runCommand(values: {
  readonly site?: string;
  readonly data: string;
  readonly port: string;
  readonly host: string;
  readonly demo: boolean;
  readonly machine: string;
}): Promise<number> {
  const port = Number(values.port);
  if (values.site === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(USAGE);
    return EXIT.input;
  }
  const { settleRestore } = await import("../provisioning/backup/unfinished.ts");
  try {
    if ((await settleRestore(values.data, values.site)) === "undone") voice.log("warn", undoneRestoreWords());
  } catch (error) {
    return refuse({
      zh: `上次恢复被断电打断，无法撤销：${String(error)}。请检查数据目录 ${values.data} 旁边的权限和空间。`,
      en: `A restore was cut off and cannot be undone: ${String(error)}. Check permissions and space beside the data folder ${values.data}.`,
    });
  }
  const stopping = new AbortController();
  // From the first moment on: by itself the signal would end the process.
  const startedAtTerminal = hasTerminal();
  let wasHungUp = false;
  let hangup = (): void => {
    wasHungUp = true;
  };
  process.on("SIGHUP", () => {
    // The terminal that it was started from was closed: then it ends, as any program does.
    if (startedAtTerminal && !hasTerminal()) stopping.abort();
    else hangup();
  });
  onInterrupt(stopping);
  const ended = new AbortController();
  void collectOnceAfterStart(systemClock, ended.signal);
  try {
    return await run({
      siteFile: values.site,
      dataFolder: values.data,
      host: values.host,
      port,
      demo: values.demo,
      clock: systemClock,
      machine: values.machine,
      voice,
      signal: stopping.signal,
      onShare: (listener) => void process.on(SHARE_SIGNAL, listener),
      onHangup(listener) {
        hangup = listener;
        if (wasHungUp) listener();
      },
    });
  } finally {
    ended.abort();
  }
}

/** Whether there is a terminal behind this process: after it was closed there is none. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

function check(file: string | undefined): number {
  const site = siteIn(file);
  if (site === null) return EXIT.input;
  const { devices, points, buses, rules } = site;
  voice.say({
    zh: `${file} 正确：${buses.length} 条总线，${devices.length} 台设备，${points.length} 个测点，${rules.length} 条规则。`,
    en: `${file} is right: ${buses.length} buses, ${devices.length} devices, ${points.length} points, ${rules.length} rules.`,
  });
  return EXIT.ok;
}

/** Null when there is no right site file there; why was said. */
function siteIn(file: string | undefined): Site | null {
  if (file === undefined) {
    process.stderr.write(USAGE);
    return null;
  }
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    voice.say({ zh: `无法读取 ${file}：${String(error)}`, en: `${file} cannot be read: ${String(error)}` });
    return null;
  }
  const loaded = loadSite(text);
  if ("site" in loaded) return loaded.site;
  for (const problem of loaded.problems) voice.say(problemWords(file, problem));
  return null;
}

/** What a gateway with this file and data folder runs, which may be newer than the file. */
async function runningSite(file: string, data: string): Promise<Site | null> {
  const { siteThatRuns } = await import("./configuration/running.ts");
  const found = await siteThatRuns(file, data, systemClock);
  for (const words of "problems" in found ? found.problems : found.notes) voice.log("error", words);
  return "problems" in found ? null : found.good.site;
}

/** Looks only: nothing is judged, recorded or told. The gateway must not have the wires meanwhile. */
async function probe(values: {
  readonly site?: string;
  readonly data: string;
  readonly json: boolean;
  readonly running: boolean;
}): Promise<number> {
  const site = values.running && values.site !== undefined ? await runningSite(values.site, values.data) : siteIn(values.site);
  if (site === null) return EXIT.input;
  const { probeSite } = await import("./acquire/probe.ts");
  const probes = await probeSite(site, systemClock);
  if (values.json) process.stdout.write(`${JSON.stringify(probes)}\n`);
  else {
    const { causeOf } = await import("../provisioning/stick/causes.ts");
    for (const one of probes) {
      const { zh, en } = causeOf(one, probes);
      voice.say({ zh: `${one.device}：${zh}`, en: `${one.device}: ${en}` });
    }
  }
  return EXIT.ok;
}

/** Reads one bus as the gateway would, which must not have it meanwhile, and says what is wrong. */
async function doctor(
  bus: string | undefined,
  values: { readonly site?: string; readonly data: string; readonly json: boolean; readonly running: boolean; readonly for?: string },
): Promise<number> {
  const { doctorCommand } = await import("./doctor/command.ts");
  const site = values.running && values.site !== undefined ? await runningSite(values.site, values.data) : siteIn(values.site);
  if (site === null) return EXIT.input;
  const ended = await doctorCommand(bus, values.for ?? "60s", site, values.json, {
    clock: systemClock,
    say: (words) => voice.say(words),
    write: (text) => void process.stdout.write(text),
  });
  return ended === "done" ? EXIT.ok : EXIT.input;
}

async function token(rest: readonly string[], values: { readonly data: string; readonly role: string }): Promise<number> {
  const { addToken, listTokens, removeToken } = await import("./people/tokens.ts");
  const [action, name] = rest;
  const role = ROLES.find((known) => known === values.role);
  const clock = await commandClock(values.data, systemClock);
  if (action === "list") {
    if (!existsSync(values.data)) return refuse(noFolder(values.data));
    const listed = await listTokens(values.data, systemClock);
    if ("problem" in listed) return refuse(listed.problem);
    for (const { name, role, createdAtMs } of listed.tokens)
      process.stdout.write(`${name}\t${role}\t${new Date(createdAtMs).toISOString()}\n`);
    return EXIT.ok;
  }
  if (name === undefined || role === undefined || (action !== "add" && action !== "remove")) {
    process.stderr.write(USAGE);
    return EXIT.input;
  }
  if (action === "remove") {
    const removed = await removeToken(values.data, name, clock);
    return removed !== null && "problem" in removed ? refuse(removed.problem) : EXIT.ok;
  }
  const added = await addToken(values.data, name, role, clock);
  if ("problem" in added) return refuse(added.problem);
  process.stdout.write(`${added.token}\n`);
  process.stderr.write(
    `${inTongue({ zh: "令牌只显示这一次，请妥善保存。", en: "The token is shown this once; keep it safe." }, tongue)}\n`,
  );
  return EXIT.ok;
}

async function user(rest: readonly string[], values: { readonly data: string; readonly role: string }): Promise<number> {
  const { addUser, changeRole, listUsers, removeUser, resetUser } = await import("./people/users.ts");
  const [action = "", name = ""] = rest;
  const role = ROLES.find((known) => known === values.role);
  const clock = await commandClock(values.data, systemClock);
  if (action === "list") {
    if (!existsSync(values.data)) return refuse(noFolder(values.data));
    const listed = await listUsers(values.data, systemClock);
    if ("problem" in listed) return refuse(listed.problem);
    for (const { name, role, createdAtMs, hasPassword } of listed.users)
      process.stdout.write(`${name}\t${role}\t${new Date(createdAtMs).toISOString()}\t${hasPassword ? "password" : "code"}\n`);
    return EXIT.ok;
  }
  if (name === "" || role === undefined || !["add", "role", "reset", "remove"].includes(action)) {
    process.stderr.write(USAGE);
    return EXIT.input;
  }
  if (action === "add" || action === "reset") {
    const made = action === "add" ? await addUser(values.data, name, role, clock) : await resetUser(values.data, name, clock);
    if ("problem" in made) return refuse(made.problem);
    process.stdout.write(`${made.code}\n`);
    const link = `/#code=${made.code}&name=${encodeURIComponent(name)}`;
    const zh = `一次性代码，24 小时内有效：请本人打开网关地址加 ${link} 设定密码。`;
    process.stderr.write(
      `${inTongue({ zh, en: `A one-time code, good for 24 hours: they open the gateway's address with ${link} and choose a password.` }, tongue)}\n`,
    );
    return EXIT.ok;
  }
  const done = action === "role" ? await changeRole(values.data, name, role, clock) : await removeUser(values.data, name, clock);
  return "problem" in done ? refuse(done.problem) : EXIT.ok;
}

async function audit(rest: readonly string[], values: { readonly data: string; readonly head?: string }): Promise<number> {
  if (rest[0] === "note") {
    const { noteAct } = await import("./journal/note-act.ts");
    const noted = await noteAct(values.data, process.stdin);
    return noted === null ? EXIT.ok : refuse(noted.problem);
  }
  if (rest[0] !== "verify") {
    process.stderr.write(USAGE);
    return EXIT.input;
  }
  const { verifyAuditFile } = await import("./journal/verify.ts");
  const { auditVerdictWords } = await import("./people/audit-words.ts");
  const found = verifyAuditFile(rest[1] ?? values.data, values.head ?? null);
  if ("problem" in found) return refuse(found.problem);
  voice.say(auditVerdictWords(found.file, found.verdict));
  return found.verdict.ok && found.verdict.knowsHead ? EXIT.ok : EXIT.machine;
}

async function certificate([action, certificateFile, keyFile]: readonly string[], data: string): Promise<number> {
  if (action !== "import" || certificateFile === undefined || keyFile === undefined) {
    process.stderr.write(USAGE);
    return EXIT.input;
  }
  let pem: { readonly certificate: string; readonly key: string };
  try {
    pem = { certificate: readFileSync(certificateFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  } catch (error) {
    voice.say({ zh: `无法读取证书文件：${String(error)}`, en: `A certificate file cannot be read: ${String(error)}` });
    return EXIT.input;
  }
  const { importCertificate } = await import("./serve/certificate.ts");
  const done = await importCertificate(data, pem, await commandClock(data, systemClock));
  if ("problem" in done) return refuse(done.problem);
  voice.say({
    zh: `证书已存入，下次启动生效：${done.fingerprint}`,
    en: `The certificate is stored and used from the next start on: ${done.fingerprint}`,
  });
  return EXIT.ok;
}

/** What commands outside of the firmware need of it. */
function untilInterrupted(): AbortSignal {
  const stopping = new AbortController();
  onInterrupt(stopping);
  return stopping.signal;
}

function onInterrupt(stopping: AbortController): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      // A second Ctrl-C means now.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
    });
}

function terminal() {
  return {
    version: VERSION,
    nowMs: systemClock.wallMs(),
    id: systemClock.uuid(),
    by: process.env["SUDO_USER"] ?? process.env["USER"] ?? `uid ${process.getuid?.() ?? "?"}`,
    inTongue: (words: Words) => inTongue(words, tongue),
    say: (words: Words) => voice.say(words),
    fail: (words: Words) => voice.log("error", words),
  };
}

function noFolder(folder: string): Words {
  return {
    zh: `没有数据目录 ${folder}。请用 --data 指明网关所用的目录。`,
    en: `There is no data folder ${folder}. Name the one that the gateway uses with --data.`,
  };
}

function refuse(words: { zh: string; en: string }): number {
  voice.log("error", words);
  return EXIT.machine;
}

// `roomward … | head` has read enough: a command does its work to the end and says no more. Nor does a gateway need a reader of its log.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

// An error that nobody expected: said, and the supervisor starts the gateway again from a clean state.
process.on("unhandledRejection", (error) => {
  process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(EXIT.broken);
});
process.exitCode = await main();
