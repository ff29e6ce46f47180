import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import type { Journal } from "../../firmware/journal/journal.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { webhookDialect } from "../../firmware/upstream/dialects/webhook.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { quantile, type Row } from "./row.ts";

const SINGLE = 2_000;
const GROUPED = 5_000;
const ALARMS = 50;
const ROUND_TRIPS = 500;

/** P12 and the part of P8 behind the judgement: commits per second, time from commit to receiver, outbox drain with order kept. */
export async function benchJournal(): Promise<Row[]> {
  const folder = temporaryFolder();
  const journal = await journalIn(folder.path);
  const commit = (n: number, target: string) =>
    journal.commit(entry([raised({ key: `s/a/${n % ALARMS}/p/high`, incident: `${target}-${n}` })], { targets: [target] }));

  const singleMs: number[] = [];
  for (let n = 0; n < SINGLE; n += 1) singleMs.push(await timed(() => commit(n, "none")));
  const groupedMs = await timed(() => Promise.all(Array.from({ length: GROUPED }, (_, n) => commit(n, "itsm"))));
  const upstream = await benchUpstream(journal, commit);
  await journal.close();
  folder.remove();
  return [
    { metric: "journal, commits one by one", value: Math.round((SINGLE * 1_000) / sum(singleMs)), unit: "1/s" },
    { metric: "journal, one commit, median", value: quantile(singleMs, 0.5), unit: "ms" },
    { metric: "journal, one commit, p99", value: quantile(singleMs, 0.99), unit: "ms" },
    { metric: `journal, ${GROUPED} commits in flight`, value: Math.round((GROUPED * 1_000) / groupedMs), unit: "1/s" },
    ...upstream,
  ];
}

async function benchUpstream(journal: Journal, commit: (n: number, target: string) => Promise<unknown>): Promise<Row[]> {
  const last = new Map<string, number>();
  let received = 0;
  let overtaken = 0;
  let lastAtMs = 0;
  let heard = (): void => undefined;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const event = JSON.parse(body) as { key: string; sequence: number };
      if ((last.get(event.key) ?? 0) >= event.sequence) overtaken += 1;
      last.set(event.key, event.sequence);
      received += 1;
      lastAtMs = performance.now();
      response.end("{}");
      heard();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/`;
  const startMs = performance.now();
  const dispatcher = startDispatcher({
    journal,
    clock,
    dialects: new Map([["itsm", webhookDialect({ url, secret: "0123456789abcdef", clock })]]),
    onTarget: () => undefined,
    onDelivery: () => undefined,
    onTrouble: (words) => {
      throw new Error(words.en);
    },
  });
  while (received < GROUPED) await clock.sleep(5);
  const drainMs = lastAtMs - startMs;
  await clock.sleep(200);
  const tripMs: number[] = [];
  for (let n = 0; n < ROUND_TRIPS; n += 1) {
    const arrived = new Promise<void>((resolve) => {
      heard = resolve;
    });
    tripMs.push(
      await timed(async () => {
        await commit(GROUPED + n, "itsm");
        dispatcher.wake();
        await arrived;
      }),
    );
    await clock.sleep(5);
  }
  await dispatcher.stop();
  server.closeAllConnections();
  server.close();
  return [
    { metric: `outbox, drain of ${GROUPED} messages of ${ALARMS} alarms`, value: Math.round((GROUPED * 1_000) / drainMs), unit: "1/s" },
    { metric: "outbox, messages out of order", value: overtaken, unit: "" },
    { metric: "alarm change → on disk → webhook, median", value: quantile(tripMs, 0.5), unit: "ms" },
    { metric: "alarm change → on disk → webhook, p99", value: quantile(tripMs, 0.99), unit: "ms" },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
