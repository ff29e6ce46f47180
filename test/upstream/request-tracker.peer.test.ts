import { createConnection, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { requestTrackerDialect } from "../../firmware/upstream/dialects/request-tracker.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";
import { eventually } from "../box/box.ts";
import { acknowledged, cleared, entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { eventFor, rowFor } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { describePeer, freePort, type Peer } from "../peers/peer.ts";
import { startRequestTracker } from "../peers/request-tracker.ts";

// A Request Tracker that shares two cores with the tests thinks for a second or two per question.
vi.setConfig({ testTimeout: 90_000 });

const never = new AbortController().signal;
const KEY = eventFor().key;
const AUTHORIZATION = `Basic ${Buffer.from("root:password").toString("base64")}`;

interface Shown {
  readonly id: string;
  readonly Status: string;
  readonly Subject: string;
  readonly Priority: string;
}

describePeer("Request Tracker 5", ["request-tracker"], () => {
  const folder = temporaryFolder();
  let peer: Peer;
  let url = "";
  let port = 0;

  beforeAll(async () => {
    ({ peer, url, port } = await startRequestTracker(folder.path));
  }, 90_000);

  afterAll(async () => {
    await peer.stop();
    folder.remove();
  });

  function dialect(change: Partial<Parameters<typeof requestTrackerDialect>[0]> = {}) {
    return requestTrackerDialect({
      url: `${url}/`,
      user: "root",
      password: "password",
      queue: "General",
      language: "zh",
      timezone: "Asia/Shanghai",
      places: placesOf(PLACES_SITE),
      clock: systemClock,
      ...change,
    });
  }

  async function rest(path: string, method = "GET", body?: unknown): Promise<unknown> {
    const response = await fetch(`${url}/REST/2.0/${path}`, {
      method,
      headers: { authorization: AUTHORIZATION, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  }

  async function ticketsOf(change: AlarmChange): Promise<readonly Shown[]> {
    const query = `Subject LIKE '${ticketMark(eventFor(change))}'`;
    const found = await rest(`tickets?${new URLSearchParams({ query, fields: "Status,Subject,Priority" })}`);
    return (found as { items: readonly Shown[] }).items;
  }

  /** Subjects of the notes on a ticket, in order. */
  async function notesOf(ticket: string): Promise<readonly string[]> {
    const history = await rest(`ticket/${ticket}/history?fields=Type,Data&per_page=100`);
    return (history as { items: readonly { Type: string; Data: string }[] }).items
      .filter(({ Type }) => Type === "Comment")
      .map(({ Data }) => Data.trim());
  }

  const life = (incident: string): readonly AlarmChange[] => [raised({ incident }), acknowledged({ incident }), cleared({ incident })];

  test("gets one ticket for the life of an alarm: created, commented, resolved; its number comes back", async () => {
    const changes = life("whole-life");
    const rt = dialect();
    const states: string[] = [];
    for (const [n, change] of changes.entries()) {
      const outcome = await rt.send(rowFor(change, n + 1), never);
      const [ticket] = await ticketsOf(change);
      expect(outcome).toMatchObject({ outcome: "accepted", ticket: ticket?.id, ticketUrl: `${url}/Ticket/Display.html?id=${ticket?.id}` });
      states.push(ticket?.Status ?? "");
    }
    expect(states).toEqual(["new", "open", "resolved"]);
    const tickets = await ticketsOf(raised({ incident: "whole-life" }));
    expect(tickets).toMatchObject([
      { Subject: expect.stringMatching(/^\[重要\] 冷通道温度高 31\.2 °C \[rw-[0-9a-f]{16}\]$/), Priority: "75" },
    ]);
    expect(await notesOf(tickets[0]?.id ?? "")).toEqual([expect.stringMatching(/^\[已确认\] /), expect.stringMatching(/^\[已恢复\] /)]);
  });

  test("told everything three times over has one ticket with every note once", async () => {
    const changes = life("three-times");
    const rt = dialect();
    for (const [n, change] of changes.entries())
      for (let attempt = 0; attempt < 3; attempt += 1)
        expect(await rt.send(rowFor(change, n + 1), never)).toMatchObject({ outcome: "accepted" });
    const tickets = await ticketsOf(raised({ incident: "three-times" }));
    expect(tickets).toMatchObject([{ Status: "resolved" }]);
    expect(await notesOf(tickets[0]?.id ?? "")).toHaveLength(2);
  });

  test("whose answers are lost on the way, as in a power cut, creates nothing twice", async () => {
    const relay = await swallowing(port);
    const deaf = dialect({ url: `http://127.0.0.1:${relay.port}`, timeoutMs: 20_000 });
    const direct = dialect();
    for (const [n, change] of life("lost-answers").entries()) {
      relay.swallow();
      expect(await deaf.send(rowFor(change, n + 1), never)).toMatchObject({ outcome: "unavailable" });
      expect(await direct.send(rowFor(change, n + 1), never)).toMatchObject({ outcome: "accepted" });
    }
    expect(relay.swallowed()).toBe(3);
    relay.server.close();
    const tickets = await ticketsOf(raised({ incident: "lost-answers" }));
    expect(tickets).toMatchObject([{ Status: "resolved" }]);
    expect(await notesOf(tickets[0]?.id ?? "")).toHaveLength(2);
  });

  test("keeps what staff decided: a ticket that they resolved is commented, not opened again", async () => {
    const [raise, acknowledge] = life("staff-resolved") as [AlarmChange, AlarmChange];
    const rt = dialect();
    await rt.send(rowFor(raise, 1), never);
    const [ticket] = await ticketsOf(raise);
    await rest(`ticket/${ticket?.id}`, "PUT", { Status: "resolved" });
    expect(await rt.send(rowFor(acknowledge, 2), never)).toMatchObject({ outcome: "accepted" });
    expect(await ticketsOf(raise)).toMatchObject([{ Status: "resolved" }]);
  });

  test("opens the ticket again when the alarm comes back within its incident", async () => {
    const rt = dialect();
    const [raise, , clear] = life("comes-back") as [AlarmChange, AlarmChange, AlarmChange];
    await rt.send(rowFor(raise, 1), never);
    await rt.send(rowFor(clear, 2), never);
    await rt.send(rowFor(raised({ incident: "comes-back", raiseCount: 2 }), 3), never);
    const tickets = await ticketsOf(raise);
    expect(tickets).toMatchObject([{ Status: "open" }]);
    expect(await notesOf(tickets[0]?.id ?? "")).toHaveLength(2);
  });

  test("lets what staff do flow back: who takes a ticket, and who closes it while the alarm stands", async () => {
    const rt = dialect({ language: "en" });
    const told = ["untouched", "taken", "closed", "over"].map((incident) => ({ key: KEY, incident, active: incident !== "over" }));
    for (const { incident } of told) await rt.send(rowFor(raised({ incident }), 1), never);
    const idOf = async (incident: string): Promise<string> => (await ticketsOf(raised({ incident })))[0]?.id ?? "";
    await rest(`ticket/${await idOf("taken")}`, "PUT", { Owner: "root" });
    await rest(`ticket/${await idOf("closed")}`, "PUT", { Status: "rejected" });
    await rt.send(rowFor(cleared({ incident: "over" }), 2), never);
    const decided = await rt.decisions?.(told, never);
    expect(decided).toEqual([
      { key: KEY, by: "root", note: `ticket ${await idOf("taken")} is taken` },
      { key: KEY, by: "root", note: `ticket ${await idOf("closed")} is ended` },
    ]);
    expect(await dialect({ password: "wrong wrong" }).decisions?.(told, never)).toEqual([]);
  });

  test("makes a duplicate part of the first ticket, remarks once, and a merge that it does not do is no yes", async () => {
    const rt = dialect({ language: "en" });
    const change = raised({ incident: "twice" });
    await rt.send(rowFor(change, 1), never);
    const [first] = await ticketsOf(change);
    await rest("ticket", "POST", { Queue: "General", Subject: first?.Subject, Content: "once more" });
    const find = async () => {
      const found = await rt.desk?.find([ticketMark(eventFor(change))], never);
      return found?.ok === true ? found.value : [];
    };
    const [later, oldest] = await find();
    if (rt.desk?.merge === undefined || later === undefined || oldest === undefined) throw new Error("there are no two tickets");
    expect(oldest).toMatchObject({ id: first?.id, creator: "root", stage: "new" });
    expect(await rt.desk.merge(later, { ...oldest, id: "999999" }, never)).toMatchObject({
      outcome: { outcome: "refused", answer: expect.stringMatching(/not merged into #999999/) },
    });
    expect(await rt.desk.merge(later, oldest, never)).toMatchObject({ ok: true });
    const remark = { id: "over-7", words: { zh: "x", en: "The alarm is over." } };
    expect(await rt.desk.holds(oldest, remark, never)).toEqual({ ok: true, value: false });
    await rt.desk.change(oldest, { note: remark, to: "resolved", event: eventFor(change) }, never);
    expect(await find()).toMatchObject([{ id: first?.id, stage: "resolved" }]);
    expect(await rt.desk.holds(oldest, remark, never)).toEqual({ ok: true, value: true });
  });

  test.each([
    ["a wrong password", { password: "hunter2hunter2" }, /^HTTP 401/],
    ["a queue that is not there", { queue: "Nowhere" }, /No permission to create tickets in the queue 'Nowhere'/],
  ])("says no to %s, and no secret is in the answer", async (name, change, answer) => {
    const outcome = await dialect(change).send(rowFor(raised({ incident: name }), 1), never);
    expect(outcome).toEqual({ outcome: "refused", answer: expect.stringMatching(answer) });
    expect(outcome.answer).not.toContain("hunter2");
  });

  test("that is not there is asked again later", async () => {
    expect(await dialect({ url: `http://127.0.0.1:${await freePort()}` }).send(rowFor(), never)).toMatchObject({
      outcome: "unavailable",
      answer: "ECONNREFUSED",
    });
  });

  test("from commit to card: the ticket's number is on the incident", async () => {
    const journal = await journalIn(`${folder.path}/journal`);
    const dispatcher = startDispatcher({
      journal,
      clock: systemClock,
      dialects: new Map([["itsm", dialect()]]),
      onTarget: () => undefined,
      onTrouble: () => undefined,
      onDelivery: () => undefined,
    });
    for (const change of life("on-the-card")) {
      await journal.commit(entry([change], { targets: ["itsm"] }));
      dispatcher.wake();
    }
    const [incident] = await eventually(
      () => journal.incidents({ limit: 1 }),
      ([first]) => first?.deliveries.every(({ state }) => state === "sent") === true,
      60_000,
    );
    const [ticket] = await ticketsOf(raised({ incident: "on-the-card" }));
    expect(ticket?.Status).toBe("resolved");
    expect(incident?.deliveries.map((delivery) => delivery.ticket)).toEqual([ticket?.id, ticket?.id, ticket?.id]);
    await dispatcher.stop();
    await journal.close();
  });
});

/** A relay that, when told to, lets one changing request through to the server and cuts the client off before it hears the answer. */
async function swallowing(
  target: number,
): Promise<{ readonly port: number; readonly server: Server; swallow(): void; swallowed(): number }> {
  let armed = false;
  let swallowed = 0;
  const server = createServer((client) => {
    const upstream = createConnection({ host: "127.0.0.1", port: target });
    let cut = false;
    client.on("data", (bytes) => {
      if (armed && /^(POST|PUT) /.test(bytes.toString("latin1"))) {
        armed = false;
        cut = true;
        swallowed += 1;
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (cut) client.resetAndDestroy();
      else client.write(bytes);
    });
    upstream.on("end", () => client.end());
    client.on("error", () => undefined);
    upstream.on("error", () => undefined);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    server,
    swallow: () => {
      armed = true;
    },
    swallowed: () => swallowed,
  };
}
