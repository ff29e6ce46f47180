import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { IncidentEvent } from "../../firmware/incidents/event.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { RETENTION } from "../../firmware/journal/retention.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { webhookDialect } from "../../firmware/upstream/dialects/webhook.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { acknowledged, cleared, entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { ManualClock } from "../firmware/manual-clock.ts";
import { freePort } from "../peers/peer.ts";
import { tell, times } from "./counts.ts";

/** Thirty days with a thousand events each that nobody takes; a short run has two hours of them. */
const DAYS = times({ short: 10, full: 3_000 }) / 100;
const EVENTS_PER_DAY = 1_000;
const PER_COMMIT = 10;
const EVENTS = DAYS * EVENTS_PER_DAY;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const BETWEEN_MS = (DAY_MS / EVENTS_PER_DAY) * PER_COMMIT;
/** Alarms that come again and again, each a new incident with three events. */
const ALARMS = 40;
const LIFE = [raised, acknowledged, cleared] as const;
const SECRET = "0123456789abcdef";
/** What has been told goes after a day already; what has not must not. */
const SHORT_LIVED = { ...RETENTION, eventDays: 1 };

/** A box with the real journal and dispatcher, in a time that passes as soon as nothing real is on its way: disk and network have theirs. */
class Box {
  readonly clock = new ManualClock();
  readonly folder = temporaryFolder();
  attempts = 0;
  #boots = 0;
  #busy = 0;
  #journal: Journal | null = null;
  #dispatcher: Dispatcher | null = null;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get journal(): Journal {
    if (this.#journal === null) throw new Error("the box is off");
    return this.#journal;
  }

  async start(): Promise<void> {
    this.#boots += 1;
    const journal = this.#observed(await journalIn(this.folder.path, { bootId: `boot-${this.#boots}` }));
    const webhook = this.#observed(webhookDialect({ url: this.#url, secret: SECRET, clock: systemClock }));
    const send: typeof webhook.send = (row, signal) => {
      this.attempts += 1;
      return webhook.send(row, signal);
    };
    this.#journal = journal;
    this.#dispatcher = startDispatcher({
      ...{ journal, clock: this.clock, dialects: new Map([["itsm", { ...webhook, send }]]) },
      onTarget: () => undefined,
      onDelivery: () => undefined,
      onTrouble: (words) => {
        throw new Error(words.en);
      },
    });
  }

  async stop(): Promise<void> {
    await this.#dispatcher?.stop();
    await this.#journal?.close();
    this.#journal = null;
  }

  async commit(changes: Parameters<typeof entry>[0], targets: readonly string[]): Promise<void> {
    expect(await this.journal.commit(entry(changes, { targets, atMs: this.clock.wallMs() }))).toMatchObject({ ok: true });
    this.#dispatcher?.wake();
  }

  /** As the gateway does it day by day. */
  async tidy(): Promise<void> {
    const day = new Date(this.clock.wallMs()).toISOString().slice(0, 10);
    for (let isMore = true; isMore; ) {
      const done = await this.journal.tidy({ retention: SHORT_LIVED, targets: ["itsm"], day, wallMs: this.clock.wallMs() });
      if (!done.ok) throw new Error(done.message.en);
      isMore = done.more;
    }
  }

  async pass(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const untilMs = this.clock.nowMs + ms;
    void this.clock.sleep(ms);
    while (this.clock.nowMs < untilMs && !isEnough()) {
      while (this.#busy > 0) await new Promise((resolve) => setImmediate(resolve));
      await this.clock.step();
    }
  }

  /** Time stands still while one of these calls is on its way. */
  #observed<Calls extends object>(calls: Calls): Calls {
    return Object.fromEntries(
      Object.entries(calls).map(([name, call]: [string, unknown]) => [
        name,
        typeof call !== "function"
          ? call
          : (...given: readonly unknown[]) => {
              const answer: unknown = call(...given);
              if (!(answer instanceof Promise)) return answer;
              this.#busy += 1;
              return answer.finally(() => {
                this.#busy -= 1;
              });
            },
      ]),
    ) as Calls;
  }
}

/** The target, once it is back: every delivery as it came, by its key. */
class Target {
  readonly heard = new Map<string, { readonly body: string; count: number }>();
  readonly order: IncidentEvent[] = [];
  readonly #server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const key = String(request.headers["idempotency-key"]);
      const known = this.heard.get(key);
      if (known === undefined) {
        this.heard.set(key, { body, count: 1 });
        this.order.push(JSON.parse(body) as IncidentEvent);
      } else {
        // It goes again when it is not known whether it arrived, the same bytes under the same key.
        expect(body).toBe(known.body);
        known.count += 1;
      }
      response.end("{}");
    });
  });

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let port = 0;
let box: Box;
let target: Target;
beforeEach(async () => {
  port = await freePort();
  box = new Box(`http://127.0.0.1:${port}/`);
  target = new Target();
});
afterEach(async () => {
  await box.stop();
  target.close();
  box.folder.remove();
});

test(`${DAYS} days without the target, ${EVENTS} events, restarts in the outage and while it is told: each arrives, in order, and none is lost`, {
  timeout: 3_600_000,
}, async () => {
  const startedMs = performance.now();
  await box.start();
  let day = 0;
  let restarts = 0;
  for (let first = 0; first < EVENTS; first += PER_COMMIT) {
    const changes = Array.from({ length: PER_COMMIT }, (_, n) => {
      const round = Math.floor((first + n) / ALARMS);
      const alarm = (first + n) % ALARMS;
      const life = LIFE[round % LIFE.length] ?? raised;
      return life({ key: `s/a/${alarm}/p/high`, incident: `i-${alarm}-${Math.floor(round / LIFE.length)}` });
    });
    await box.commit(changes, ["itsm"]);
    // Told to nobody: what tidying may take, so that it is seen to work.
    const quiet = { key: `s/b/${first}/p/high`, incident: `u-${first}` };
    await box.commit([raised(quiet), acknowledged(quiet), cleared({ ...quiet, state: "A" })], []);
    await box.pass(BETWEEN_MS);
    if (Math.floor(box.clock.nowMs / DAY_MS) > day) {
      day += 1;
      await box.tidy();
    }
    if (restarts === 0 && first >= EVENTS / 2) {
      restarts = 1;
      await box.stop();
      await box.start();
    }
  }
  const outageMs = performance.now() - startedMs;
  const triedInVain = box.attempts;
  // One at a time, once a minute: what is dead is not knocked at a thousand times.
  expect(triedInVain).toBeGreaterThan(DAYS * 1_000);
  expect(triedInVain).toBeLessThan(DAYS * 1_440 + 100);
  const [queue] = await box.journal.targetQueues({ targets: ["itsm"], deadMax: 10 });
  expect(queue).toMatchObject({ queued: EVENTS, parked: 0 });
  const { logs } = await box.journal.usage(["itsm"]);
  const untold = (EVENTS / PER_COMMIT) * LIFE.length;
  expect(logs.events.count).toBeGreaterThanOrEqual(EVENTS);
  if (DAYS > 3) expect(logs.events.count).toBeLessThan(EVENTS + untold / 2);

  await target.listen(port);
  const backMs = performance.now();
  await box.pass(2 * MINUTE_MS, () => target.heard.size > 0);
  expect(target.heard.size).toBeGreaterThan(0);
  await box.pass(60 * MINUTE_MS, () => target.heard.size >= EVENTS / 2);
  await box.stop();
  await box.start();
  await box.pass(60 * MINUTE_MS, () => target.heard.size >= EVENTS);
  const drainMs = performance.now() - backMs;

  expect(target.heard.size).toBe(EVENTS);
  const byAlarm = Map.groupBy(target.order, ({ key }) => key);
  expect(byAlarm.size).toBe(ALARMS);
  for (const events of byAlarm.values()) {
    const sequences = events.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    const states = events.map(({ state }) => state);
    expect(states).toEqual(states.map((_, n) => ["raise", "acknowledge", "clear"][n % 3]));
  }
  const again = [...target.heard.values()].filter(({ count }) => count > 1).length;
  tell(
    `outage of ${DAYS} days: ${EVENTS} events, ${triedInVain} attempts in vain (${Math.round(outageMs / 1_000)} s), told in ${Math.round(drainMs / 1_000)} s, ${again} of them twice under one key`,
  );
});
