import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { type ListedProfile, listProfiles, loadProfile, type ProfileAnswer, parseProfile, profileIds } from "../../drivers/catalogue.ts";
import type { Pace } from "../../drivers/driver.ts";
import { modbusRecordingSchema } from "../../drivers/modbus/recording.ts";
import type { Profile } from "../../drivers/profile.ts";
import { fittingProfiles } from "../../drivers/snmp/identify.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";
import { parseSnmprec, type SnmpRecording } from "../../drivers/snmp/recording.ts";
import { problemWords, SourceText } from "../../drivers/source-text.ts";
import type { Words } from "../contract/alarm.ts";
import { type PlayedPoint, playModbus, playSnmp } from "./play.ts";

const YAML = ".yaml";
const RECORDING_BYTES_MAX = 64 * 1024 * 1024;

interface Teller {
  readonly pace: Pace;
  /** The answer itself: lines for people, or JSON. */
  print(lines: string): void;
  say(words: Words): void;
  fail(words: Words): void;
}

/** `roomward profile check|test`. `failed`: something is wrong with the profile or the recording, or they do not fit each other. */
export async function profileCommand(
  [action, ...rest]: readonly string[],
  options: { readonly json: boolean },
  teller: Teller,
): Promise<"done" | "failed" | "usage"> {
  if (action === "check" && rest.length > 0) return checkFiles(rest, teller) ? "done" : "failed";
  const [profile, recording] = rest;
  if (action === "test" && profile !== undefined && recording !== undefined)
    return (await testRecording(profile, recording, options, teller)) ? "done" : "failed";
  return "usage";
}

/** `roomward profiles`: every family that can be read, and which of them the box has files of its own for. */
export function listing(): readonly string[] {
  return listProfiles().map(({ id, file, origin }: ListedProfile) => (origin === "product" ? id : `${id}\t${origin}\t${file}`));
}

function checkFiles(files: readonly string[], { say, fail }: Teller): boolean {
  let isRight = true;
  for (const file of files) {
    const answer = fromFile(file, fail);
    if (answer === null) isRight = false;
    else if ("problems" in answer) {
      isRight = false;
      for (const problem of answer.problems) fail(problemWords(file, problem));
    } else {
      const { label, points, class: folder } = answer.profile;
      const count = Object.keys(points).length;
      say({
        zh: `${file} 正确：${label.zh}，${count} 个测点。放到 DATA/profiles/${folder}/ 下即可使用。`,
        en: `${file} is right: ${label.en}, ${count} points. Put into DATA/profiles/${folder}/ it can be used.`,
      });
    }
  }
  return isRight;
}

/** Null when the file cannot be read; why was said. The id is that of its place: folder and name. */
function fromFile(file: string, fail: Teller["fail"]): ProfileAnswer | null {
  try {
    const folder = basename(dirname(file));
    const name = basename(file, extname(file));
    return parseProfile(/^[a-z]+$/.test(folder) && folder !== "profiles" ? `${folder}/${name}` : name, file, readFileSync(file, "utf8"));
  } catch (error) {
    fail({ zh: `无法读取 ${file}：${String(error)}`, en: `${file} cannot be read: ${String(error)}` });
    return null;
  }
}

async function testRecording(profileName: string, file: string, { json }: { readonly json: boolean }, teller: Teller): Promise<boolean> {
  const { print, say, fail } = teller;
  const isFile = profileName.endsWith(YAML) || existsSync(profileName);
  const answer = isFile ? fromFile(profileName, fail) : loadProfile(profileName);
  if (answer === null) return false;
  if ("problems" in answer) {
    for (const problem of answer.problems) fail(problem.line === 0 ? problem.message : problemWords(problem.file, problem));
    return false;
  }
  const bytes = readRecording(file, fail);
  const played = bytes === null ? null : await play(answer.profile, file, bytes, teller);
  if (played === null) return false;
  if (json) print(JSON.stringify(played));
  else print(table(played).join("\n"));
  const wrong = played.filter(({ expected }) => expected?.met === false).length;
  const good = played.filter(({ quality }) => quality === "good").length;
  if (wrong > 0) fail({ zh: `${wrong} 个测点与录制时所见不符。`, en: `${wrong} points differ from what a person saw.` });
  else if (good === 0)
    fail({ zh: "没有一个测点有值：模板与录制文件不是同一类设备？", en: "No point has a value: are profile and recording of one family?" });
  else say({ zh: `${played.length} 个测点中 ${good} 个有值。`, en: `${good} of ${played.length} points have a value.` });
  return wrong === 0 && good > 0;
}

function readRecording(file: string, fail: Teller["fail"]): Buffer | null {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= RECORDING_BYTES_MAX) return bytes;
    fail({ zh: `${file} 超过 64 MiB`, en: `${file} is larger than 64 MiB` });
  } catch (error) {
    fail({ zh: `无法读取 ${file}：${String(error)}`, en: `${file} cannot be read: ${String(error)}` });
  }
  return null;
}

async function play(profile: Profile, file: string, bytes: Buffer, teller: Teller): Promise<readonly PlayedPoint[] | null> {
  const { fail, pace } = teller;
  if (profile.protocol === "modbus") {
    // JSON is YAML, too: so every fault of a recording has its line.
    const source = new SourceText(bytes.toString("utf8"));
    const recording = source.problems.length > 0 ? undefined : source.parse([], modbusRecordingSchema, source.value());
    if (recording !== undefined) return playModbus(profile, recording);
    for (const problem of source.sorted()) fail(problemWords(file, problem));
    return null;
  }
  if (profile.protocol !== "snmp") {
    fail({
      zh: `${profile.id} 用 ${profile.protocol}：录制文件只能用 Modbus 和 SNMP 模板回放`,
      en: `${profile.id} speaks ${profile.protocol}: recordings are played against profiles of Modbus and SNMP only`,
    });
    return null;
  }
  const parsed = parseSnmprec(bytes);
  if ("problems" in parsed) {
    for (const { line, message } of parsed.problems.slice(0, 20))
      fail({ zh: `${file}:${line}：${message.zh}`, en: `${file}:${line}: ${message.en}` });
    return null;
  }
  sayWhatFitsBetter(profile, parsed.recording, teller);
  return playSnmp(profile, parsed.recording, pace);
}

/** The recording says what it is; when another profile claims it, the reader should know. */
function sayWhatFitsBetter(profile: SnmpProfile, recording: SnmpRecording, { say }: Teller): void {
  const profiles = profileIds().flatMap((id): readonly SnmpProfile[] => {
    const answer = loadProfile(id);
    return "profile" in answer && answer.profile.protocol === "snmp" ? [answer.profile] : [];
  });
  const { sysObjectId, variables } = recording;
  const fitting = fittingProfiles({ sysObjectId, has: (oid) => variables.has(oid) }, profiles).map(({ id }) => id);
  if (fitting.length > 0 && !fitting.includes(profile.id))
    say({
      zh: `录制文件的 sysObjectID ${sysObjectId} 对应：${fitting.join("、")}`,
      en: `The recording's sysObjectID ${sysObjectId} belongs to: ${fitting.join(", ")}`,
    });
}

/** Point, value with unit, quality, and what a person saw where it differs. */
function table(played: readonly PlayedPoint[]): readonly string[] {
  const rows = played.map(({ point, value, unit, quality, expected }) => [
    point,
    value === null ? "-" : `${value}${unit === "" ? "" : ` ${unit}`}`,
    quality,
    expected === undefined || expected.met ? "" : `≠ ${expected.value ?? "-"}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
