import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describePeer, freePort, listening, type Peer, startPeer } from "../peers/peer.ts";
import { eventually, startBox, workFolder, writeSite } from "./box.ts";

/** As `roomward probe --site FILE` on a console; our own page must be able to answer meanwhile. */
async function look(site: string, language: string): Promise<string> {
  const env = { ...process.env, LC_ALL: language };
  return (await promisify(execFile)(process.execPath, ["dist/box/roomward.js", "probe", "--site", site], { env, timeout: 30_000 })).stdout;
}

describePeer("a room whose servers are probed", ["ping", "redis-server"], () => {
  let work: ReturnType<typeof workFolder>;
  let redisPort: number;
  let redis: Peer | null;
  let page: Server;
  let status: number;
  let pagePort: number;
  let site: string;

  const startRedis = (): Promise<Peer> =>
    startPeer("redis-server", ["--port", String(redisPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
      ready: () => listening(redisPort),
    });
  beforeEach(async () => {
    work = workFolder();
    redisPort = await freePort();
    redis = await startRedis();
    status = 200;
    page = createServer((_, response) => {
      response.statusCode = status;
      response.end("<p>OA 系统正常</p>");
    });
    pagePort = await new Promise((resolve) => page.listen(0, "127.0.0.1", () => resolve((page.address() as AddressInfo).port)));
    page.on("connection", (socket: Socket) => socket.unref());
    site = writeSite(
      work.path,
      `site: { id: t, name: T }
areas: [{ id: room, name: Room }]
buses:
  - { id: db-1-net, kind: probe, host: 127.0.0.1, timeout: 1s }
  - { id: gone-net, kind: probe, host: no-such-host.invalid, timeout: 1s }
devices:
  - { id: db-1-ping, name: { zh: 数据库服务器, en: DB server }, area: room, bus: db-1-net, profile: host/ping, every: 1s }
  - { id: db-1, name: { zh: 缓存数据库, en: Cache }, area: room, bus: db-1-net, profile: database/redis, every: 500ms, parents: [db-1-ping], probe: { port: ${redisPort} } }
  - { id: oa, name: { zh: OA 网站, en: OA site }, area: room, bus: db-1-net, profile: application/http, every: 500ms, probe: { port: ${pagePort}, text: 系统正常 } }
  - { id: gone, area: room, bus: gone-net, profile: application/tcp-port, every: 500ms, probe: { port: 80 } }
rules:
  - { points: ["*/service.state"], on: 0s, off: 0s }
`,
    );
  });
  afterEach(async () => {
    await redis?.stop();
    page.closeAllConnections();
    await new Promise((resolve) => page.close(resolve));
    work.dispose();
  });

  test("one look from the command line says of each what came: up, down, or that nobody can ask", { timeout: 60_000 }, async () => {
    const up = await look(site, "en_US.UTF-8");
    expect(up).toMatch(/db-1-ping: Answers; 4 points have a value\./);
    expect(up).toMatch(/db-1: Answers; 3 points have a value\./);
    expect(up).toMatch(/oa: Answers; 4 points have a value\./);
    expect(up).toMatch(/gone: The host name has no address \(no-such-host\.invalid:80; /);
    await redis?.stop();
    redis = null;
    status = 500;
    const down = await look(site, "zh_CN.UTF-8");
    expect(down).toContain(`db-1：探测到不可用（127.0.0.1:${redisPort}）：127.0.0.1: refused, ECONNREFUSED。`);
    expect(down).toContain(`oa：探测到不可用（http://127.0.0.1:${pagePort}/）：127.0.0.1: unexpected, status 500, expected 200 to 399。`);
  });

  test("a service that stops is an alarm with its reason, clears when it is back, and nothing else is said of it", {
    timeout: 90_000,
  }, async () => {
    const box = await startBox(site, join(work.path, "data"));
    const pointOf = async (id: string) => (await box.points()).find((point) => point.id === id);
    const alarmOf = async (id: string) => (await box.alarms()).find(({ point, state }) => point === id && state !== "A");
    const raised = (id: string): ReturnType<typeof alarmOf> =>
      eventually(
        () => alarmOf(id),
        (alarm) => alarm !== undefined,
      );
    try {
      await eventually(
        () => pointOf("db-1/response.time"),
        (point) => point?.quality === "good",
      );
      await eventually(
        () => pointOf("oa/http.status"),
        (point) => point?.value === 200,
      );
      await eventually(
        () => pointOf("db-1-ping/packet.loss"),
        (point) => point?.value === 0,
      );

      await redis?.stop();
      redis = null;
      expect(await raised("db-1/service.state")).toMatchObject({
        severity: "major",
        type: "down",
        text: { zh: "缓存数据库 可用状态：不可用", en: "Cache availability: down" },
      });
      expect((await pointOf("db-1/service.answer"))?.value).toBe(2); // refused
      expect(await pointOf("db-1/response.time")).toMatchObject({ quality: "nothingToMeasure", value: null });
      const bus = (await box.buses()).find(({ id }) => id === "db-1-net");
      expect(bus).toMatchObject({ state: "ok", faults: {}, lastFault: "db-1: 127.0.0.1: refused, ECONNREFUSED" });

      redis = await startRedis();
      await eventually(
        () => alarmOf("db-1/service.state"),
        (alarm) => alarm === undefined || alarm.state === "C" || alarm.state === "D",
      );
      await eventually(
        () => pointOf("db-1/response.time"),
        (point) => point?.quality === "good",
      );

      status = 503;
      await raised("oa/service.state");
      expect((await pointOf("oa/http.status"))?.value).toBe(503);
      status = 200;
      await eventually(
        () => pointOf("oa/service.state"),
        (point) => point?.value === 0,
      );

      // A name that DNS does not know is one trouble of the way there, not a dead service.
      const path = await eventually(
        async () => (await box.alarms()).find(({ type }) => type === "adapterMissing"),
        (alarm) => alarm !== undefined,
        30_000,
      );
      expect(path).toMatchObject({ device: "gone-net" });
      expect(await pointOf("gone/service.state")).toMatchObject({ quality: "unresolved", value: null });
      expect((await box.alarms()).filter(({ type }) => type === "lost" || type === "stale")).toEqual([]);
    } finally {
      await box.peer.stop();
    }
  });
});
