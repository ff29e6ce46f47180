import { createSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { PointTable } from "../../firmware/points/table.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { targetEntrySchema } from "../../firmware/site/target-schema.ts";
import type { SendOutcome } from "../../firmware/upstream/dialect.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { temporaryFolder } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { everyKind, siteWith, speaksHttp } from "./every-kind.ts";
import { HttpReceiver } from "./http-receiver.ts";

const never = new AbortController().signal;
const secret = (_: string, length: number): string => "x".repeat(length);
/** A modem has no use for the network. */
const KINDS = targetEntrySchema.options.map(({ shape }) => shape.kind.value).filter((kind) => kind !== "sms");
const folder = temporaryFolder();
afterAll(() => folder.remove());

async function sent(site: Site, kind: string): Promise<SendOutcome> {
  const target = site.targets.find((one) => one.kind === kind);
  if (target === undefined) throw new Error(`no target of kind ${kind}`);
  const table = new PointTable(site.points, site.spans);
  const room = { table, dataFolder: folder.path, onDamage: () => undefined, onTrouble: ({ en }: { en: string }) => expect.fail(en) };
  const dialect = await dialectOf(target, site, systemClock, room);
  try {
    return await dialect.send(rowFor(), never);
  } finally {
    dialect.close();
  }
}

describe("network.targets", () => {
  /** Whoever connects, over TCP or UDP, at `localhost`. */
  const server: Server = createServer((socket: Socket) => {
    heard += 1;
    socket.on("error", () => undefined).destroy();
  });
  const datagrams = createSocket("udp4", () => {
    heard += 1;
  });
  let heard = 0;
  let port = 0;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise<void>((resolve) => datagrams.bind(port, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.close();
    datagrams.close();
  });

  const site = (allowed: string): Site =>
    siteWith(`${everyKind({ url: `http://localhost:${port}`, host: "localhost", port, secret })}network: { targets: [${allowed}] }`);

  test.each(KINDS)("keeps %s from a name that resolves to somewhere else; nobody there hears anything", async (kind) => {
    heard = 0;
    const outcome = await sent(site("10.0.0.0/8"), kind);
    expect(outcome).toMatchObject({ outcome: "unavailable" });
    expect(outcome.answer).toMatch(
      /NOT_IN_NETWORK_TARGETS: localhost \((127\.0\.0\.1|::1)\) 不在 network\.targets 之内 · outside of network\.targets/,
    );
    expect(heard).toBe(0);
  });

  test.each(KINDS)("lets %s be told within its networks, and by a name that is listed", async (kind) => {
    for (const allowed of ['127.0.0.0/8, "::1"', "LOCALHOST."]) {
      heard = 0;
      const { answer } = await sent(site(allowed), kind);
      expect(answer).not.toContain("NOT_IN_NETWORK_TARGETS");
      if (kind !== "snmp-trap") expect(heard, allowed).toBeGreaterThan(0);
    }
  });

  const problems = (text: string): readonly string[] => {
    const loaded = loadSite(text);
    return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message.zh} / ${message.en}`) : [];
  };
  const siteText = (targets: string, allowed: string): string => `site: { id: sz1, name: Room }
areas: [{ id: r1, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-3, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
targets: [${targets}]
network: { targets: ${allowed} }
`;

  test.each<[string, string, string | null]>([
    ["{ id: a, kind: syslog, host: 10.9.0.1 }", "[10.2.0.0/16]", "targets[0].host: 10.9.0.1 不在"],
    ["{ id: a, kind: syslog, host: 10.2.0.1 }", "[10.2.0.0/16]", null],
    ['{ id: a, kind: webhook, url: "http://0x0a090001/", secret: "0123456789abcdef" }', "[10.2.0.0/16]", "targets[0].url: 10.9.0.1 不在"],
    [
      '{ id: a, kind: alertmanager, urls: ["http://10.2.0.1", "http://[fd00::1]:9093"] }',
      "[10.2.0.0/16]",
      "targets[0].urls[1]: fd00::1 不在",
    ],
    ["{ id: a, kind: syslog, host: logs.example }", "[10.2.0.0/16]", null],
    ["{ id: a, kind: syslog, host: logs.example }", "[desk.example, 10.2.0.7]", null],
    ["{ id: a, kind: syslog, host: logs.example }", "[desk.example]", "targets[0].host: logs.example 不在"],
    ["{ id: a, kind: syslog, host: Logs.Example }", "[logs.example]", null],
    ["{ id: a, kind: syslog, host: 10.2.0.1 }", "[10.2.0.0/33]", "network.targets[0]: "],
    ["{ id: a, kind: syslog, host: 10.2.0.1 }", "[]", "network.targets: "],
  ])("%s with %s", (target, allowed, problem) => {
    const found = problems(siteText(target, allowed));
    if (problem === null) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(problem)]);
  });
});

describe("a redirect", () => {
  const first = new HttpReceiver();
  const second = new HttpReceiver();
  let [url, elsewhere] = ["", ""];
  beforeAll(async () => {
    [url, elsewhere] = [await first.listen(), await second.listen()];
  });
  afterAll(async () => {
    await first.close();
    await second.close();
  });

  test.each(KINDS.filter(speaksHttp))("of %s leads nowhere: whoever it names hears nothing", async (kind) => {
    for (const status of [301, 302, 303, 307, 308]) {
      first.asked.length = 0;
      first.answer = () => ({ status, headers: { location: `${elsewhere}/here` } });
      const site = siteWith(everyKind({ url, host: "127.0.0.1", port: 9, secret }));
      // Who does not get in at the centre has not been refused a message.
      const outcome = kind === "b-interface" ? "unavailable" : "refused";
      expect(await sent(site, kind)).toMatchObject({ outcome, answer: expect.stringContaining(`HTTP ${status}`) });
      expect(first.asked.length).toBeGreaterThan(0);
    }
    expect(second.asked).toEqual([]);
  });
});
