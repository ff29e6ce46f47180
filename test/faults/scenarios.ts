import type { CommitPath } from "./power-cut.ts";
import { backups, restore } from "./scenarios/backup.ts";
import { documents } from "./scenarios/exports.ts";
import { history } from "./scenarios/history.ts";
import { journal, journalFailing, journalMigration, journalSweep } from "./scenarios/journal.ts";
import { people } from "./scenarios/people.ts";
import { stickKept, stickReturned } from "./scenarios/stick.ts";

/** Every way in which the product puts something on the disk for good. */
export const scenarios: readonly CommitPath[] = [
  ...[journal, journalSweep, journalMigration, journalFailing, history, people],
  ...[documents, backups, restore, stickKept, stickReturned],
];
