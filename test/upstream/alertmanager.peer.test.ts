import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { alertmanagerDialect } from "../../firmware/upstream/dialects/alertmanager.ts";
import { eventually } from "../box/box.ts";
import { acknowledged, cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { eventFor, rowFor } from "../firmware/upstream-rows.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { toldLife } from "./told-life.ts";

const never = new AbortController().signal;

interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

describePeer("Prometheus Alertmanager", ["prometheus-alertmanager"], () => {
  const folder = temporaryFolder();
  let peer: Peer;
  let port = 0;
  let url = "";

  async function start(): Promise<void> {
    const file = join(folder.path, "alertmanager.yml");
    writeFileSync(file, "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n");
    peer = await startPeer(
      "prometheus-alertmanager",
      [
        `--config.file=${file}`,
        `--storage.path=${join(folder.path, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--cluster.listen-address=",
      ],
      { ready: () => isReady(url) },
    );
  }

  beforeAll(async () => {
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await start();
  });

  afterAll(async () => {
    await peer.stop();
    folder.remove();
  });

  /** A dialect of a box of its own name, so that tests do not meet. */
  const dialectOf = (gateway: string, clock: Clock = systemClock) => alertmanagerDialect({ urls: [url], language: "zh", gateway, clock });
  const trusted: Clock = { ...systemClock, wallTrusted: () => true };
  const guessing: Clock = { ...systemClock, wallTrusted: () => false };

  /** What fires at present. */
  async function firing(gateway: string): Promise<readonly Shown[]> {
    const search = new URLSearchParams({ filter: `gateway="${gateway}"` });
    return (await (await fetch(`${url}/api/v2/alerts?${search}`)).json()) as readonly Shown[];
  }
  const severities = async (gateway: string): Promise<readonly string[]> =>
    (await firing(gateway)).map(({ labels }) => labels["severity"] ?? "").toSorted();
  const gone = (gateway: string) =>
    eventually(
      () => firing(gateway),
      (alerts) => alerts.length === 0,
    );

  test.each([
    ["with the time of day", trusted],
    ["without the time of day", guessing],
  ] as const)("shows a raise and forgets it with the clear, %s", async (_, clock) => {
    const gateway = `life ${clock.wallTrusted()}`;
    const dialect = dialectOf(gateway, clock);
    expect(await dialect.send(rowFor(raised(), 1), never)).toMatchObject({ outcome: "accepted" });
    expect(await firing(gateway)).toMatchObject([
      { labels: { alertname: "AmbientTemperatureHigh", severity: "major" }, annotations: { summary: "冷通道温度高 31.2 °C" } },
    ]);
    const [alert] = await firing(gateway);
    const leftMs = Date.parse(alert?.endsAt ?? "") - Date.now();
    expect(leftMs).toBeGreaterThan(200_000);
    expect(leftMs).toBeLessThan(305_000);
    await dialect.send(rowFor(acknowledged(), 2), never);
    expect(await firing(gateway)).toMatchObject([{ annotations: { acknowledged_by: "wang" } }]);
    expect(await dialect.send(rowFor(cleared(), 3), never)).toMatchObject({ outcome: "accepted" });
    await gone(gateway);
    dialect.close();
  });

  test("another severity ends one alert and begins another", async () => {
    const dialect = dialectOf("severity", trusted);
    await dialect.send(rowFor(raised(), 1), never);
    await dialect.send(rowFor(raised({ severity: "critical" }), 2), never);
    await eventually(
      () => severities("severity"),
      (now) => now.join() === "critical",
    );
    await dialect.send(rowFor(cleared({ severity: "critical" }), 3), never);
    await gone("severity");
    dialect.close();
  });

  test("after a restart without its memory the next beat tells it what holds, and nothing of what is over", async () => {
    const dialect = dialectOf("restart", trusted);
    const lasting = raised({ key: "sz1/r1/th-4/ambient.temperature/high" });
    await dialect.send(rowFor(raised(), 1), never);
    await dialect.send(rowFor(lasting, 2), never);
    await peer.stop("SIGKILL");
    expect(await dialect.send(rowFor(cleared(), 3), never)).toMatchObject({ outcome: "unavailable", answer: "ECONNREFUSED" });
    await start();
    expect(await firing("restart")).toEqual([]);
    const live = [eventFor(lasting, 2)];
    expect(await dialect.heartbeat?.beat({ atMs: 0, number: 7, live }, never)).toMatchObject({ outcome: "accepted" });
    await eventually(
      () => firing("restart"),
      (alerts) => alerts.map(({ labels }) => labels["device"]).join() === "th-4",
    );
    dialect.close();
  });

  test("a beat with nothing to say is a yes all the same", async () => {
    const dialect = dialectOf("quiet", trusted);
    expect(await dialect.heartbeat?.beat({ atMs: 0, number: 1, live: [] }, never)).toMatchObject({ outcome: "accepted" });
    dialect.close();
  });

  test("from commit to alert and away again, through the dispatcher", async () => {
    const deliveries = await toldLife(dialectOf("dispatched", trusted));
    expect(deliveries).toMatchObject(Array.from({ length: 3 }, () => ({ state: "sent", attempts: 1 })));
    await gone("dispatched");
  });
});

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}
