import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import type { Journal } from "../../firmware/journal/journal.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { webhookDialect } from "../../firmware/upstream/dialects/webhook.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { quantile, type Row } from "./row.ts";

/** Thirty days of a thousand events, none of them delivered; `QUEUED=2000` for a quick look. */
const QUEUED = Number(process.env["QUEUED"] ?? 30_000);
const ALARMS = 500;
const PER_COMMIT = 100;
const SINGLE = 500;
const SECRET = "0123456789abcdef";

/** The outbox after a month without its target: how fast it empties, whether the order is kept, and how soon the next event is on its way. */
export async function benchDrain(): Promise<Row[]> {
  const folder = temporaryFolder();
  const journal = await journalIn(folder.path);
  const tell = (what: string, count: number): void => {
    if (count % Math.ceil(QUEUED / 10) === 0) console.error(`  ${what} ${count} of ${QUEUED}`);
  };
  for (let first = 0; first < QUEUED; first += PER_COMMIT) {
    await commit(journal, first, Math.min(PER_COMMIT, QUEUED - first));
    tell("queued", first + PER_COMMIT);
  }
  const last = new Map<string, number>();
  let received = 0;
  let overtaken = 0;
  let lastAtMs = 0;
  let heard = (): void => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { key, sequence } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { key: string; sequence: number };
      if ((last.get(key) ?? 0) >= sequence) overtaken += 1;
      last.set(key, sequence);
      received += 1;
      tell("received", received);
      lastAtMs = performance.now();
      response.end("{}");
      heard();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const startMs = performance.now();
  const dispatcher = startDispatcher({
    ...{ journal, clock },
    dialects: new Map([["itsm", webhookDialect({ url: `http://127.0.0.1:${port}/`, secret: SECRET, clock })]]),
    onTarget: () => undefined,
    onDelivery: () => undefined,
    onTrouble: (words) => {
      throw new Error(words.en);
    },
  });
  while (received < QUEUED) await clock.sleep(20);
  const drainMs = lastAtMs - startMs;
  await clock.sleep(500);
  const tripMs: number[] = [];
  for (let n = 0; n < SINGLE; n += 1) {
    const arrived = new Promise<void>((resolve) => {
      heard = resolve;
    });
    await commit(journal, QUEUED + n, 1);
    const committedMs = performance.now();
    dispatcher.wake();
    await arrived;
    tripMs.push(performance.now() - committedMs);
    await clock.sleep(5);
  }
  await dispatcher.stop();
  server.closeAllConnections();
  server.close();
  await journal.close();
  folder.remove();
  return [
    { metric: `outbox, drain of ${QUEUED} messages of ${ALARMS} alarms`, value: Math.round((QUEUED * 1_000) / drainMs), unit: "1/s" },
    { metric: "outbox, messages out of order", value: overtaken, unit: "" },
    { metric: "outbox, commit → first attempt, median", value: quantile(tripMs, 0.5), unit: "ms" },
    { metric: "outbox, commit → first attempt, p99", value: quantile(tripMs, 0.99), unit: "ms" },
  ];
}

async function commit(journal: Journal, first: number, count: number): Promise<void> {
  const changes = Array.from({ length: count }, (_, n) =>
    raised({ key: `s/a/${(first + n) % ALARMS}/p/high`, incident: `i-${first + n}` }),
  );
  const done = await journal.commit(entry(changes, { targets: ["itsm"] }));
  if (!done.ok) throw new Error(done.message.en);
}
