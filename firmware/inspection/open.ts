import type { Words } from "../contract/alarm.ts";
import type { SiteView } from "../contract/site.ts";
import type { HistoryStore } from "../history/history.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { InspectionDesk } from "./desk.ts";
import { keepRounds } from "./round-keeper.ts";
import { templatesOf } from "./templates.ts";

/** The rounds of a running gateway: the desk that people work at, and the keeper who turns the pages at midnight. */
export function openRounds(parts: {
  readonly site: Site;
  /** The site as people see it, made when it is needed. */
  readonly view: () => SiteView;
  readonly journal: Journal;
  readonly history: HistoryStore;
  readonly clock: Clock;
  readonly onTrouble: (words: Words) => void;
  readonly onSigned?: ((round: string, atMs: number) => void) | undefined;
}): { readonly desk: InspectionDesk; stop(): Promise<void> } {
  const { site, view, journal, history, clock, onTrouble, onSigned } = parts;
  const { timezone } = site;
  const desk = new InspectionDesk({ timezone, templates: () => templatesOf(site, view()), journal, history, clock, onSigned });
  const { stop } = keepRounds({ desk, journal, timezone, clock, onTrouble });
  return { desk, stop };
}
