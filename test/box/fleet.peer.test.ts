import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { describePeer, freePort } from "../peers/peer.ts";
import { type Prometheus, startPrometheus } from "../peers/prometheus.ts";
import { type Room, startRoom } from "../room/room.ts";
import { type Box, eventually, newToken, startBox, startReceiver, workFolder, writeSite } from "./box.ts";

const FLEET = resolve("provisioning/fleet");
const TIMEOUT_MS = 180_000;

/** Runs promtool and returns everything that it said; `ok` by its exit code. */
function promtool(args: readonly string[], input = "", cwd = FLEET): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd, input, encoding: "utf8" });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

describePeer("a real Prometheus", ["prometheus"], () => {
  const work = workFolder();
  let room: Room;
  let box: Box;
  let prometheus: Prometheus;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let authority = "";
  let token = "";
  let port = 0;

  beforeAll(async () => {
    room = await startRoom({ ports: "free", speed: 1, seed: 3 });
    receiver = await startReceiver();
    port = await freePort();
    const data = join(work.path, "data");
    const site = writeSite(
      work.path,
      room.siteYaml.replace("targets: []", `targets: [{ id: itsm, kind: webhook, url: "${receiver.url}", secret: "some-secret-0001" }]`),
    );
    box = await startBox(site, data, { demo: true, port, args: ["--host", "0.0.0.0"] });
    authority = (JSON.parse(readFileSync(join(data, "certificate.json"), "utf8")) as { data: { certificate: string } }).data.certificate;
    token = newToken(data, "prometheus", "viewer");
    // As it is delivered, in a hurry.
    const folder = join(work.path, "prometheus");
    const config = parse(readFileSync(join(FLEET, "prometheus.yml"), "utf8"));
    config.global = { scrape_interval: "1s", scrape_timeout: "1s" };
    config.rule_files = [join(FLEET, "rules.yml")];
    mkdirSync(join(folder, "gateways"), { recursive: true });
    writeFileSync(join(folder, "roomward.token"), token);
    writeFileSync(join(folder, "roomward-ca.pem"), authority);
    writeFileSync(join(folder, "gateways", "here.yml"), JSON.stringify([{ targets: [`127.0.0.1:${port}`] }]));
    prometheus = await startPrometheus(folder, config);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await prometheus?.stop();
    await box?.peer.stop();
    await room?.stop();
    await receiver?.stop();
    work.dispose();
  });

  const scrape = (headers: Record<string, string>): Promise<{ readonly status: number; readonly text: string }> =>
    new Promise((done, failed) => {
      get(`https://127.0.0.1:${port}/metrics`, { ca: authority, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => done({ status: response.statusCode ?? 0, text }));
      }).once("error", failed);
    });
  const one = async (promql: string): Promise<number | null> => (await prometheus.query(promql))[0]?.value ?? null;

  test("comes in with a token over TLS, and has what the box has", { timeout: TIMEOUT_MS }, async () => {
    expect(
      await eventually(
        () => one('up{job="roomward"}'),
        (up) => up === 1,
        60_000,
      ),
    ).toBe(1);
    expect((await scrape({})).status).toBe(401);
    await eventually(
      () => one("count(roomward_point)"),
      (count) => (count ?? 0) > 50,
      60_000,
    );
    await eventually(
      () => one("count(roomward_device_up == 1)"),
      (up) => (up ?? 0) > 10,
      60_000,
    );
    const temperature = await prometheus.query('roomward_point{device="th-5",point="ambient.temperature"}');
    expect(temperature).toHaveLength(1);
    expect(temperature[0]?.metric).toMatchObject({ site: "demo", class: "sensor", unit: "°C" });
    expect(temperature[0]?.value).toBeGreaterThan(10);
    expect(temperature[0]?.value).toBeLessThan(40);
    // One state of each point is 1, the others 0.
    expect(await prometheus.query("sum by (device, point) (roomward_point_state) != 1")).toEqual([]);
  });

  test("promtool finds nothing to say about the text", async () => {
    const { status, text } = await scrape({ authorization: `Bearer ${token}` });
    expect(status).toBe(200);
    expect(promtool(["check", "metrics"], text)).toEqual({ ok: true, output: "" });
    // It does look.
    expect(promtool(["check", "metrics"], "roomward_bad_total 1\n").output).not.toBe("");
  });

  test("an alarm shows within seconds", { timeout: TIMEOUT_MS }, async () => {
    const before = (await one("sum(roomward_alarms)")) ?? 0;
    room.scenario("leak", true);
    await eventually(
      () => one('roomward_alarms{severity="critical"}'),
      (alarms) => (alarms ?? 0) > 0,
      60_000,
    );
    expect(await one("sum(roomward_alarms)")).toBeGreaterThan(before);
    expect(await one("roomward_incidents_open")).toBeGreaterThan(0);
  });

  test("a device that falls silent is down, its readings are absent and say why", { timeout: TIMEOUT_MS }, async () => {
    room.scenario("dead-slave", true);
    await eventually(
      () => one('roomward_device_up{device="th-5"}'),
      (up) => up === 0,
      90_000,
    );
    expect(await prometheus.query('roomward_point{device="th-5"}')).toEqual([]);
    expect(await one('roomward_point_unknown{device="th-5",point="ambient.temperature",quality="timeout"}')).toBe(1);
    expect(await one('roomward_device_up{device="th-4"}')).toBe(1);
    expect(await one('roomward_device_faults_total{device="th-5",reason="timeout"}')).toBeGreaterThan(0);
  });

  test("every query of the dashboard finds something", { timeout: TIMEOUT_MS }, async () => {
    const { panels } = JSON.parse(readFileSync(join(FLEET, "dashboard.json"), "utf8")) as Dashboard;
    const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));
    expect(queries.length).toBeGreaterThan(15);
    for (const [title, expr] of queries) {
      const promql = expr.replaceAll("$site", ".*").replaceAll("$__rate_interval", "30s");
      const found = await eventually(
        () => prometheus.query(promql),
        ({ length }) => length > 0,
        30_000,
      ).catch((error) => String(error));
      expect([title, typeof found]).toEqual([title, "object"]);
    }
  });

  test("the rules are taken, and what they expect of a fleet holds", async () => {
    expect(promtool(["check", "rules", "rules.yml"])).toMatchObject({ ok: true });
    expect(promtool(["test", "rules", "rules.test.yml"])).toMatchObject({ ok: true });
    expect(promtool(["check", "config", "--syntax-only", "prometheus.yml"])).toMatchObject({ ok: true });
    const { groups } = await prometheus.get<{ groups: readonly { rules: readonly { health: string; lastError?: string }[] }[] }>(
      "/api/v1/rules",
    );
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.filter(({ health }) => health === "err")).toEqual([]);
  });
});
