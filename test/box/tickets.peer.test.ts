import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { describePeer, type Peer } from "../peers/peer.ts";
import { startRequestTracker } from "../peers/request-tracker.ts";
import { type Room, startRoom } from "../room/room.ts";
import { eachAlarmAlone, eventually, settled, startBox, workFolder, writeSite } from "./box.ts";

interface Ticket {
  readonly id: string;
  readonly Status: string;
  readonly Subject: string;
}

describePeer("the room's tickets in Request Tracker", ["request-tracker"], () => {
  const work = workFolder();
  let room: Room;
  let tracker: { readonly url: string; readonly peer: Peer };

  beforeAll(async () => {
    tracker = await startRequestTracker(work.path);
    room = await startRoom({ ports: "free", speed: 10, seed: 7 });
  }, 90_000);

  afterAll(async () => {
    await room.stop();
    await tracker.peer.stop();
    work.dispose();
  });

  async function rest(path: string, change?: unknown): Promise<unknown> {
    const response = await fetch(`${tracker.url}/REST/2.0/${path}`, {
      method: change === undefined ? "GET" : "PUT",
      headers: { authorization: `Basic ${Buffer.from("root:password").toString("base64")}`, "content-type": "application/json" },
      ...(change === undefined ? {} : { body: JSON.stringify(change) }),
    });
    return response.json();
  }
  async function tickets(): Promise<readonly Ticket[]> {
    const query = new URLSearchParams({ query: "Queue = 'General'", fields: "Status,Subject", per_page: "100" });
    return ((await rest(`tickets?${query}`)) as { items: readonly Ticket[] }).items;
  }

  test("a box killed while it tells has one ticket, its number on the card; who takes it acknowledges in the room; the clear resolves it", {
    timeout: 240_000,
  }, async () => {
    const site = parseDocument(room.siteYaml);
    site.addIn(["rules"], { points: ["ups-a/output.source"], state: { battery: "critical" }, on: "0s", off: "0s" });
    eachAlarmAlone(site);
    site.setIn(
      ["targets"],
      [{ id: "desk", kind: "request-tracker", url: tracker.url, user: "root", password: "password", queue: "General", language: "en" }],
    );
    const file = writeSite(work.path, site.toString());
    const data = `${work.path}/data`;
    let box = await startBox(file, data);
    await settled(box);
    const mine = async () => (await box.alarms()).find(({ point }) => point === "ups-a/output.source");
    room.scenario("mains-failure", true);
    const alarm = await eventually(mine, (found) => found !== undefined, 30_000);
    // Somewhere between the question whether the ticket is there and the answer that it was made.
    for (const afterMs of [150, 400, 900]) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await box.peer.stop("SIGKILL");
      box = await startBox(file, data);
    }
    try {
      const incident = await eventually(
        async () => (await box.incidents()).find(({ id }) => id === alarm?.incident),
        (found) =>
          found?.deliveries.length !== undefined && found.deliveries.length > 0 && found.deliveries.every(({ state }) => state === "sent"),
        60_000,
      );
      const numbers = new Set(incident?.deliveries.map((delivery) => delivery.ticket));
      expect(numbers.size).toBe(1);
      const [number = ""] = [...numbers].filter((found) => found !== null);
      await rest(`ticket/${number}`, { Owner: "root" });
      const taken = await eventually(mine, (found) => found?.state === "C", 60_000);
      expect(taken?.acknowledgement).toMatchObject({ by: "root@desk", note: `ticket ${number} is taken` });
      const shown = await eventually(
        async () => (await box.incidents()).find(({ id }) => id === alarm?.incident),
        (found) => found?.deliveries.at(-1)?.ticketStatus === "open",
        60_000,
      );
      expect((await rest(`ticket/${number}`)) as Ticket).toMatchObject({ Subject: expect.stringContaining(`] ${shown?.number} UPS A`) });
      room.scenario("mains-failure", false);
      const resolved = await eventually(
        async () => (await rest(`ticket/${number}`)) as Ticket,
        ({ Status }) => Status === "resolved",
        60_000,
      );
      expect(resolved.Subject).toMatch(/\[rw-[0-9a-f]{16}\]$/);
      const marks = (await tickets()).map(({ Subject }) => Subject.slice(-21));
      expect(new Set(marks).size).toBe(marks.length);
    } finally {
      await box.peer.stop();
    }
  });
});
