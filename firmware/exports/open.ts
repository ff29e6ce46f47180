import type { Words } from "../contract/alarm.ts";
import type { SiteView } from "../contract/site.ts";
import type { HistoryStore } from "../history/history.ts";
import type { InspectionDesk } from "../inspection/desk.ts";
import { openRounds } from "../inspection/open.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import type { Press } from "../report/press.ts";
import type { Site } from "../site/model.ts";
import { type Exporter, openExporter } from "./exporter.ts";

/** The paperwork of a running gateway: the desk with the inspection sheets, and the exporter who puts them into the folder. */
export interface Paperwork {
  readonly desk: InspectionDesk;
  readonly exporter: Exporter;
  stop(): Promise<void>;
}

export function openPaperwork(parts: {
  readonly site: Site;
  /** The site as people see it, made when it is needed. */
  readonly view: () => SiteView;
  readonly journal: Journal;
  readonly history: HistoryStore;
  readonly dataFolder: string;
  readonly version: string;
  readonly press: Press;
  readonly clock: Clock;
  readonly onTrouble: (words: Words) => void;
  readonly onDamage?: OnDamage;
  /** A sheet of this round was signed; the time is one of the sheet's own day. */
  readonly onSigned?: (round: string, atMs: number) => void;
}): Paperwork {
  const rounds = openRounds(parts);
  const exporter = openExporter({ ...parts, desk: rounds.desk });
  return {
    desk: rounds.desk,
    exporter,
    async stop() {
      await exporter.stop();
      await rounds.stop();
    },
  };
}
