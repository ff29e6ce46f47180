import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { times } from "./counts.ts";
import { cutPower, keepRecording, recordPath, workFolder } from "./power-cut.ts";
import type { Recording } from "./recording.ts";
import { scenarios } from "./scenarios.ts";
import { MODELS } from "./survivors.ts";

const CUTS = times({ short: 25, full: 500 });
/** A new one each day would be chance; this one is always the same, and another can be given. */
const FIRST_SEED = Number(process.env["FAULTS_SEED"] ?? 1);
const TIMEOUT_MS = 1_800_000;

describePeer("the power goes", ["cc"], () => {
  describe.each(scenarios)("$name", (path) => {
    const work = workFolder();
    let recording: Recording;
    let isWhole = true;
    beforeAll(async () => {
      recording = await recordPath(path, work);
    }, TIMEOUT_MS);
    afterAll(() => {
      if (!isWhole) keepRecording(work, `dist/faults/${path.name}`);
      rmSync(work, { recursive: true, force: true });
    });

    test.each(MODELS)(
      `${CUTS} cuts, %s: nothing that was acknowledged is lost, nothing is in halves`,
      { timeout: TIMEOUT_MS },
      async (model) => {
        const tally = await cutPower(path, recording, { model, count: CUTS, first: FIRST_SEED, work });
        isWhole &&= tally.whole === CUTS;
        expect(tally.examples, `node test/faults/cut.ts ${path.name} dist/faults/${path.name} shows each again`).toEqual([]);
        expect(tally.whole).toBe(CUTS);
      },
    );
  });
});
