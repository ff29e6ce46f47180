import { hostname } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer, freePort } from "../peers/peer.ts";
import { type Mosquitto, mosquitto, PASSWORD, type Subscriber, USER } from "../upstream/mosquitto.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";

const BELOW = `roomward/sz1/${hostname().replaceAll(/[^\w.-]/g, "-")}`;

describePeer("a broker that a running box tells", ["mosquitto", "openssl"], () => {
  const work = workFolder();
  let broker: Mosquitto;
  let box: Box;
  let ear: Subscriber;

  beforeAll(async () => {
    broker = await mosquitto(work.path);
    await broker.start();
    ear = await broker.subscribe([`${BELOW}/#`]);
    const site = writeSite(
      work.path,
      `site: { id: sz1, name: Room }
areas: [{ id: r1, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${await freePort()} }]
devices: [{ id: th-3, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
targets: [{ id: bus, kind: mqtt, host: 127.0.0.1, port: ${broker.plain}, security: none, user: ${USER}, password: ${PASSWORD}, telemetry: 1s }]
`,
    );
    box = await startBox(site, `${work.path}/data`);
  });
  afterAll(async () => {
    await box?.peer.stop();
    await ear?.stop();
    await broker.stop();
    work.dispose();
  });

  test("hears readings, unknown as null with a reason, and from the will that the box is gone when it is killed", async () => {
    const telemetry = (): readonly string[] => ear.lines().filter((line) => line.startsWith(`0 ${BELOW}/telemetry/th-3 `));
    const last = (): { points?: Record<string, unknown> } =>
      JSON.parse(
        telemetry()
          .at(-1)
          ?.replace(/^\S+ \S+ /, "") ?? "{}",
      );
    // Nobody answers there: after the first question the reason is known.
    const { points } = await eventually(last, (message) => JSON.stringify(message).includes('"adapterMissing"'));
    expect(points?.["ambient.temperature"]).toEqual({ value: null, unit: "°C", quality: "adapterMissing", at: null });
    const status = (): readonly string[] => ear.lines().filter((line) => line.includes(`${BELOW}/status `));
    expect(status().at(-1)).toBe(`0 ${BELOW}/status online`);
    await box.peer.stop("SIGKILL");
    await eventually(status, (all) => all.at(-1) === `0 ${BELOW}/status offline`);
    const late = await broker.subscribe([`${BELOW}/status`]);
    await eventually(late.lines, (all) => all.includes(`1 ${BELOW}/status offline`));
    await late.stop();
  });
});
