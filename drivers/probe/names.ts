import { lookup } from "node:dns";
import { isIP } from "node:net";
import type { Pace } from "../driver.ts";
import { Turns } from "./turns.ts";

/** A host's address as the probes use it, or why there is none. */
export type Resolved = { readonly address: string } | { readonly problem: string };

/**
 * Names that are looked up at the same time. Each takes one of the process's four threads for files and names, for as long as a silent DNS
 * server lets it wait: the box must go on writing.
 */
const LOOKUPS_MAX = 2;

const turns = new Turns(LOOKUPS_MAX);
/** Each name once, whoever asks for it. */
const asked = new Map<string, Promise<Resolved>>();

/** The address of a host, which may be one already, within `timeoutMs`. */
export async function addressOf(host: string, pace: Pace, timeoutMs: number): Promise<Resolved> {
  if (isIP(host) !== 0) return { address: host };
  const done = new AbortController();
  const late = pace.sleep(timeoutMs, done.signal).then((): Resolved => ({ problem: `no answer from DNS in ${timeoutMs} ms` }));
  const resolved = await Promise.race([lookedUp(host), late]);
  done.abort();
  return resolved;
}

function lookedUp(host: string): Promise<Resolved> {
  const known = asked.get(host);
  if (known !== undefined) return known;
  const answer = turns.run(() => askSystem(host)).finally(() => asked.delete(host));
  asked.set(host, answer);
  return answer;
}

/** As the system does it: with /etc/hosts and search domains. (getaddrinfo(3)) */
function askSystem(host: string): Promise<Resolved> {
  return new Promise((resolve) => {
    lookup(host, (error, address) => {
      if (error === null) resolve({ address });
      else
        resolve({
          problem: `${error.code ?? error.message}: ${error.code === "ENOTFOUND" ? "DNS does not know the name" : "DNS does not answer"}`,
        });
    });
  });
}
