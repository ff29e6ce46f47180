import { join } from "node:path";
import type { TextProblem } from "../../drivers/source-text.ts";
import type { Words } from "../contract/alarm.ts";
import type { Act } from "../people/act.ts";
import type { Doer } from "../people/people-file.ts";
import { type DurableJson, durableJson, type OnDamage } from "../platform/durable-json.ts";
import type { FileClock } from "../platform/durable-writers.ts";
import { differenceOf } from "../site/difference.ts";
import { loadSite } from "../site/load.ts";
import { type Choice, choose, rememberingLoad } from "./choice.ts";
import { type Draft, NOTHING, type Revision, type Stored, storedSchema, textOf, withRevision } from "./revision.ts";
import { type FoundFile, readSiteFile } from "./site-file.ts";
import { fasterWords, fileIsNewerWords, goneWords, sameWords } from "./words.ts";

/** As much of a clock as is needed. */
export interface StoreClock extends FileClock {
  wallTrusted(): boolean;
}
export const CONFIGURATION_FILE = "configuration.json";
/** Texts of 4 MiB, what is known of them, and the lines that wait for the journal. */
const BYTES_MAX = 8 * 1024 * 1024;
/** Who a change of the site file is put down to: it says nothing else about its author. */
const SITE_FILE: Doer = { by: "site-file", from: "site-file" };
const GATEWAY: Doer = { by: "gateway", from: "gateway" };

/** Why a change was not made. `faster`: somebody else was, look again; `problems`: of the text, all of them. */
export type NotChanged =
  | { readonly why: "faster" | "notStored" | "nothing"; readonly words: Words }
  | { readonly why: "problems"; readonly problems: readonly TextProblem[] };
export type Changed = { readonly number: number } | NotChanged;

/** One look at both: the file that people edit, and what the box has kept. */
export interface Look {
  readonly stored: Stored;
  readonly found: FoundFile;
  readonly choice: Choice;
  /** Every copy of the store is damaged. */
  readonly lost: boolean;
}

/**
 * What a box is configured by, and everything it was configured by before: revisions of the site file in the data folder, written like all
 * durable files. Commands use it beside a running gateway, which is told to look again.
 */
export class ConfigurationStore {
  readonly #file: DurableJson<Stored>;
  readonly #siteFile: string | null;
  readonly #clock: StoreClock;
  readonly #load = rememberingLoad();

  /** `siteFile` null: whoever asks knows of none, and what a file says stays as it is. */
  constructor(siteFile: string | null, dataFolder: string, clock: StoreClock, onDamage?: OnDamage) {
    this.#siteFile = siteFile;
    this.#clock = clock;
    this.#file = durableJson<Stored>(join(dataFolder, CONFIGURATION_FILE), storedSchema, NOTHING, clock, { bytesMax: BYTES_MAX, onDamage });
  }

  /** Changes nothing. */
  async look(): Promise<Look> {
    const read = await this.#file.read();
    const kept = read.outcome === "read" ? read.data : NOTHING;
    const passedOver = read.outcome === "absent" ? [] : read.passedOver;
    const stored = passedOver.length === 0 ? kept : { ...kept, damaged: [...passedOver] };
    const found = this.#found(stored);
    return { stored, found, choice: choose(found, stored, this.#load), lost: read.outcome === "damaged" };
  }

  /**
   * Writes down what the look at a start or reload came to: a changed file as a revision, copies that were damaged. Returns why that was not
   * possible; null when it was, or there is nothing to write.
   */
  async settle(): Promise<Words | null> {
    const { choice, stored, lost } = await this.look();
    if (!choice.adopts && stored.damaged.length === 0) return null;
    // Only when something takes its place: the file is good.
    const stuck = lost && choice.adopts ? await this.#file.setAsideLost() : null;
    if (stuck !== null) return stuck;
    const written = await this.#file.update((fresh) => {
      const now = { ...fresh, damaged: stored.damaged };
      const found = this.#found(now);
      const { adopts, runs } = choose(found, now, this.#load);
      if (!adopts || runs === null) return { next: now };
      const settled = { ...now, settled: found.sha256 };
      if (runs.revision !== null) return { next: settled };
      const reason = now.revisions.length === 0 ? "first start with this site file" : "the site file has changed";
      const next = withRevision(settled, this.#draft({ ...SITE_FILE, reason, origin: "file", of: null }, runs.text, now));
      // An edit of the file says nothing of what was lost: that stays until somebody has looked.
      return { next: { ...next, damaged: now.damaged } };
    });
    return written.outcome === "refused" ? written.problem : null;
  }

  /** A new text, by somebody who has looked at revision `base`. */
  async change(text: string, base: number, doer: Doer, reason: string, origin: "api" | "command"): Promise<Changed> {
    const loaded = this.#load(text);
    if ("problems" in loaded) return { why: "problems", problems: loaded.problems };
    return this.#add(base, text, { ...doer, reason, origin, of: null });
  }

  /** The text of an older revision again; the site file stays as it is and is overruled. */
  async revert(number: number, base: number | null, doer: Doer, reason: string): Promise<Changed> {
    const { stored } = await this.look();
    const text = textIn(stored, number);
    if (text === null) return { why: "nothing", words: goneWords(number) };
    const loaded = this.#load(text);
    if ("problems" in loaded) return { why: "problems", problems: loaded.problems };
    return this.#add(base ?? newestOf(stored), text, { ...doer, reason, origin: "revert", of: number });
  }

  /** The changed site file, by somebody who has looked at revision `base`. */
  async takeOver(base: number, doer: Doer): Promise<Changed> {
    const { file, runs } = (await this.look()).choice;
    if (file.problems.length > 0) return { why: "problems", problems: file.problems };
    if (file.state !== "changed" || runs === null) return { why: "nothing", words: file.trouble ?? sameWords() };
    return this.#write(
      (stored) => {
        if (newestOf(stored) !== base) return { problem: fasterWords(base, newestOf(stored)) };
        const found = this.#found(stored);
        if (found.text !== runs.text) return { problem: fasterWords(base, base) };
        const settled = { ...stored, settled: found.sha256 };
        const about = { ...doer, reason: "took over the site file", origin: "file", of: null } as const;
        return runs.revision === null ? this.#next(settled, runs.text, about) : { next: settled };
      },
      () => "faster",
    );
  }

  /** The text of a file on purpose, also one that is known already or older than what runs: what an installer's stick brings. */
  async adopt(file: string, doer: Doer, reason: string): Promise<Changed> {
    const found = readSiteFile(file);
    if (found.text === null) return { why: "nothing", words: found.trouble };
    const loaded = this.#load(found.text);
    if ("problems" in loaded) return { why: "problems", problems: loaded.problems };
    return this.#write((stored) =>
      this.#next({ ...stored, settled: found.sha256 }, found.text, { ...doer, reason, origin: "stick", of: null }),
    );
  }

  /**
   * The newest revision did not start: the one before it that is still good runs again, as a revision of its own, so that the next start
   * does not try the same. Null: there is none.
   */
  async returnFrom(number: number, reason: string): Promise<Changed | null> {
    const { stored } = await this.look();
    const before = stored.revisions.toReversed().find((revision) => revision.number < number && isGood(revision, textIn(stored, number)));
    return before === undefined ? null : this.#bringBack(before.number, { ...GATEWAY, reason, origin: "return" });
  }

  /** What a stick replaced: that revision again, with the site file that is in place now. */
  async bringBack(number: number, doer: Doer, reason: string): Promise<Changed> {
    return this.#bringBack(number, { ...doer, reason, origin: "stick" });
  }

  /** A stick was the first that this box was configured by, and it did not come up: nothing runs again. */
  async forget(doer: Doer, reason: string): Promise<Changed> {
    const act = {
      atMs: this.#clock.wallMs(),
      ...doer,
      action: "configuration.return",
      subject: "",
      detail: reason,
      before: null,
      after: null,
    };
    return this.#write((stored) => ({ next: { ...stored, revisions: [], settled: "", acts: [...stored.acts, act] } }));
  }

  /** Moves lines into the audit log; a power cut in between writes a line twice rather than never. `record` says whether they are on the disk. */
  async book(record: (acts: readonly Act[]) => Promise<boolean>): Promise<Words | null> {
    const { acts } = (await this.look()).stored;
    if (acts.length === 0 || !(await record(acts))) return null;
    const written = await this.#file.update((stored) => ({ next: { ...stored, acts: stored.acts.slice(acts.length) } }));
    return written.outcome === "refused" ? written.problem : null;
  }

  #bringBack(number: number, about: Doer & Pick<Draft, "reason" | "origin">): Promise<Changed> {
    return this.#write((stored) => {
      const text = textIn(stored, number);
      if (text === null) return { problem: goneWords(number) };
      return this.#next({ ...stored, settled: this.#found(stored).sha256 }, text, { ...about, of: number });
    });
  }

  /** A choice of somebody who looked: it holds over a file that cannot be used, but never over a good one that nobody has taken over yet. */
  #add(base: number, text: string, about: About): Promise<Changed> {
    let why: "faster" | "nothing" | "notStored" = "notStored";
    return this.#write(
      (stored) => {
        why = "faster";
        if (newestOf(stored) !== base) return { problem: fasterWords(base, newestOf(stored)) };
        const found = this.#found(stored);
        const { file, runs } = choose(found, stored, this.#load);
        if (file.state === "changed") return { problem: fileIsNewerWords(this.#siteFile ?? "") };
        why = "nothing";
        const isDecided = file.state === "same" || file.state === "behind" || file.state === "overruled";
        if (runs?.text === text && isDecided && stored.damaged.length === 0 && stored.revisions.at(-1)?.origin !== "return")
          return { problem: sameWords() };
        why = "notStored";
        return this.#next({ ...stored, settled: found.sha256 }, text, about);
      },
      () => why,
    );
  }

  async #write(
    change: (stored: Stored) => { readonly next: Stored } | { readonly problem: Words },
    why: () => "faster" | "nothing" | "notStored" = () => "notStored",
  ): Promise<Changed> {
    let number = 0;
    const written = await this.#file.update((stored) => {
      const changed = change(stored);
      if ("next" in changed) number = newestOf(changed.next);
      return changed;
    });
    return written.outcome === "refused" ? { why: why(), words: written.problem } : { number };
  }

  #next(stored: Stored, text: string, about: About): { readonly next: Stored } {
    return { next: withRevision(stored, this.#draft(about, text, stored)) };
  }

  #draft(about: About, text: string, { revisions }: Stored): Draft {
    const last = revisions.at(-1);
    const changes = differenceOf(last === undefined ? null : textOf(last), text);
    return {
      ...about,
      text,
      // At the first start everything is new.
      changes: last === undefined ? "" : changes.map(({ en }) => en).join("; "),
      atMs: this.#clock.wallMs(),
      clockTrusted: this.#clock.wallTrusted(),
    };
  }

  #found(stored: Stored): FoundFile {
    if (this.#siteFile !== null) return readSiteFile(this.#siteFile);
    return { sha256: stored.settled, text: null, trouble: { zh: "", en: "" } };
  }
}

type About = Doer & Pick<Draft, "reason" | "origin" | "of">;

export function textIn({ revisions }: Stored, number: number): string | null {
  const revision = revisions.find((one) => one.number === number);
  return revision === undefined ? null : textOf(revision);
}

function newestOf({ revisions }: Stored): number {
  return revisions.at(-1)?.number ?? 0;
}

function isGood(revision: Revision, not: string | null): boolean {
  const text = textOf(revision);
  return text !== null && text !== not && "site" in loadSite(text);
}
