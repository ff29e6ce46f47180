import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../firmware/journal-entries.ts";
import { describePeer } from "../peers/peer.ts";
import { type Flapping, flap } from "./flapping.ts";
import { byChance, type Meets, TROUBLES } from "./unsteady-link.ts";

// A Request Tracker that shares two cores with other tests is slow; the bench `flap` does the same a thousand times.
vi.setConfig({ testTimeout: 300_000 });

const AS_IT_SHOULD = { missing: 0, orphans: 0, duplicates: 0, outOfOrder: 0 };

async function flapped(flapping: Omit<Flapping, "folder">): ReturnType<typeof flap> {
  const folder = temporaryFolder();
  try {
    return await flap({ folder: folder.path, ...flapping });
  } finally {
    folder.remove();
  }
}

describePeer("Request Tracker behind an unsteady link", ["request-tracker"], () => {
  test("has, of alarms that flap, one ticket of each incident, resolved, told in order; only what was late may stand on it twice", async () => {
    const { troubles, notedTwice, ...end } = await flapped({ pairs: 12, alarms: 4, meets: byChance(0.2, 2_277) });
    expect(end).toMatchObject(AS_IT_SHOULD);
    expect(notedTwice).toBeLessThanOrEqual(troubles["late"] ?? 0);
    for (const trouble of TROUBLES) expect(troubles[trouble], trouble).toBeGreaterThan(0);
  });

  test("that gets a ticket once more after its maker gave up and made another has one of each in the end: they are merged", async () => {
    let made = 0;
    const meets: Meets = ({ method, url }) => (method === "POST" && url?.endsWith("/ticket") === true && made++ % 2 === 0 ? "late" : null);
    const { repairs, ...end } = await flapped({ pairs: 2, alarms: 1, meets });
    expect(end).toMatchObject(AS_IT_SHOULD);
    expect(repairs).toEqual({ "ticket.merge": 2 });
  });
});
