import type { Words } from "../contract/alarm.ts";
import type { CheckReply, ConfigurationReply, DifferenceReply, RevisionText, RevisionView } from "../contract/configuration.ts";
import type { Doer } from "../people/people-file.ts";
import { differenceOf } from "../site/difference.ts";
import { loadSite } from "../site/load.ts";
import type { Good } from "./choice.ts";
import { linesBetween } from "./lines.ts";
import { masked, unmasked } from "./mask.ts";
import { viewOf } from "./revision.ts";
import { type Changed, type ConfigurationStore, textIn } from "./store.ts";

/** What the desk needs of the running gateway. */
export interface DeskPorts {
  readonly store: ConfigurationStore;
  readonly siteFile: string;
  running(): Good;
  /** What keeps the alarm standing. */
  troubles(): readonly Words[];
  /** A newer revision is stored: let it run. */
  lookAgain(): void;
}

/** What people work at: what runs, what ran before, and how to change it. No secret leaves it, and every change has a reason. */
export class ConfigurationDesk {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async status(): Promise<ConfigurationReply> {
    const { store, siteFile, running, troubles } = this.#ports;
    const { choice, stored } = await store.look();
    const { revision } = running();
    const newest = stored.revisions.at(-1)?.number ?? null;
    const { state, trouble, problems } = choice.file;
    return {
      running: revision === null ? null : viewOf(revision),
      next: newest !== null && newest > (revision?.number ?? 0) ? newest : null,
      file: { path: siteFile, state, trouble, problems: [...problems] },
      troubles: [...troubles()],
    };
  }

  /** Newest first. */
  async revisions(): Promise<readonly RevisionView[]> {
    return (await this.#ports.store.look()).stored.revisions.map(viewOf).reverse();
  }

  /** Null: there is none of that number any more. */
  async text(number: number): Promise<RevisionText | null> {
    const { stored } = await this.#ports.store.look();
    const revision = stored.revisions.find((one) => one.number === number);
    const text = textIn(stored, number);
    return revision === undefined || text === null ? null : { revision: viewOf(revision), text: masked(text) };
  }

  async difference(from: number, to: number): Promise<DifferenceReply | null> {
    const { stored } = await this.#ports.store.look();
    const [before, after] = [textIn(stored, from), textIn(stored, to)];
    return before === null || after === null ? null : between(before, after);
  }

  /** Everything that is wrong with a text, or what it would change. */
  check(text: string): CheckReply {
    const { text: base } = this.#ports.running();
    const sent = unmasked(text, base);
    if ("problems" in sent) return { problems: [...sent.problems], difference: null };
    const loaded = loadSite(sent.text);
    if ("problems" in loaded) return { problems: loaded.problems.map(sent.asSent), difference: null };
    return { problems: [], difference: between(base, sent.text) };
  }

  async change(text: string, base: number, doer: Doer, reason: string): Promise<Changed> {
    const { stored } = await this.#ports.store.look();
    // Secrets come from what was looked at. Where that has gone meanwhile, the store refuses `base` anyway.
    const sent = unmasked(text, textIn(stored, base) ?? this.#ports.running().text);
    if ("problems" in sent) return { why: "problems", problems: sent.problems };
    const changed = await this.#ports.store.change(sent.text, base, doer, reason, "api");
    if ("why" in changed && changed.why === "problems") return { ...changed, problems: changed.problems.map(sent.asSent) };
    return this.#followed(changed);
  }

  async revert(number: number, base: number, doer: Doer, reason: string): Promise<Changed> {
    return this.#followed(await this.#ports.store.revert(number, base, doer, reason));
  }

  /** The site file as it is now, by somebody who looked at revision `base`. */
  async adopt(base: number, doer: Doer): Promise<Changed> {
    return this.#followed(await this.#ports.store.takeOver(base, doer));
  }

  #followed(changed: Changed): Changed {
    if ("number" in changed) this.#ports.lookAgain();
    return changed;
  }
}

function between(before: string, after: string): DifferenceReply {
  const { lines, cut } = linesBetween(masked(before), masked(after));
  return { changes: [...differenceOf(before, after)], lines: [...lines], cut };
}
