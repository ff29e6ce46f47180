import sparkplugPayload from "sparkplug-payload";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { PointTable } from "../../firmware/points/table.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { sparkplugDialect } from "../../firmware/upstream/dialects/sparkplug.ts";
import { eventually } from "../box/box.ts";
import { acknowledged, cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { describePeer } from "../peers/peer.ts";
import { dispatched } from "./dispatched.ts";
import { type Cable, cable, type Mosquitto, mosquitto, PASSWORD, type Subscriber, USER } from "./mosquitto.ts";

/** Eclipse Tahu's decoder, which knows nothing of our encoder. */
const spB = decoder();
const never = new AbortController().signal;
const COMMANDS = "spBv1.0/roomward/NCMD/sz1";

function decoder() {
  const found = sparkplugPayload.get("spBv1.0");
  if (found === null || found === undefined) throw new Error("no decoder");
  return found;
}

interface Heard {
  readonly type: string;
  readonly device: string | undefined;
  readonly seq: number | null;
  readonly metrics: readonly {
    name?: string;
    value?: unknown;
    type: string;
    isHistorical?: boolean;
    isNull?: boolean;
    properties?: unknown;
  }[];
}

function heard(subscriber: Subscriber): readonly Heard[] {
  return subscriber
    .lines()
    .map((line) => line.split(" "))
    .filter(([, topic = ""]) => topic !== COMMANDS)
    .map(([retained, topic = "", hex = ""]) => {
      expect(retained).toBe("0");
      const [, , type = "", , device] = topic.split("/");
      const { seq, metrics } = spB.decodePayload(Buffer.from(hex, "hex"));
      // What is not there is a zero to the decoder.
      return { type, device, seq: type === "NDEATH" ? null : Number(seq ?? Number.NaN), metrics: metrics ?? [] } as Heard;
    });
}

const bdSeqOf = ({ metrics }: Heard): number => Number(metrics.find(({ name }) => name === "bdSeq")?.value ?? Number.NaN);

/** The rules of a host application: births first and numbered from 0, no gap, deaths of the birth that was, data of what was born. */
function expectInSequence(all: readonly Heard[]): void {
  let seq = -1;
  let bdSeq: number | null = null;
  let names = new Map<string, ReadonlySet<string | undefined>>();
  for (const one of all) {
    if (one.type === "NDEATH") {
      expect(bdSeqOf(one)).toBe(bdSeq);
      expect(one.metrics.map(({ name }) => name)).toEqual(["bdSeq"]);
      seq = -1;
      continue;
    }
    if (one.type === "NBIRTH") {
      expect(one.seq).toBe(0);
      bdSeq = bdSeqOf(one);
      names = new Map();
    } else expect(one.seq).toBe((seq + 1) % 256);
    seq = one.seq ?? Number.NaN;
    const who = one.device ?? "";
    if (one.type.endsWith("BIRTH")) names.set(who, new Set(one.metrics.map(({ name }) => name)));
    else for (const { name } of one.metrics) expect(names.get(who)?.has(name), `${one.type} ${who} ${name}`).toBe(true);
    if (one.type === "DDEATH") names.delete(who);
  }
}

describePeer("a Sparkplug host behind mosquitto", ["mosquitto", "openssl"], () => {
  const folder = temporaryFolder();
  const open: Dialect[] = [];
  let broker: Mosquitto;
  let way: Cable;
  let host: Subscriber;
  let table: PointTable;

  beforeAll(async () => {
    broker = await mosquitto(folder.path);
  });
  beforeEach(async () => {
    await broker.start();
    way = await cable(broker.plain);
    host = await broker.subscribe(["spBv1.0/#"], true);
    table = new PointTable(PLACES_SITE.points, PLACES_SITE.spans);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    await host.stop();
    way.close();
    await broker.stop();
  });
  afterAll(() => folder.remove());

  function node(id: string): Dialect {
    const room = { table, dataFolder: folder.path, onDamage: () => undefined, onTrouble: ({ en }: { en: string }) => expect.fail(en) };
    const to = { host: "localhost", port: way.port, security: "none", user: USER, password: PASSWORD, clientId: "edge" } as const;
    const edge = { group: "roomward", edge: "sz1", devices: PLACES_SITE.devices.map((device) => device.id) };
    const made = sparkplugDialect({ ...to, ...edge, id, room, clock: systemClock, reconnectMs: 50, lookEveryMs: 20 });
    open.push(made);
    return made;
  }

  function read(answered: boolean, value = 21.5): void {
    const { count } = PLACES_SITE.spans[0] ?? { count: 0 };
    const values = new Float64Array(count).fill(answered ? value : Number.NaN);
    const qualities = new Uint8Array(count).fill(answered ? QUALITY.good : QUALITY.timeout);
    const now = { monotonicMs: systemClock.monotonicMs(), wallMs: systemClock.wallMs() };
    const later = { ...now, monotonicMs: (now.monotonicMs + (answered ? 0 : 3_600_000)) as typeof now.monotonicMs };
    table.apply(0, { values, qualities }, { answered }, later, []);
  }

  const types = (): readonly string[] => heard(host).map(({ type }) => type);
  const awaited = (...wanted: readonly string[]) => eventually(types, (all) => JSON.stringify(all) === JSON.stringify(wanted), 8_000);

  test("sees births with every point, changes, the loss of a device and its return", async () => {
    node("births");
    await awaited("NBIRTH");
    read(true);
    await awaited("NBIRTH", "DBIRTH");
    read(true, 22.5);
    await awaited("NBIRTH", "DBIRTH", "DDATA");
    read(false);
    await awaited("NBIRTH", "DBIRTH", "DDATA", "DDEATH");
    read(true);
    await awaited("NBIRTH", "DBIRTH", "DDATA", "DDEATH", "DBIRTH");
    const all = heard(host);
    expectInSequence(all);
    expect(all[0]?.metrics.map(({ name }) => name)).toEqual(expect.arrayContaining(["bdSeq", "Node Control/Rebirth", "Alarm/Event"]));
    expect(all[1]?.device).toBe("th-3");
    expect(all[1]?.metrics.map(({ name }) => name)).toEqual(PLACES_SITE.devices[0]?.points.map(({ name }) => name));
    const temperature = all[1]?.metrics.find(({ name }) => name === "ambient.temperature");
    expect(temperature).toMatchObject({ type: "Double", value: 21.5, properties: { Quality: { type: "Int32", value: 192 } } });
    expect(temperature).toMatchObject({ properties: { engUnit: { type: "String", value: "°C" } } });
    expect(all[2]?.metrics.find(({ name }) => name === "ambient.temperature")).toMatchObject({ value: 22.5 });
  });

  test("hears everything again when it asks, and nothing new for what is no command", async () => {
    node("rebirth");
    read(true);
    await awaited("NBIRTH", "DBIRTH");
    broker.publish(COMMANDS, Buffer.from([0xff, 0xff, 0xff]));
    broker.publish(
      COMMANDS,
      Buffer.from(spB.encodePayload({ metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: false }] })),
    );
    broker.publish(COMMANDS, Buffer.from(spB.encodePayload({ metrics: [{ name: "Node Control/Reboot", type: "Boolean", value: true }] })));
    broker.publish(COMMANDS, Buffer.from(spB.encodePayload({ metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: true }] })));
    await awaited("NBIRTH", "DBIRTH", "NBIRTH", "DBIRTH");
    const all = heard(host);
    expectInSequence(all);
    expect(new Set(all.filter(({ type }) => type === "NBIRTH").map(bdSeqOf)).size).toBe(1);
  });

  test("pairs deaths and births over broken connections and restarts by a number that grows", async () => {
    const first = node("pairs");
    await awaited("NBIRTH");
    way.cut();
    await awaited("NBIRTH", "NDEATH", "NBIRTH");
    first.close();
    await awaited("NBIRTH", "NDEATH", "NBIRTH", "NDEATH");
    node("pairs");
    await awaited("NBIRTH", "NDEATH", "NBIRTH", "NDEATH", "NBIRTH");
    const all = heard(host);
    expectInSequence(all);
    expect(all.map(bdSeqOf)).toEqual([0, 0, 1, 1, 2]);
  });

  test("counts from 255 on to 0", async () => {
    const box = node("wrap");
    await awaited("NBIRTH");
    for (let n = 0; n < 260; n += 1) expect(await box.send(rowFor(raised(), 1), never)).toMatchObject({ outcome: "accepted" });
    const all = await eventually(
      () => heard(host),
      (some) => some.length === 261,
    );
    expectInSequence(all);
    expect(all.at(-1)?.seq).toBe(260 % 256);
  });

  test("is told what happened while it was away as history, by the dispatcher", async () => {
    const box = node("history");
    await awaited("NBIRTH");
    expect(await dispatched(box, [raised(), acknowledged(), cleared()])).toEqual(["sent", "sent", "sent"]);
    const all = await eventually(
      () => heard(host),
      (some) => some.at(-1)?.type === "NDEATH",
    );
    expectInSequence(all);
    const events = all.filter(({ type }) => type === "NDATA").flatMap(({ metrics }) => metrics);
    expect(events.map(({ name, isHistorical }) => [name, isHistorical])).toEqual(events.map(() => ["Alarm/Event", true]));
    expect(events.map(({ value }) => JSON.parse(String(value)).state)).toEqual(["raise", "acknowledge", "clear"]);
  });

  test("is told again what it was told while nobody was there", async () => {
    const box = node("again");
    await awaited("NBIRTH");
    await broker.stop("SIGKILL");
    await eventually(
      () => box.send(rowFor(), never),
      ({ outcome }) => outcome === "unavailable",
    );
    await broker.start();
    expect(
      await eventually(
        () => box.send({ ...rowFor(), attempts: 1 }, never),
        ({ outcome }) => outcome === "accepted",
      ),
    ).toMatchObject({ answer: "read by the broker, as history" });
  });
});
