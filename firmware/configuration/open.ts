import { problemWords } from "../../drivers/source-text.ts";
import type { Words } from "../contract/alarm.ts";
import type { AuditEntry, Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import type { LogLevel } from "../platform/voice.ts";
import type { Good } from "./choice.ts";
import { ConfigurationDesk } from "./desk.ts";
import { isSigned } from "./signed.ts";
import { ConfigurationStore, type Look } from "./store.ts";
import { damagedWords, lostWords, notStoredWords, outdatedWords, returnedWords, runsInsteadWords } from "./words.ts";

/** An answer that is on its way to whoever asked is not cut off by the switch it asked for. */
const SWITCH_AFTER_MS = 300;

/** A disk that was full is tried again this often. */
const STORE_AGAIN_MS = 60_000;

export interface ConfigurationOptions {
  readonly siteFile: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: (level: LogLevel, words: Words) => void;
  readonly onDamage?: OnDamage;
  /** Told whether something is wrong with the configuration, at every look. */
  readonly onTrouble: (isWrong: boolean) => void;
  /** Called between the steps; for tests that end the process there. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** Looks for what is to run, and changes nothing. Where neither the site file nor anything stored is good, all that is wrong with the file. */
export async function openConfiguration(
  options: ConfigurationOptions,
): Promise<{ readonly configuration: Configuration } | { readonly problems: readonly Words[] }> {
  const { siteFile, dataFolder, clock, onDamage } = options;
  const store = new ConfigurationStore(siteFile, dataFolder, clock, onDamage);
  const look = await store.look();
  const { runs } = look.choice;
  return runs === null ? { problems: fileWords(siteFile, look) } : { configuration: new Configuration(options, store, look, runs) };
}

/** The configuration of a running gateway: which site runs, and which is to run next. */
export class Configuration {
  readonly desk: ConfigurationDesk;
  readonly #options: ConfigurationOptions;
  readonly #store: ConfigurationStore;
  #running: Good;
  #next: Good | null = null;
  #look: Look;
  #troubles: readonly Words[] = [];
  /** Every copy of the store was damaged at the start. */
  #wasLost: boolean;
  #notStored: Words | null = null;
  #journal: Pick<Journal, "commit"> | null = null;
  #wake: () => void = () => {};
  /** Until when what could not be stored is tried again. */
  #until: AbortSignal | null = null;
  #isStoringLater = false;
  /** One look after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: ConfigurationOptions, store: ConfigurationStore, look: Look, runs: Good) {
    this.#options = options;
    this.#store = store;
    this.#look = look;
    this.#running = runs;
    this.#wasLost = look.lost;
    this.desk = new ConfigurationDesk({
      store,
      siteFile: options.siteFile,
      running: () => this.#running,
      troubles: () => this.#troubles,
      lookAgain: () => {
        options.atStep?.("stored");
        void options.clock.sleep(SWITCH_AFTER_MS).then(() => this.reload());
      },
    });
  }

  get running(): Good {
    return this.#running;
  }

  /** What runs next; null: nothing else. It may be taken back until the switch. */
  get upcoming(): Good | null {
    return this.#next;
  }

  /** Whether the text that runs is, to the letter, one that a signed stick has brought. */
  get isSigned(): boolean {
    return isSigned(this.#look.stored, this.#running.text);
  }

  get isWrong(): boolean {
    return this.#troubles.length > 0;
  }

  /** Writes down what the look at the start came to. Once this process has the data folder for itself. */
  async settle(): Promise<void> {
    await this.#store.settle().then((problem) => this.#take(problem));
    this.#look = await this.#store.look();
    const { runs } = this.#look.choice;
    // What could not be written runs all the same: the file is good.
    if (runs !== null && runs.text === this.#running.text) this.#running = runs;
    this.#judge();
  }

  /** Looks at file and store again; `changed` hears when another site is to run. What cannot be stored is not switched to. */
  reload(): Promise<void> {
    this.#work = this.#work.then(async () => {
      this.#take(await this.#store.settle());
      this.#look = await this.#store.look();
      this.#options.atStep?.("looked");
      this.#judge();
      const { runs } = this.#look.choice;
      if (runs === null || this.#notStored !== null) return;
      if (runs.text !== this.#running.text) this.#next = runs;
      else {
        this.#running = runs;
        this.#next = null;
        await this.#book();
        this.#options.log("info", { zh: "配置没有变化，继续运行", en: "the configuration is as it was; nothing is started anew" });
      }
      this.#wake();
    });
    return this.#work;
  }

  /** Resolves when another site is to run, or `signal` aborts. What could not be stored is tried again meanwhile. */
  changed(signal: AbortSignal): Promise<void> {
    this.#until = signal;
    void this.#storeLater();
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener("abort", end);
        this.#wake = () => {};
        resolve();
      };
      this.#wake = () => (this.#next === null ? undefined : end());
      signal.addEventListener("abort", end);
      if (signal.aborted || this.#next !== null) end();
    });
  }

  async #storeLater(): Promise<void> {
    if (this.#isStoringLater) return;
    this.#isStoringLater = true;
    for (let until = this.#until; this.#notStored !== null && until?.aborted === false; until = this.#until) {
      await this.#options.clock.sleep(STORE_AGAIN_MS, until);
      if (!until.aborted) await this.reload();
    }
    this.#isStoringLater = false;
  }

  /** From here on the next site is the one that runs. */
  switch(): void {
    if (this.#next !== null) this.#running = this.#next;
    this.#next = null;
  }

  /** The room is up: what was changed is written into the audit log. */
  async started(journal: Pick<Journal, "commit">): Promise<void> {
    this.#journal = journal;
    await this.#book();
  }

  async #book(): Promise<void> {
    const { clock, log } = this.#options;
    const journal = this.#journal;
    if (journal === null) return;
    const problem = await this.#store.book(async (audit: readonly AuditEntry[]) => {
      const nothing = { clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [] };
      const outcome = await journal.commit({ atMs: clock.wallMs(), ...nothing, audit });
      if (!outcome.ok) log("error", outcome.message);
      return outcome.ok;
    });
    if (problem !== null) log("error", problem);
  }

  /**
   * What runs now did not start. Goes back to what ran before, for good; false: there is nothing to go back to, or what was gone back to
   * does not start either, which then is no fault of the configuration.
   */
  async returnFrom(error: unknown): Promise<boolean> {
    const reason = error instanceof Error ? error.message : String(error);
    const { revision, text } = this.#running;
    if (revision?.origin === "return") return false;
    if (revision !== null) {
      const back = await this.#store.returnFrom(revision.number, reason.slice(0, 300));
      if (back === null) return false;
      if ("why" in back && back.why !== "problems") this.#take(back.words);
    }
    this.#look = await this.#store.look();
    const { runs } = this.#look.choice;
    if (runs === null || runs.text === text) return false;
    this.#running = runs;
    this.#next = null;
    this.#judge();
    return true;
  }

  #take(problem: Words | null): void {
    this.#notStored = problem === null ? null : notStoredWords(problem);
    void this.#storeLater();
  }

  /** What is wrong, said once each time it is new. */
  #judge(): void {
    const { log, siteFile, onTrouble } = this.#options;
    const { stored, choice } = this.#look;
    const running = choice.runs?.revision?.number ?? 0;
    const last = stored.revisions.at(-1);
    const isUnusable = choice.file.state === "unusable";
    const [outdated] = choice.outdated;
    if (stored.damaged.length === 0) this.#wasLost = false;
    const troubles = [
      ...(isUnusable ? [...fileWords(siteFile, this.#look), runsInsteadWords(siteFile, running)] : []),
      ...(outdated === undefined ? [] : [outdatedWords(outdated.revision.number, running)]),
      ...(stored.damaged.length === 0 ? [] : [this.#wasLost ? lostWords() : damagedWords(stored.damaged)]),
      ...(last?.origin === "return" ? [returnedWords(last.number - 1, last.reason)] : []),
      ...(this.#notStored === null ? [] : [this.#notStored]),
    ];
    for (const words of troubles) if (!this.#troubles.some(({ en }) => en === words.en)) log("error", words);
    if (troubles.length === 0 && this.#troubles.length > 0) log("info", { zh: "配置恢复正常", en: "the configuration is in order again" });
    this.#troubles = troubles;
    onTrouble(this.isWrong);
  }
}

/** Everything that is wrong with the site file. */
export function fileWords(siteFile: string, { choice }: Look): readonly Words[] {
  const { trouble, problems } = choice.file;
  return trouble === null ? problems.map((problem) => problemWords(siteFile, problem)) : [trouble];
}
