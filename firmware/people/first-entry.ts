import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { peopleFile } from "./people-file.ts";
import { addToken, removeToken } from "./tokens.ts";
import { firstCode } from "./users.ts";

const DEMO_NAME = "demo";

/** The ways in that are printed at the start. `code`: while no administrator can sign in. `token`: the demo room's, new at every start. */
export interface FirstEntry {
  readonly code: string | null;
  readonly token: string | null;
  /** Why there is none where there should be one. */
  readonly problems: readonly Words[];
}

export async function firstEntry(dataFolder: string, demo: boolean, clock: Clock): Promise<FirstEntry> {
  const first = await firstCode(dataFolder, clock);
  const added = demo ? await demoToken(dataFolder, clock) : null;
  const isProblem = (entry: unknown): entry is { readonly problem: Words } =>
    typeof entry === "object" && entry !== null && "problem" in entry;
  return {
    code: typeof first === "string" ? first : null,
    token: added !== null && "token" in added ? added.token : null,
    problems: [first, added].filter(isProblem).map(({ problem }) => problem),
  };
}

async function demoToken(dataFolder: string, clock: Clock) {
  const found = await peopleFile(dataFolder, clock).read();
  if (found.outcome === "read" && found.data.tokens.some(({ name }) => name === DEMO_NAME)) await removeToken(dataFolder, DEMO_NAME, clock);
  return addToken(dataFolder, DEMO_NAME, "operator", clock);
}
