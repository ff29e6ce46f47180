import { createServer, type Server } from "node:http";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { requestTrackerDialect } from "../../firmware/upstream/dialects/request-tracker.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";
import { acknowledged, alarm, cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor, rowOf } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const never = new AbortController().signal;
let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listening(listener: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/rt/`;
}

function dialectAt(url: string, timeoutMs = 5_000) {
  const sign = { token: "a secret token", queue: "Room", language: "en", timezone: "UTC" } as const;
  return requestTrackerDialect({ url, timeoutMs, ...sign, places: placesOf(PLACES_SITE), clock: systemClock });
}

/** Request Tracker as far as a ticket's life needs it. Answers can be lost before or after the deed. */
class TicketDesk {
  readonly tickets: { Subject: string; Status: string; Priority: number; readonly notes: string[]; Owner?: { id: string } }[] = [];
  fate: () => "answer" | "lost before" | "lost after" = () => "answer";

  async start(): Promise<string> {
    return listening((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (text: string) => {
        body += text;
      });
      request.on("end", () => {
        const fate = this.fate();
        if (fate === "lost before") return void request.socket.destroy();
        const answer = this.#answer(request.method ?? "", new URL(request.url ?? "", "http://x"), body);
        if (fate === "lost after") return void request.socket.destroy();
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
  }

  #answer(method: string, { pathname, searchParams }: URL, body: string): unknown {
    const path = pathname.replace("/rt/REST/2.0/", "");
    const sent: Record<string, unknown> = body === "" ? {} : JSON.parse(body);
    if (path === "tickets") {
      const mark = /LIKE '(.*)'/.exec(searchParams.get("query") ?? "")?.[1] ?? "?";
      const items = this.tickets.map(({ Subject, Status, Owner = { id: "Nobody" } }, n) => ({
        id: String(n + 1),
        Subject,
        Status,
        Owner,
        Creator: { id: "room" },
        LastUpdatedBy: { id: "room" },
      }));
      return { items: items.filter(({ Subject }) => Subject.includes(mark)).toReversed() };
    }
    if (path === "ticket") {
      const id = this.tickets.push({ Subject: String(sent["Subject"]), Status: "new", Priority: Number(sent["Priority"]), notes: [] });
      return { id: String(id) };
    }
    const ticket = this.tickets[Number(path.split("/")[1]) - 1];
    if (ticket === undefined) throw new Error(`no ticket for ${path}`);
    if (path.endsWith("/history")) return { items: ticket.notes.map((Data) => ({ Data })) };
    if (path.endsWith("/comment")) ticket.notes.push(String(sent["Subject"]));
    else if (method === "PUT") Object.assign(ticket, sent);
    return method === "GET" ? ticket : ["done"];
  }
}

test("law: whichever answers are lost, there is one ticket, every later event is noted once, and it ends resolved", async () => {
  const desk = new TicketDesk();
  const dialect = dialectAt(await desk.start());
  const fates = fc.array(fc.constantFrom("answer", "lost before", "lost after"), { maxLength: 12 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fates, async (losses) => {
      run += 1;
      desk.tickets.length = 0;
      const left = [...losses];
      desk.fate = () => left.shift() ?? "answer";
      const incident = `run-${run}`;
      for (const [n, change] of [raised({ incident }), acknowledged({ incident }), cleared({ incident })].entries())
        for (let outcome = "unavailable"; outcome !== "accepted"; ) ({ outcome } = await dialect.send(rowFor(change, n + 1), never));
      expect(desk.tickets).toHaveLength(1);
      expect(desk.tickets[0]).toMatchObject({ Status: "resolved", Priority: 75 });
      expect(desk.tickets[0]?.notes).toHaveLength(2);
    }),
    { numRuns: 60 },
  );
});

test("law: steps of a plan are notes on the one ticket, whichever answers are lost; a plan that begins anew opens it again", async () => {
  const desk = new TicketDesk();
  const dialect = dialectAt(await desk.start());
  const fates = fc.array(fc.constantFrom("answer", "lost before", "lost after"), { maxLength: 12 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fates, fc.boolean(), async (losses, isToldByPlan) => {
      run += 1;
      desk.tickets.length = 0;
      const left = [...losses];
      desk.fate = () => left.shift() ?? "answer";
      const record = alarm({ incident: `run-${run}` });
      const step = (nth: number, round: number): AlarmChange => {
        const note = { plan: "night", step: nth, steps: 2, round, onCall: [], why: null };
        return { cause: "escalate", record, escalation: { id: record.incident, running: null, targets: [], note } };
      };
      const tell = async (change: AlarmChange, sequence: number): Promise<void> => {
        for (let outcome = "unavailable"; outcome !== "accepted"; ) ({ outcome } = await dialect.send(rowFor(change, sequence), never));
      };
      if (!isToldByPlan) await tell({ cause: "raise", record }, 1);
      await tell(step(1, 0), 2);
      await tell(step(1, 1), 3);
      expect(desk.tickets).toHaveLength(1);
      Object.assign(desk.tickets[0] ?? {}, { Status: "resolved" });
      await tell(step(2, 0), 4);
      expect(desk.tickets[0]?.Status).toBe("resolved");
      await tell(step(1, 0), 5);
      expect(desk.tickets).toHaveLength(1);
      expect(desk.tickets[0]).toMatchObject({ Status: "open", Priority: 75 });
      const told = new Set(desk.tickets[0]?.notes);
      expect(told.size).toBe(desk.tickets[0]?.notes.length);
      // The first thing that is told is the ticket; where its answer was lost, it may stand on it as a note as well.
      expect([3, 4]).toContain(told.size);
    }),
    { numRuns: 25 },
  );
});

test("a ticket's mark is the same from raise to clear, and another for another alarm or its next life", () => {
  const mark = ticketMark(eventFor());
  expect(ticketMark(eventFor(cleared()))).toBe(mark);
  expect(ticketMark(eventFor(raised({ incident: "incident-2" })))).not.toBe(mark);
  expect(ticketMark(eventFor(raised({ key: "sz1/r1/th-4/ambient.temperature/high" })))).not.toBe(mark);
});

test("what somebody did to the incident is noted on its ticket, whose status stays; without a ticket none is made for it", async () => {
  const desk = new TicketDesk();
  const dialect = dialectAt(await desk.start());
  const act = { kind: "close", by: "li", text: "filter replaced", clock: null, reached: null } as const;
  const closed = { ...eventFor({ ...raised(), cause: "update" }, 9), act };
  expect(await dialect.send(rowOf(closed), never)).toMatchObject({ outcome: "accepted", ticket: null });
  expect(desk.tickets).toEqual([]);
  await dialect.send(rowFor(raised(), 1), never);
  expect(await dialect.send(rowOf(closed), never)).toMatchObject({ outcome: "accepted", ticket: "1" });
  expect(desk.tickets).toMatchObject([{ Status: "new", notes: [expect.stringContaining("[Closed] ")] }]);
});

test("a clear whose ticket somebody deleted creates none", async () => {
  const desk = new TicketDesk();
  expect(await dialectAt(await desk.start()).send(rowFor(cleared()), never)).toMatchObject({ outcome: "accepted", ticket: null });
  expect(desk.tickets).toEqual([]);
});

test.each([
  [200, "<html>please sign in</html>", "unavailable", /not Request Tracker: HTTP 200: <html>/],
  [200, '{"items":[{"id":"1; DROP","Status":"new","Owner":{"id":"x"}}]}', "unavailable", /not Request Tracker/],
  [302, "", "refused", /^HTTP 302/],
  [403, '{"message":"no"}', "refused", /^HTTP 403: \{"message":"no"\}$/],
  [503, "", "unavailable", /^HTTP 503/],
])("an answer %i %s is %s", async (status, body, outcome, answer) => {
  const url = await listening((_, response) => response.writeHead(status, { location: "/elsewhere" }).end(body));
  expect(await dialectAt(url).send(rowFor(), never)).toMatchObject({ outcome, answer: expect.stringMatching(answer) });
});

test("a server that hangs is left after the time-out, and the token is sent as a token and nowhere else", async () => {
  const asked: string[] = [];
  const url = await listening((request) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
  });
  const outcome = await dialectAt(url, 200).send(rowFor(), never);
  expect(outcome).toEqual({ outcome: "unavailable", answer: "no answer in 200 ms", retryAfterMs: null });
  expect(asked).toEqual([expect.stringMatching(/^\/rt\/REST\/2\.0\/tickets\?[^ ]* token a secret token$/)]);
});

test("the state of a ticket is told in Request Tracker's own word", async () => {
  const desk = new TicketDesk();
  const dialect = dialectAt(await desk.start());
  await dialect.send(rowFor(), never);
  const { key, incident } = raised().record;
  const states = (): unknown => dialect.ticketStates?.([{ key, incident, active: true }], never);
  expect(await states()).toEqual([{ incident, ticket: "1", status: "new", assignee: null }]);
  Object.assign(desk.tickets[0] ?? {}, { Status: "stalled", Owner: { id: "zhang" } });
  expect(await states()).toEqual([{ incident, ticket: "1", status: "stalled", assignee: "zhang" }]);
  desk.fate = () => "lost before";
  expect(await states()).toEqual([]);
});

test.each([
  ["stands as it was", 200, { id: 7, EffectiveId: { id: "7" } }, { ok: true, value: false }],
  ["was merged into another, which its address shows", 200, { id: 3, EffectiveId: { id: "3" } }, { ok: true, value: true }],
  ["was moved to a queue that we may not see", 403, { message: "Forbidden" }, { ok: true, value: true }],
  ["is gone", 404, { message: "Not Found" }, { ok: false, outcome: { outcome: "refused" } }],
  ["cannot be asked about for now", 503, {}, { ok: false, outcome: { outcome: "unavailable" } }],
])("of a ticket that is not found the desk says whether it is theirs: it %s", async (_, status, body, answer) => {
  const url = await listening((_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  expect(await dialectAt(url).desk?.isTheirs?.("7", never)).toMatchObject(answer);
});
