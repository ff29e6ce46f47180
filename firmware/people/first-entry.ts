import type { Clock } from "../platform/clock.ts";
import { peopleFile } from "./people-file.ts";
import { addToken, removeToken } from "./tokens.ts";
import { firstCode } from "./users.ts";

const DEMO_NAME = "demo";

/** The ways in that are printed at the start. `code`: while no administrator can sign in. `token`: the demo room's, new at every start. */
export interface FirstEntry {
  readonly code: string | null;
  readonly token: string | null;
}

export async function firstEntry(dataFolder: string, demo: boolean, clock: Clock): Promise<FirstEntry> {
  const code = await firstCode(dataFolder, clock);
  if (!demo) return { code, token: null };
  const found = await peopleFile(dataFolder, clock).read();
  if (found.outcome === "read" && found.data.tokens.some(({ name }) => name === DEMO_NAME)) await removeToken(dataFolder, DEMO_NAME, clock);
  const added = await addToken(dataFolder, DEMO_NAME, "operator", clock);
  return { code, token: "token" in added ? added.token : null };
}
