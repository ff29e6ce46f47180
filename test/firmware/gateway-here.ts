import { join } from "node:path";
import { vi } from "vitest";
import { run } from "../../firmware/main.ts";
import { addToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";

/** The whole gateway in this process, on the site file and the data folder in `work`. */
export async function gatewayHere(work: string) {
  const stopping = new AbortController();
  const token = await addToken(join(work, "data"), `test ${systemClock.uuid()}`, "administrator", systemClock);
  let hangup = (): void => {};
  let url = "";
  const said: string[] = [];
  const starts: string[] = [];
  const ended = run({
    ...{ siteFile: join(work, "site.yaml"), dataFolder: join(work, "data"), host: "127.0.0.1", port: 0, demo: false, machine: "/" },
    ...{ clock: systemClock, signal: stopping.signal },
    voice: {
      say({ en }) {
        url = /http:\/\/[\d.]+:\d+/.exec(en)?.[0] ?? url;
        said.push(en);
      },
      log: (_, { en }) => said.push(en),
    },
    onHangup: (listener) => {
      hangup = listener;
    },
    atStep: (step) => starts.push(step),
  });
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
  };
  void ended.then(end, end);
  await vi.waitUntil(() => starts.includes("booked") || hasEnded, { timeout: 60_000 });
  return {
    said,
    hangup: () => hangup(),
    ups: () => starts.filter((step) => step === "booked").length,
    async get<T>(path: string): Promise<T> {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${"token" in token ? token.token : ""}` } });
      return (await response.json()) as T;
    },
    stop(): Promise<number> {
      stopping.abort();
      return ended;
    },
  };
}
