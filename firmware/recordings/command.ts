import { once } from "node:events";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { problemWords, SourceText } from "../../drivers/source-text.ts";
import { readAlone } from "../acquire/alone.ts";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { hasLine, isLineBus } from "../site/line.ts";
import { loadSite } from "../site/load.ts";
import type { BusEntry } from "../site/schema.ts";
import { duration } from "../site/schema-words.ts";
import { parseRecording, type RecordedEvent } from "./format.ts";
import { recordingHead } from "./head.ts";
import { type Played, playOnSerial, playOnTcp } from "./player.ts";
import { BusRecorder, pointNamesOn, RECORDING_BYTES_MAX, RECORDING_MS_MAX } from "./recorder.ts";
import { Replay } from "./replay.ts";

const FOR_DEFAULT = "60s";
const PORT_DEFAULT = "1502";
/** So many questions that the recording does not have are told. */
const UNKNOWN_TOLD_MAX = 20;

export interface RecordingParts {
  readonly clock: Clock;
  readonly version: string;
  /** Aborts when the person has had enough. */
  readonly signal: AbortSignal;
  print(line: string): void;
  say(words: Words): void;
  fail(words: Words): void;
}

type Ended = "done" | "failed" | "usage";

/** `roomward record BUS --site FILE -o FILE [--for 60s]`: what happens on a bus, byte for byte, for whoever has to understand it elsewhere. */
export async function recordCommand(
  busId: string | undefined,
  { site: siteFile, output, for: forText = FOR_DEFAULT }: { readonly site?: string; readonly output?: string; readonly for?: string },
  parts: RecordingParts,
): Promise<Ended> {
  const { clock, say, fail } = parts;
  const forMs = duration(1_000, RECORDING_MS_MAX, { zh: "", en: "" }).safeParse(forText);
  if (busId === undefined || siteFile === undefined || output === undefined || !forMs.success) return "usage";
  const read = readText(siteFile, fail);
  if (read === null) return "failed";
  const loaded = loadSite(read);
  if ("problems" in loaded) {
    for (const problem of loaded.problems) fail(problemWords(siteFile, problem));
    return "failed";
  }
  const { site } = loaded;
  const bus = site.buses.find(({ id }) => id === busId);
  if (bus === undefined) {
    const ids = site.buses.map(({ id }) => id).join(", ");
    fail({ zh: `${siteFile} 中没有总线 ${busId}；有：${ids}`, en: `${siteFile} has no bus ${busId}; it has ${ids}` });
    return "failed";
  }
  if (!hasLine(bus)) {
    fail({
      zh: `${busId}（${bus.kind}）没有可逐字节录制的线路；SNMP 代理请录制为 .snmprec，再用 roomward profile test 试。`,
      en: `${busId} (${bus.kind}) has no line whose bytes could be recorded; record an SNMP agent as .snmprec and try it with roomward profile test`,
    });
    return "failed";
  }
  const file = createWriteStream(output, { flags: "wx", mode: 0o600 });
  const trouble = once(file, "error").then(([error]: unknown[]) => error);
  const opened = await Promise.race([once(file, "open").then(() => null), trouble]);
  if (opened !== null) {
    fail({ zh: `无法写入 ${output}：${String(opened)}`, en: `${output} cannot be written: ${String(opened)}` });
    return "failed";
  }
  const head = recordingHead(read, busId, { version: parts.version, wallMs: clock.wallMs() });
  let bytes = head.length;
  let exchanges = 0;
  const full = new AbortController();
  file.write(head);
  say({
    zh: `正在录制 ${busId}，${forText}；按 Ctrl-C 提前结束。门禁读卡器的总线上会录到卡号，请妥善保管文件。`,
    en: `recording ${busId} for ${forText}; Ctrl-C ends it sooner. On a bus with card readers the file holds card numbers: keep it accordingly.`,
  });
  const write = (line: string): void => {
    bytes += line.length + 1;
    if (bytes > RECORDING_BYTES_MAX) full.abort();
    else file.write(`${line}\n`);
    if (line.includes(" > ")) exchanges += 1;
  };
  const signal = AbortSignal.any([parts.signal, full.signal]);
  const listener = new BusRecorder(pointNamesOn(site, busId), clock.monotonicMs(), write);
  const broken = await Promise.race([readAlone(site, bus, { clock, listener, forMs: forMs.data, signal }).then(() => null), trouble]);
  if (broken !== null) {
    fail({ zh: `写入 ${output} 失败：${String(broken)}`, en: `${output} could not be written on: ${String(broken)}` });
    return "failed";
  }
  file.end();
  await once(file, "close");
  say({
    zh: `已录制 ${exchanges} 次问答到 ${output}。回放：roomward replay ${output}`,
    en: `${exchanges} exchanges are in ${output}. To play it back: roomward replay ${output}`,
  });
  return "done";
}

/** `roomward replay FILE [--listen 1502 | --path /dev/…] [-o site.yaml]`: the recorded bus as a device of this machine. */
export async function replayCommand(
  file: string | undefined,
  { listen = PORT_DEFAULT, path, output }: { readonly listen?: string; readonly path?: string; readonly output?: string },
  parts: RecordingParts,
): Promise<Ended> {
  const { clock, say, fail, print, signal } = parts;
  const port = Number(listen);
  if (file === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) return "usage";
  const recording = openRecordingFile(file, fail);
  if (recording === null) return "failed";
  const { bus, events, siteText } = recording;
  const replay = new Replay(events, bus.kind);
  if (replay.questions === 0) {
    fail({ zh: `${file} 中没有一次问答`, en: `${file} holds no question` });
    return "failed";
  }
  let told = 0;
  const onUnknown = (hex: string): void => {
    told += 1;
    if (told <= UNKNOWN_TOLD_MAX) say({ zh: `录制中没有此提问：${hex}`, en: `not asked while it was recorded: ${hex}` });
  };
  const player = { replay, pace: clock, onUnknown };
  const settings = settingsOf(bus);
  if (path !== undefined && settings === null) {
    fail({ zh: `${bus.kind} 不走串口，不能用 --path`, en: `${bus.kind} has no serial line: leave --path out` });
    return "failed";
  }
  const played: Played | { readonly problem: Words } =
    path !== undefined && settings !== null ? await playOnSerial(player, { path, ...settings }) : await playOnTcp(player, port);
  if ("problem" in played) {
    fail(played.problem);
    return "failed";
  }
  const where = path ?? `127.0.0.1:${played.at}`;
  say({
    zh: `${bus.id} 在 ${where} 回放，共 ${replay.questions} 种提问。Ctrl-C 结束。`,
    en: `${bus.id} plays at ${where}, ${replay.questions} different questions. Ctrl-C ends it.`,
  });
  if (path === undefined) {
    const site = siteReading(siteText, bus, Number(played.at));
    if (output === undefined) print(`${stringify({ buses: [busReading(bus, Number(played.at))] })}`);
    else if (!writeText(output, site, fail)) {
      await played.close();
      return "failed";
    } else say({ zh: `读取它的站点文件：${output}`, en: `a site file that reads it: ${output}` });
  }
  await clock.sleep(RECORDING_MS_MAX * 24, signal);
  await played.close();
  return "done";
}

/** A recording with the bus that it is of; null when something is wrong with it, and it was said. */
function openRecordingFile(
  file: string,
  fail: RecordingParts["fail"],
): { readonly bus: BusEntry; readonly events: readonly RecordedEvent[]; readonly siteText: string } | null {
  const text = readText(file, fail);
  if (text === null) return null;
  const parsed = parseRecording(text);
  const loaded = "problems" in parsed ? parsed : loadSite(parsed.siteText);
  if ("problems" in parsed || "problems" in loaded) {
    for (const problem of "problems" in loaded ? loaded.problems : []) fail(problemWords(file, problem));
    return null;
  }
  return { bus: loaded.site.buses[0] as BusEntry, ...parsed };
}

function settingsOf(bus: BusEntry): Pick<Extract<BusEntry, { kind: "modbus-rtu" }>, "baudRate" | "parity" | "stopBits"> | null {
  if (bus.kind !== "modbus-rtu" && !isLineBus(bus)) return null;
  return { baudRate: bus.baudRate, parity: bus.parity, stopBits: bus.stopBits };
}

/** The recorded bus where it plays: what was a serial port is a serial device server now. */
function busReading(bus: BusEntry, port: number): Record<string, unknown> {
  if (bus.kind === "gpio") throw new Error(`bus ${bus.id} was recorded without a line`);
  const kind = bus.kind === "modbus-rtu" ? "modbus-rtu-tcp" : bus.kind;
  return { id: bus.id, kind, host: "127.0.0.1", port, timeout: `${bus.timeout}ms` };
}

function siteReading(siteText: string, bus: BusEntry, port: number): string {
  const site = new SourceText(siteText).value();
  return stringify({ ...(typeof site === "object" ? site : {}), buses: [busReading(bus, port)] });
}

function readText(file: string, fail: RecordingParts["fail"]): string | null {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= RECORDING_BYTES_MAX) return bytes.toString("utf8");
    fail({ zh: `${file} 超过 ${RECORDING_BYTES_MAX} 字节`, en: `${file} is larger than ${RECORDING_BYTES_MAX} bytes` });
  } catch (error) {
    fail({ zh: `无法读取 ${file}：${String(error)}`, en: `${file} cannot be read: ${String(error)}` });
  }
  return null;
}

function writeText(file: string, text: string, fail: RecordingParts["fail"]): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    fail({ zh: `无法写入 ${file}：${String(error)}`, en: `${file} cannot be written: ${String(error)}` });
    return false;
  }
}
