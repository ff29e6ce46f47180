import { writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { problemWords, SourceText } from "../../drivers/source-text.ts";
import type { Words } from "../contract/alarm.ts";
import { isLineBus, settingsOf } from "../site/line.ts";
import { loadSite } from "../site/load.ts";
import type { BusEntry } from "../site/schema.ts";
import { readText } from "./files.ts";
import { parseRecording, type RecordedEvent } from "./format.ts";
import { type Played, playOnSerial, playOnTcp } from "./player.ts";
import type { RecordingEnded, RecordingParts } from "./record-command.ts";
import { RECORDING_MS_MAX } from "./recorder.ts";
import { Replay } from "./replay.ts";

const PORT_DEFAULT = "1502";
/** So many questions that the recording does not have are told. */
const UNKNOWN_TOLD_MAX = 20;

/** `roomward replay FILE [--listen 1502 | --path /dev/…] [-o site.yaml]`: the recorded bus as a device of this machine. */
export async function replayCommand(
  file: string | undefined,
  { listen = PORT_DEFAULT, path, output }: { readonly listen?: string; readonly path?: string; readonly output?: string },
  parts: RecordingParts,
): Promise<RecordingEnded> {
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
  const settings = bus.kind === "modbus-rtu" || isLineBus(bus) ? settingsOf(bus) : null;
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

function writeText(file: string, text: string, fail: RecordingParts["fail"]): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    fail({ zh: `无法写入 ${file}：${String(error)}`, en: `${file} cannot be written: ${String(error)}` });
    return false;
  }
}
