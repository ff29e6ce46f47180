import { readdirSync, readFileSync } from "node:fs";
import { isNode, LineCounter, parseDocument } from "yaml";
import { type Profile, profileSchema } from "./profile.ts";
import type { Words } from "./vocabulary.ts";

/** One thing wrong with a profile, or with the name of one; `path` points into the YAML and `line` counts from 1 where both are known. */
export interface ProfileFault {
  readonly file: string;
  readonly line?: number;
  readonly path: string;
  readonly message: Words;
}

export type ProfileAnswer = { readonly profile: Profile } | { readonly faults: readonly ProfileFault[] };

const FOLDER = new URL("./profiles/", import.meta.url);
const SUFFIX = ".yaml";
const PROFILE_BYTES_MAX = 256 * 1024;
const NEAR_MATCHES_MAX = 3;
/** A longer name is nobody's slip of the pen; it is cut before it is compared. */
const ASKED_ID_MAX = 100;

let ids: readonly string[] | undefined;
const loaded = new Map<string, ProfileAnswer>();

/** The ids of all profiles beside this file, sorted: `<class>/<maker>-<family>`. The folder is listed once; nothing is parsed. */
export function profileIds(): readonly string[] {
  ids ??= readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length).replaceAll("\\", "/"))
    .sort();
  return ids;
}

/** The profile with this id, parsed and checked at its first use, or everything that is wrong with it. */
export function loadProfile(id: string): ProfileAnswer {
  const known = loaded.get(id);
  if (known !== undefined) return known;
  if (!profileIds().includes(id)) return { faults: [unknownProfile(id.slice(0, ASKED_ID_MAX))] };
  const file = `${id}${SUFFIX}`;
  const answer = parseProfile(id, file, readFileSync(new URL(file, FOLDER), "utf8"));
  loaded.set(id, answer);
  return answer;
}

/** Checks the text of one profile; `file` is only used to name it in faults. */
export function parseProfile(id: string, file: string, text: string): ProfileAnswer {
  if (text.length > PROFILE_BYTES_MAX)
    return { faults: [{ file, path: "", message: { zh: "文件过大（上限 256 KiB）", en: "the file is larger than 256 KiB" } }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    return {
      faults: document.errors.map((error) => ({
        file,
        line: lines.linePos(error.pos[0]).line,
        path: "",
        message: { zh: `不是有效的 YAML：${error.message}`, en: `not valid YAML: ${error.message}` },
      })),
    };
  const checked = profileSchema.safeParse(document.toJS());
  if (checked.success) return { profile: { ...checked.data, id } };
  return {
    faults: checked.error.issues.map((issue) => {
      const line = lineOf(document, lines, issue.path);
      return {
        file,
        ...(line === undefined ? {} : { line }),
        path: issue.path.map(String).join("."),
        message: { zh: `此处不符合设备模板规范：${issue.message}`, en: issue.message },
      };
    }),
  };
}

/** Where a path is written; a missing key is looked for at its nearest parent that is there. */
function lineOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function unknownProfile(id: string): ProfileFault {
  const near = nearProfiles(id);
  return {
    file: `${id}${SUFFIX}`,
    path: "",
    message:
      near.length === 0
        ? { zh: `没有设备模板“${id}”。可用模板见模板目录。`, en: `there is no profile "${id}"; see the catalogue for those that exist` }
        : {
            zh: `没有设备模板“${id}”。是否想用：${near.join("、")}？`,
            en: `there is no profile "${id}"; did you mean ${near.join(" or ")}?`,
          },
  };
}

/** Existing ids that somebody may have meant: few letters apart, or sharing a word of their name. */
function nearProfiles(id: string): readonly string[] {
  const words = new Set(id.toLowerCase().split(/[/-]/));
  return profileIds()
    .map((candidate) => {
      const shared = candidate.split(/[/-]/).filter((word) => words.has(word)).length;
      return { candidate, distance: editDistance(id.toLowerCase(), candidate) - 3 * shared, shared };
    })
    .filter(({ candidate, distance, shared }) => shared > 0 || distance <= candidate.length / 3)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAR_MATCHES_MAX)
    .map(({ candidate }) => candidate);
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
