import type { Words } from "../contract/alarm.ts";
import type { SiteFileState } from "../contract/configuration.ts";
import { loadSite } from "../site/load.ts";
import type { Site, SiteProblem } from "../site/model.ts";
import { type Revision, type Stored, textOf } from "./revision.ts";
import type { FoundFile } from "./site-file.ts";

/** What runs: a site that reads without a problem. `revision` is null while the text is not stored. */
export interface Good {
  readonly text: string;
  readonly site: Site;
  readonly revision: Revision | null;
}

export type LoadSite = typeof loadSite;

/** A file, what is stored, and one that is tried. */
const TEXTS_REMEMBERED = 3;

/** Reading a large site takes a small box a while, and a page that asks again and again finds the same texts. */
export function rememberingLoad(): LoadSite {
  const known = new Map<string, ReturnType<LoadSite>>();
  return (text) => {
    const loaded = known.get(text) ?? loadSite(text);
    known.delete(text);
    known.set(text, loaded);
    const [oldest] = known.keys();
    if (known.size > TEXTS_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return loaded;
  };
}

export interface Choice {
  /** Null: neither the file nor any revision is good. */
  readonly runs: Good | null;
  /** The file's text is to become a revision. */
  readonly adopts: boolean;
  readonly file: { readonly state: SiteFileState; readonly trouble: Words | null; readonly problems: readonly SiteProblem[] };
  /** Revisions that were passed over because this version of the program does not take them any more; newest first. */
  readonly outdated: readonly { readonly revision: Revision; readonly problems: readonly SiteProblem[] }[];
}

/**
 * Which site runs. The file on the disk is what people edit: when it has changed since it was taken over and is good, it is the newest
 * good change. Otherwise the newest revision runs, which may have come after the file; a file that is bad changes nothing.
 */
export function choose(found: FoundFile, stored: Stored, load: LoadSite): Choice {
  const last = lastGood(stored, load);
  const isSettled = found.sha256 === stored.settled;
  const isCurrent = found.text !== null && last.good?.text === found.text;
  if (isSettled && isCurrent) return { ...last, runs: last.good, adopts: false, file: { state: "same", ...NO_TROUBLE } };
  const loaded = found.text === null ? null : load(found.text);
  const problems = loaded !== null && "problems" in loaded ? loaded.problems : [];
  const state: SiteFileState =
    loaded !== null && "site" in loaded ? (isSettled ? "behind" : "changed") : isSettled ? "overruled" : "unusable";
  const file = { state, trouble: found.trouble, problems };
  if (found.text === null || loaded === null || !("site" in loaded)) return { ...last, runs: last.good, adopts: false, file };
  // A good file runs where it is newer than what is stored, and where nothing that is stored is good.
  if (isSettled && last.good !== null) return { ...last, runs: last.good, adopts: false, file };
  return {
    ...last,
    runs: { text: found.text, site: loaded.site, revision: isCurrent ? (last.good?.revision ?? null) : null },
    adopts: true,
    file,
  };
}

const NO_TROUBLE = { trouble: null, problems: [] } as const;

/** The newest revision that this version of the program takes. */
function lastGood({ revisions }: Stored, load: LoadSite): { readonly good: Good | null; readonly outdated: Choice["outdated"] } {
  const outdated: { revision: Revision; problems: readonly SiteProblem[] }[] = [];
  for (const revision of revisions.toReversed()) {
    const text = textOf(revision);
    const loaded = text === null ? null : load(text);
    if (text !== null && loaded !== null && "site" in loaded) return { good: { text, site: loaded.site, revision }, outdated };
    outdated.push({ revision, problems: loaded !== null && "problems" in loaded ? loaded.problems : [] });
  }
  return { good: null, outdated };
}
