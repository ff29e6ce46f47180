import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { PointTable } from "../../firmware/points/table.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { keyHash, type MqttOptions, mqttDialect } from "../../firmware/upstream/dialects/mqtt.ts";
import { eventually } from "../box/box.ts";
import { acknowledged, cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { eventFor, rowFor } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { describePeer, freePort } from "../peers/peer.ts";
import { dispatched } from "./dispatched.ts";
import { type Cable, cable, type Mosquitto, mosquitto, PASSWORD, type Subscriber, USER } from "./mosquitto.ts";

const never = new AbortController().signal;
const BELOW = "roomward/sz1/gw-01";
const RECORD = `${BELOW}/alarm/${keyHash(eventFor().key)}`;
const body = (row: { readonly body: string }): string => row.body;

describePeer("mosquitto", ["mosquitto", "openssl"], () => {
  const folder = temporaryFolder();
  const open: { close(): void }[] = [];
  const subscribers: Subscriber[] = [];
  let broker: Mosquitto;
  let way: Cable;

  beforeAll(async () => {
    broker = await mosquitto(folder.path);
  });
  beforeEach(async () => {
    await broker.start();
    way = await cable(broker.plain);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    for (const one of subscribers.splice(0)) await one.stop();
    way.close();
    await broker.stop();
  });
  afterAll(() => folder.remove());

  function dialect(change: Partial<MqttOptions> = {}): Dialect {
    const to = { host: "localhost", port: broker.tls, security: "tls", ca: broker.ca, user: USER, password: PASSWORD } as const;
    const options = { clientId: "roomward-sz1", clock: systemClock, reconnectMs: 50, ...to, ...change };
    const made = mqttDialect({ topic: "roomward", site: "sz1", hostname: "gw-01", ...options });
    open.push(made);
    return made;
  }
  const plain = (change: Partial<MqttOptions> = {}): Dialect => dialect({ security: "none", ca: undefined, port: way.port, ...change });
  const listen = async (topic = `${BELOW}/#`): Promise<Subscriber> => {
    const subscriber = await broker.subscribe([topic]);
    subscribers.push(subscriber);
    return subscriber;
  };

  test("is told the life of an alarm over TLS by the dispatcher: events, a record while it lasts, and that the box is there", async () => {
    const early = await listen();
    const box = dialect();
    expect(await dispatched(box, [raised(), acknowledged(), cleared()])).toEqual(["sent", "sent", "sent"]);
    const lines = await eventually(early.lines, (all) => all.filter((line) => line.includes("/event ")).length === 3);
    const states = lines.filter((line) => line.includes("/event ")).map((line) => JSON.parse(line.slice(line.indexOf("{"))).state);
    expect(states).toEqual(["raise", "acknowledge", "clear"]);
    const records = lines.filter((line) => line.includes(RECORD)).map((line) => line.slice(`0 ${RECORD} `.length));
    expect(records.map((text) => (text === "" ? null : JSON.parse(text).state))).toEqual(["raise", "acknowledge", null]);
    expect(lines).toContain(`0 ${BELOW}/status online`);
    // The dispatcher ended and said farewell.
    await eventually(early.lines, (all) => all.includes(`0 ${BELOW}/status offline`));
  });

  test("shows whoever comes later what is on now, and nothing of what is over", async () => {
    const box = plain();
    const other = raised({ key: "sz1/r1/ups-a/output.source/battery", incident: "incident-2" });
    for (const [n, change] of [raised(), other, cleared()].entries())
      expect(await box.send(rowFor(change, n + 1), never)).toMatchObject({ outcome: "accepted", answer: "acknowledged by the broker" });
    const late = await listen();
    const lines = await eventually(late.lines, (all) => all.length >= 2);
    expect(lines.toSorted()).toEqual([
      `1 ${BELOW}/alarm/${keyHash(other.record.key)} ${body(rowFor(other, 2))}`,
      `1 ${BELOW}/status online`,
    ]);
  });

  test("hears that the box is gone when its connection breaks, and that it is back", async () => {
    const box = plain();
    await box.send(rowFor(), never);
    const ear = await listen(`${BELOW}/status`);
    way.cut();
    await eventually(ear.lines, (all) => all.length >= 3);
    expect(ear.lines()).toEqual([`1 ${BELOW}/status online`, `0 ${BELOW}/status offline`, `0 ${BELOW}/status online`]);
  });

  test("hears readings of every device again and again, when they are wanted, and none while there is no connection", async () => {
    const table = new PointTable(PLACES_SITE.points, PLACES_SITE.spans);
    const ear = await listen(`${BELOW}/telemetry/#`);
    plain({ telemetry: { everyMs: 50, table } });
    const messages = () => ear.lines().map((line) => JSON.parse(line.slice(line.indexOf("{"))));
    await eventually(messages, (all) => all.length >= 2);
    expect(ear.lines()[0]).toMatch(/^0 roomward\/sz1\/gw-01\/telemetry\/th-3 \{/);
    expect(messages()[0].points["ambient.temperature"]).toEqual({ value: null, unit: "°C", quality: "never", at: null });
    const { count } = PLACES_SITE.spans[0] ?? { count: 0 };
    const now = { monotonicMs: systemClock.monotonicMs(), wallMs: systemClock.wallMs() };
    table.apply(0, { values: new Float64Array(count).fill(21.5), qualities: new Uint8Array(count) }, { answered: true }, now, []);
    const known = await eventually(messages, (all) => all.at(-1)?.points["ambient.temperature"].value !== null);
    expect(known.at(-1).points["ambient.temperature"]).toEqual({
      value: 21.5,
      unit: "°C",
      quality: "good",
      at: new Date(now.wallMs).toISOString(),
    });
    // Not retained: whoever comes later waits for the next one.
    expect(ear.lines().every((line) => line.startsWith("0 "))).toBe(true);
  });

  test("that is started anew in between gets what it missed, and by the heartbeat the records that it forgot", async () => {
    const box = plain();
    expect(await box.send(rowFor(raised(), 1), never)).toMatchObject({ outcome: "accepted" });
    await broker.stop("SIGKILL");
    const away = await eventually(
      () => box.send(rowFor(acknowledged(), 2), never),
      ({ outcome }) => outcome === "unavailable",
    );
    expect(away.answer).toMatch(/connection|ECONNRE/);
    await broker.start();
    await eventually(
      () => box.send(rowFor(raised({ key: "a/b/c/d/e", incident: "i-2" }), 3), never),
      ({ outcome }) => outcome === "accepted",
    );
    expect(await box.heartbeat?.beat({ atMs: 0, number: 1, live: [eventFor(raised(), 1)] }, never)).toMatchObject({ outcome: "accepted" });
    const late = await listen(`${BELOW}/alarm/+`);
    const lines = await eventually(late.lines, (all) => all.length >= 2);
    expect(lines).toContain(`1 ${RECORD} ${body(rowFor(raised(), 1))}`);
  });

  test("is not reminded of an alarm that ends while it is reminded", async () => {
    const box = plain();
    await box.send(rowFor(raised(), 1), never);
    const ear = await listen(RECORD);
    const other = eventFor(raised({ key: "a/b/c/d/e" }), 2);
    const reminded = box.heartbeat?.beat({ atMs: 0, number: 1, live: [other, eventFor(raised(), 1)] }, never);
    expect(await box.send(rowFor(cleared(), 3), never)).toMatchObject({ outcome: "accepted" });
    await reminded;
    await eventually(ear.lines, (all) => all.length >= 2);
    expect(ear.lines().at(-1)).toBe(`0 ${RECORD} `);
  });

  test.each<[string, () => Dialect, RegExp, string]>([
    ["a wrong password", () => dialect({ password: "wrong" }), /^no connection: .*[Nn]ot authorized/, "unavailable"],
    ["a certificate of nobody it knows", () => dialect({ ca: undefined }), /^no connection: .*(SELF_SIGNED|self-signed)/, "unavailable"],
    ["a topic where it may not write", () => dialect({ topic: "forbidden" }), /Not authorized/, "refused"],
  ])("with %s says so", async (_name, make, words, outcome) => {
    const said = await make().send(rowFor(), never);
    expect(said).toMatchObject({ outcome, answer: expect.stringMatching(words) });
    expect(said.answer).not.toMatch(/wrong|correct horse/);
  });

  test("that is not there is told again", async () => {
    expect(await plain({ port: await freePort() }).send(rowFor(), never)).toMatchObject({
      outcome: "unavailable",
      answer: expect.stringMatching(/^no connection: .*ECONNREFUSED/),
    });
  });

  test.each([
    [0, 500],
    [0.98, 1_480],
  ])("that was away is tried again after a pause of each box's own chance (%d)", async (chance, pauseMs) => {
    const slept: number[] = [];
    const sleep: typeof systemClock.sleep = (ms, signal) => {
      slept.push(ms);
      return systemClock.sleep(ms, signal);
    };
    plain({ port: await freePort(), reconnectMs: 1_000, clock: { ...systemClock, random: () => chance, sleep } });
    await eventually(
      () => slept,
      (all) => all.includes(pauseMs),
    );
  });

  test("that does not acknowledge is told again, on another connection", async () => {
    const box = plain({ timeoutMs: 400 });
    expect(await box.send(rowFor(raised(), 1), never)).toMatchObject({ outcome: "accepted" });
    way.mute(true);
    expect(await box.send(rowFor(acknowledged(), 2), never)).toEqual({
      outcome: "unavailable",
      answer: "not acknowledged in 400 ms",
      retryAfterMs: null,
    });
    way.mute(false);
    await eventually(
      () => box.send(rowFor(acknowledged(), 2), never),
      ({ outcome }) => outcome === "accepted",
    );
  });

  test("does not keep the box from stopping", async () => {
    const box = plain();
    await box.send(rowFor(), never);
    way.mute(true);
    const stop = new AbortController();
    const sending = box.send(rowFor(cleared(), 2), stop.signal);
    stop.abort();
    expect(await sending).toMatchObject({ outcome: "unavailable", answer: "stopped" });
  });
});
