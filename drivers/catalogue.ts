import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nearNames } from "./near.ts";
import type { Profile } from "./profile.ts";
import { checkProfile } from "./profile-check.ts";
import { SourceText, type TextProblem } from "./source-text.ts";

export type ProfileAnswer = { readonly profile: Profile } | { readonly problems: readonly ProfileProblem[] };

/** One thing wrong with a profile, or with the name of one. Line 0: not of a line, but of the file or the name. */
export interface ProfileProblem extends TextProblem {
  readonly file: string;
}

/** A profile that can be had, and the file it would be read from. */
export interface ListedProfile {
  readonly id: string;
  readonly file: string;
  /** Of the box's own folder; `replaces`: in place of the product's profile of the same id. */
  readonly origin: "product" | "box" | "replaces";
}

const BUILT_IN = fileURLToPath(new URL("./profiles/", import.meta.url));
const SUFFIX = ".yaml";
/** `<class>/<maker>-<family>`: a name, never a path. */
const ID = /^[a-z0-9]+\/[a-z0-9][a-z0-9.+-]*$/;
const ID_MAX = 100;
const PROFILE_BYTES_MAX = 256 * 1024;

let boxFolder: string | null = null;
const loaded = new Map<string, ProfileAnswer>();

/**
 * From now on profiles are also looked for in this folder of the box, `<class>/<maker>-<family>.yaml` as in the product. The rule for equal
 * ids: the box's file holds, because somebody put it there for this room.
 */
export function useBoxProfiles(folder: string | null): void {
  boxFolder = folder;
  loaded.clear();
}

/** All profiles that can be had, sorted by id. The folders are listed; nothing is parsed. */
export function listProfiles(): readonly ListedProfile[] {
  const product = new Map(idsIn(BUILT_IN).map((id) => [id, { id, file: join(BUILT_IN, `${id}${SUFFIX}`), origin: "product" as const }]));
  const all = new Map<string, ListedProfile>(product);
  for (const id of boxFolder === null ? [] : idsIn(boxFolder))
    all.set(id, { id, file: join(boxFolder ?? "", `${id}${SUFFIX}`), origin: product.has(id) ? "replaces" : "box" });
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function profileIds(): readonly string[] {
  return listProfiles().map(({ id }) => id);
}

function idsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length).replaceAll("\\", "/"))
    .filter((id) => ID.test(id));
}

/** The profile with this id, parsed and checked at its first use, or everything that is wrong with it. */
export function loadProfile(id: string): ProfileAnswer {
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const folder = ID.test(id) && id.length <= ID_MAX ? folderOf(id) : null;
  if (folder === null) return { problems: [unknownProfile(id.slice(0, ID_MAX))] };
  const file = `${id}${SUFFIX}`;
  const answer = parseProfile(id, folder === BUILT_IN ? file : join(folder, file), readFileSync(join(folder, file), "utf8"));
  loaded.set(id, answer);
  return answer;
}

/** Where the file of this id lies: nothing is listed, so that a start costs only the profiles in use. */
function folderOf(id: string): string | null {
  for (const folder of [boxFolder, BUILT_IN]) if (folder !== null && existsSync(join(folder, `${id}${SUFFIX}`))) return folder;
  return null;
}

/** Checks the text of one profile; `file` is only used to name it. */
export function parseProfile(id: string, file: string, text: string): ProfileAnswer {
  if (text.length > PROFILE_BYTES_MAX) {
    const message = { zh: "文件过大（上限 256 KiB）", en: "the file is larger than 256 KiB" };
    return { problems: [{ file, line: 0, column: 0, path: "", message }] };
  }
  const source = new SourceText(text);
  const value = source.problems.length > 0 ? null : source.value();
  const profile = source.problems.length > 0 ? null : checkProfile(source, id, value);
  if (profile !== null && source.problems.length === 0) return { profile };
  return { problems: source.sorted().map((problem) => ({ file, ...problem })) };
}

function unknownProfile(id: string): ProfileProblem {
  const near = nearNames(id, profileIds());
  const message =
    near.length === 0
      ? {
          zh: `没有设备模板“${id}”。用 roomward profiles 查看可用模板。`,
          en: `there is no profile "${id}"; roomward profiles lists those that exist`,
        }
      : {
          zh: `没有设备模板“${id}”。是否想用：${near.join("、")}？`,
          en: `there is no profile "${id}"; did you mean ${near.join(" or ")}?`,
        };
  return { file: `${id}${SUFFIX}`, line: 0, column: 0, path: "", message };
}
