import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { addToken, listTokens, removeToken } from "./tokens.ts";

const FIRST_NAME = "first-start";
const DEMO_NAME = "demo";

/**
 * A way in for a box that nobody can sign in to yet: an administrator's token at the very first start. The demo room gets a new
 * operator's token at every start, and the old one ends. Null when people have tokens of their own.
 */
export async function firstToken(dataFolder: string, demo: boolean, clock: Clock): Promise<string | null | { readonly problem: Words }> {
  const listed = await listTokens(dataFolder, clock);
  if ("problem" in listed) return listed;
  if (demo) await removeToken(dataFolder, DEMO_NAME, clock);
  else if (listed.tokens.length > 0) return null;
  const added = await addToken(dataFolder, demo ? DEMO_NAME : FIRST_NAME, demo ? "operator" : "administrator", clock);
  return "token" in added ? added.token : added;
}
