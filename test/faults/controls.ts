import { jsonInPlace, lowdbAsItComes } from "./controls/json.ts";
import { appendLog } from "./controls/log.ts";
import { sqlite } from "./controls/sqlite.ts";
import type { CommitPath } from "./power-cut.ts";
import type { Model } from "./survivors.ts";

/** Stores of which it is known what a power cut does to them: by what the harness says of these it is judged itself. */
export interface Control {
  readonly path: CommitPath;
  /** The models in which acknowledged things must be found missing or unreadable; in the others, and where none is named, none may be. */
  readonly loses: readonly Model[];
}

const ALL = ["dropped", "reordered", "torn"] as const;

export const CONTROLS: readonly Control[] = [
  { path: sqlite("WAL", "FULL"), loses: [] },
  { path: sqlite("WAL", "NORMAL"), loses: ALL },
  { path: sqlite("WAL", "OFF"), loses: ALL },
  // Documented: a commit is the deletion of the rollback journal, and only EXTRA flushes the folder after it.
  { path: sqlite("DELETE", "FULL"), loses: ALL },
  { path: sqlite("DELETE", "EXTRA"), loses: [] },
  { path: lowdbAsItComes, loses: ALL },
  { path: jsonInPlace, loses: ALL },
  { path: appendLog(true), loses: [] },
  { path: appendLog(false), loses: ALL },
];
export const controls: readonly CommitPath[] = CONTROLS.map(({ path }) => path);
