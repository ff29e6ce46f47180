import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Configuration, openConfiguration } from "../../firmware/configuration/open.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { siteOf } from "./configuration-site.ts";

let work: string;
let stopping: AbortController;
const siteFile = (): string => join(work, "site.yaml");
const folder = (): string => join(work, "data");
/** A minute until something is tried again is a few milliseconds here. */
const hurried: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) };

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-running-"));
  mkdirSync(folder(), { mode: 0o700 });
  stopping = new AbortController();
});
afterEach(() => {
  stopping.abort();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
});

async function running(): Promise<Configuration> {
  writeFileSync(siteFile(), siteOf(1));
  const opened = await openConfiguration({
    ...{ siteFile: siteFile(), dataFolder: folder(), clock: hurried },
    ...{ log: () => undefined, onTrouble: () => undefined },
  });
  if ("problems" in opened) throw new Error("the site is good");
  await opened.configuration.settle();
  return opened.configuration;
}

test("what was to run next and is taken back before the switch does not run", async () => {
  const configuration = await running();
  const changed = configuration.changed(stopping.signal);
  writeFileSync(siteFile(), siteOf(2));
  await configuration.reload();
  await changed;
  expect(configuration.upcoming?.text).toBe(siteOf(2));
  writeFileSync(siteFile(), siteOf(1));
  await configuration.reload();
  expect(configuration.upcoming).toBeNull();
  configuration.switch();
  expect(configuration.running.text).toBe(siteOf(1));
});

test("a change that could not be stored when it was asked for is stored and runs when the disk takes it", async () => {
  const configuration = await running();
  const changed = configuration.changed(stopping.signal);
  // In the way of every writer of the store, as long as it is young.
  const inTheWay = join(folder(), "configuration.json.new");
  mkdirSync(inTheWay);
  writeFileSync(siteFile(), siteOf(2));
  await configuration.reload();
  expect([configuration.upcoming, configuration.isWrong]).toEqual([null, true]);
  rmSync(inTheWay, { recursive: true });
  await changed;
  expect([configuration.upcoming?.text, configuration.isWrong]).toEqual([siteOf(2), false]);
}, 30_000);

test("what was gone back to and does not start either is not gone back from: the fault is another", async () => {
  const configuration = await running();
  writeFileSync(siteFile(), siteOf(2));
  await configuration.reload();
  configuration.switch();
  expect(await configuration.returnFrom(new Error("a file of the program is bent"))).toBe(true);
  expect(configuration.running).toMatchObject({ text: siteOf(1), revision: { number: 3, origin: "return" } });
  expect(await configuration.returnFrom(new Error("a file of the program is bent"))).toBe(false);
  await vi.waitFor(() => expect(configuration.running.revision?.number).toBe(3), { timeout: 60_000 });
});
