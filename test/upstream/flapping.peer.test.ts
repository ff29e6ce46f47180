import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../firmware/journal-entries.ts";
import { describePeer } from "../peers/peer.ts";
import { flap } from "./flapping.ts";
import { TROUBLES } from "./unsteady-link.ts";

// A Request Tracker that shares two cores with other tests is slow; the bench `flap` does the same a thousand times.
vi.setConfig({ testTimeout: 300_000 });

describePeer("Request Tracker behind an unsteady link", ["request-tracker"], () => {
  test("has, of alarms that flap, one ticket of each incident, resolved, with every event once and in order", async () => {
    const folder = temporaryFolder();
    try {
      const { troubles, questions, repairs, tookMs, ...standing } = await flap({
        ...{ folder: folder.path, pairs: 12, alarms: 4, chance: 0.3, seed: 7 },
      });
      expect(standing).toEqual({ missing: 0, orphans: 0, duplicates: 0, notedTwice: 0, outOfOrder: 0 });
      for (const trouble of TROUBLES) expect(troubles[trouble], trouble).toBeGreaterThan(0);
    } finally {
      folder.remove();
    }
  });
});
