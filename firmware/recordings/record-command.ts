import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import type { BusFault } from "../../drivers/driver.ts";
import { openClient } from "../../drivers/snmp/client.ts";
import { snmprecLine } from "../../drivers/snmp/recording.ts";
import { walk } from "../../drivers/snmp/walk.ts";
import { problemWords } from "../../drivers/source-text.ts";
import { readAlone } from "../acquire/alone.ts";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { hasLine } from "../site/line.ts";
import { loadSite } from "../site/load.ts";
import { duration } from "../site/schema-words.ts";
import { type SnmpBus, snmpWire } from "../site/snmp.ts";
import { readText } from "./files.ts";
import { recordingHead } from "./head.ts";
import { BusRecorder, pointNamesOn, RECORDING_BYTES_MAX, RECORDING_MS_MAX } from "./recorder.ts";

const FOR_DEFAULT = "60s";
/** iso.org.dod.internet: all that agents have. */
const MIB_ROOT = "1.3.6.1";

export interface RecordingParts {
  readonly clock: Clock;
  readonly version: string;
  /** Aborts when the person has had enough. */
  readonly signal: AbortSignal;
  print(line: string): void;
  say(words: Words): void;
  fail(words: Words): void;
}

export type RecordingEnded = "done" | "failed" | "usage";

/** `roomward record BUS --site FILE -o FILE [--for 60s]`: what happens on a bus, byte for byte, for whoever has to understand it elsewhere. */
export async function recordCommand(
  busId: string | undefined,
  { site: siteFile, output, for: forText = FOR_DEFAULT }: { readonly site?: string; readonly output?: string; readonly for?: string },
  parts: RecordingParts,
): Promise<RecordingEnded> {
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
  if (bus.kind === "snmp") return recordAgent(bus, output, parts);
  if (!hasLine(bus)) {
    fail({
      zh: `${busId}（${bus.kind}）没有可录制的收发：只有串口、Modbus 总线和 SNMP 代理可录制。`,
      en: `${busId} (${bus.kind}) has nothing to record: serial lines, Modbus buses and SNMP agents have.`,
    });
    return "failed";
  }
  const opened = await newFile(output, fail);
  if (opened === null) return "failed";
  const { file, trouble } = opened;
  const head = recordingHead(read, busId, { version: parts.version, wallMs: clock.wallMs() });
  let bytes = head.length;
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
  };
  const signal = AbortSignal.any([parts.signal, full.signal]);
  const listener = new BusRecorder(pointNamesOn(site, busId), clock.monotonicMs(), write);
  const broken = await Promise.race([readAlone(site, bus, { clock, listener, forMs: forMs.data, signal }).then(() => null), trouble]);
  if (!(await finished(opened, broken, output, fail))) return "failed";
  say({
    zh: `已录制 ${listener.questions} 次问答到 ${output}。回放：roomward replay ${output}`,
    en: `${listener.questions} exchanges are in ${output}. To play it back: roomward replay ${output}`,
  });
  return "done";
}

/** An agent is recorded variable by variable, all that it has; so snmpsim and `roomward profile test` can play it. */
async function recordAgent(bus: SnmpBus, output: string, { clock, signal, say, fail }: RecordingParts): Promise<RecordingEnded> {
  const opened = await newFile(output, fail);
  if (opened === null) return "failed";
  say({ zh: `正在读取 ${bus.host} 的全部变量，按 Ctrl-C 提前结束`, en: `reading all variables of ${bus.host}; Ctrl-C ends it sooner` });
  const client = openClient(snmpWire(bus), clock);
  let variables = 0;
  const walked = (async (): Promise<BusFault | null> => {
    const walking = walk(client, MIB_ROOT);
    for (let bytes = 0; bytes < RECORDING_BYTES_MAX && !signal.aborted; ) {
      const step = await walking.next();
      if (step.done === true) return step.value;
      const line = snmprecLine(step.value);
      if (line === null) continue;
      opened.file.write(`${line}\n`, "latin1");
      bytes += line.length + 1;
      variables += 1;
    }
    return null;
  })();
  const ended = await Promise.race([walked.then((fault) => ({ fault })), opened.trouble.then((broken) => ({ broken }))]);
  client.close();
  if (!(await finished(opened, "broken" in ended ? ended.broken : null, output, fail))) return "failed";
  const fault = "fault" in ended ? ended.fault : null;
  if (fault !== null)
    fail({
      zh: `读到一半中断：${fault.detail}；已读到的 ${variables} 个变量在 ${output} 中`,
      en: `it broke off: ${fault.detail}; the ${variables} variables until then are in ${output}`,
    });
  else
    say({
      zh: `${variables} 个变量已存入 ${output}。试模板：roomward profile test PROFILE ${output}`,
      en: `${variables} variables are in ${output}. To try a profile: roomward profile test PROFILE ${output}`,
    });
  return fault === null ? "done" : "failed";
}

/** A file that is new: what was recorded is never written over. */
interface NewFile {
  readonly file: WriteStream;
  readonly trouble: Promise<unknown>;
}

async function newFile(output: string, fail: RecordingParts["fail"]): Promise<NewFile | null> {
  const file = createWriteStream(output, { flags: "wx", mode: 0o600 });
  const trouble = once(file, "error").then(([error]: unknown[]) => error);
  const failure = await Promise.race([once(file, "open").then(() => null), trouble]);
  if (failure === null) return { file, trouble };
  fail({ zh: `无法写入 ${output}：${String(failure)}`, en: `${output} cannot be written: ${String(failure)}` });
  return null;
}

/** Whether all of it is in the file; why not was said. */
async function finished({ file, trouble }: NewFile, broken: unknown, output: string, fail: RecordingParts["fail"]): Promise<boolean> {
  file.end();
  const failure = broken ?? (await Promise.race([once(file, "close").then(() => null), trouble]));
  if (failure === null) return true;
  fail({ zh: `写入 ${output} 失败：${String(failure)}`, en: `${output} could not be written on: ${String(failure)}` });
  return false;
}
