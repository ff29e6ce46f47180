import type { CommitPath } from "./power-cut.ts";

export const controls: readonly CommitPath[] = [];
