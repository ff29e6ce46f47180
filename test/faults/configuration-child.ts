import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../firmware/main.ts";
import { addToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { siteOf } from "../firmware/configuration-site.ts";

/**
 * `node configuration-child.ts FOLDER STEP file|api`: a gateway whose configuration is changed once it runs, and that is killed at a step of
 * that change; with the step `none` it ends by itself when the change runs. `look` instead of a way of change: only starts.
 */
const [folder = "", fatal = "none", way = "look"] = process.argv.slice(2);
const siteFile = join(folder, "site.yaml");
const dataFolder = join(folder, "data");
const stopping = new AbortController();
const added = await addToken(dataFolder, `child ${systemClock.uuid()}`, "administrator", systemClock);
const token = "token" in added ? added.token : "";
let hangup = (): void => {};
let url = "";
let changing = false;

const code = await run({
  ...{ siteFile, dataFolder, host: "127.0.0.1", port: 0, demo: false, machine: "/", clock: systemClock, signal: stopping.signal },
  voice: {
    say: ({ en }) => {
      url = /http:\/\/[\d.]+:\d+/.exec(en)?.[0] ?? url;
    },
    log: (level, { en }) => (level === "error" ? process.stderr.write(`${en}\n`) : undefined),
  },
  onHangup: (listener) => {
    hangup = listener;
  },
  atStep(step) {
    if (changing && step === fatal) process.kill(process.pid, "SIGKILL");
    if (step !== "booked") return;
    if (way === "look" || changing) return stopping.abort();
    changing = true;
    process.stdout.write("changing\n");
    void change();
  },
});
process.exit(code);

async function change(): Promise<void> {
  if (way === "file") {
    writeFileSync(siteFile, siteOf("new"));
    return hangup();
  }
  const response = await fetch(`${url}/api/v1/configuration`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ text: siteOf("new"), reason: "a hot night", base: 1 }),
  });
  if (!response.ok) throw new Error(await response.text());
}
