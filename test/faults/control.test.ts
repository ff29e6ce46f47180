import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { CONTROLS } from "./controls.ts";
import { tell, times } from "./counts.ts";
import { type CommitPath, cutPower, recordPath, type Tally, workFolder } from "./power-cut.ts";
import { type Recording, withoutFlush } from "./recording.ts";
import { journal } from "./scenarios/journal.ts";
import { people } from "./scenarios/people.ts";
import { MODELS, type Model } from "./survivors.ts";

const CUTS = times({ short: 20, full: 500 });
const TIMEOUT_MS = 600_000;

const work = new Map<CommitPath, string>();
afterAll(() => {
  for (const folder of work.values()) rmSync(folder, { recursive: true, force: true });
});

async function recorded(path: CommitPath): Promise<Recording> {
  const folder = workFolder();
  work.set(path, folder);
  return recordPath(path, folder);
}

async function cuts(path: CommitPath, recording: Recording, model: Model): Promise<Tally> {
  const tally = await cutPower(path, recording, { model, count: CUTS, first: 1, work: work.get(path) as string });
  tell(`${path.name}, ${model}: of ${CUTS} cuts ${tally.lost} lost, worst ${tally.worst}, ${tally.unreadable} unreadable`);
  return tally;
}

describePeer("the harness sees what a store loses", ["cc"], () => {
  describe.each(CONTROLS)("$path.name", ({ path, loses }) => {
    let recording: Recording;
    beforeAll(async () => {
      recording = await recorded(path);
    }, TIMEOUT_MS);

    test.each(MODELS)("%s", { timeout: TIMEOUT_MS }, async (model) => {
      const { whole, lost, unreadable } = await cuts(path, recording, model);
      if (loses.includes(model)) expect(lost + unreadable).toBeGreaterThan(0);
      else expect(whole).toBe(CUTS);
    });
  });

  const LEFT_OUT: readonly (readonly [string, CommitPath, (file: string) => boolean, readonly Model[]])[] = [
    ["the people without the flush of the new file", people, (file) => file.endsWith(".json.new"), MODELS],
    ["the people without the flush of the folder after the rename", people, (file) => file === "data", MODELS],
    ["a new data folder without the flush of the folder above", people, (file) => file === "", ["dropped", "reordered"]],
    ["the journal without the flush of its log", journal, (file) => file.endsWith("-wal"), MODELS],
    ["the journal without the flush of its file when the log is folded in", journal, (file) => file.endsWith("journal.db"), MODELS],
    ["the journal without the flush of its folder", journal, (file) => file.endsWith("data"), ["dropped", "reordered"]],
  ];
  describe("and what ours would lose", () => {
    const recordings = new Map<CommitPath, Recording>();
    beforeAll(async () => {
      for (const path of [people, journal]) recordings.set(path, await recorded(path));
    }, TIMEOUT_MS);

    test.each(LEFT_OUT)("%s", { timeout: TIMEOUT_MS }, async (_, path, isLeftOut, models) => {
      const recording = withoutFlush(recordings.get(path) as Recording, isLeftOut);
      for (const model of models) {
        const { lost, unreadable, half } = await cuts(path, recording, model);
        expect(lost + unreadable + half, model).toBeGreaterThan(0);
      }
    });
  });
});
