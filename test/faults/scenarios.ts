import type { CommitPath } from "./power-cut.ts";
import { history } from "./scenarios/history.ts";
import { journal, journalMigration, journalSweep } from "./scenarios/journal.ts";
import { people } from "./scenarios/people.ts";

/** Every way in which the product puts something on the disk for good. */
export const scenarios: readonly CommitPath[] = [journal, journalSweep, journalMigration, history, people];
