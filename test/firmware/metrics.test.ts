import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { emptyReadings, QUALITY } from "../../drivers/reading.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { MonotonicMs } from "../../firmware/contract/time.ts";
import { openMetrics } from "../../firmware/metrics/open.ts";
import { ReadTally } from "../../firmware/metrics/read-tally.ts";
import { familyText, METRICS_MEDIA_TYPE, seriesText } from "../../firmware/metrics/text.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { workFolder } from "../box/box.ts";
import { journalHere } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { type Scripted, scriptedScrape } from "./scripted-scrape.ts";
import { openStage, type Stage } from "./serve-stage.ts";

const SITE = loadedSite(`site: { id: sz1, name: { zh: 深圳一号, en: Shenzhen 1 } }
areas: [{ id: room, name: Room }]
buses:
  - { id: line, kind: modbus-tcp, host: 127.0.0.1 }
  - { id: net, kind: snmp, host: 127.0.0.1 }
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }
  - { id: ups-a, name: 'UPS "A"', area: room, bus: net, profile: ups/ietf-rfc1628 }
`);
const TEMPERATURE = 'roomward_point{site="sz1",area="room",device="th-1",class="sensor",point="ambient.temperature",unit="°C"}';

/** Lets a device say these values by point name; what is not named is `otherwise`. */
function says(
  scripted: Scripted,
  device: string,
  values: Readonly<Record<string, number>>,
  otherwise: number = QUALITY.noSuchObject,
): void {
  const place = SITE.devices.findIndex(({ id }) => id === device);
  const { first = 0, count = 0 } = SITE.spans[place] ?? {};
  const readings = emptyReadings(count);
  for (let offset = 0; offset < count; offset += 1) {
    const value = values[SITE.points[first + offset]?.name ?? ""];
    readings.values[offset] = value ?? Number.NaN;
    readings.qualities[offset] = value === undefined ? otherwise : QUALITY.good;
  }
  scripted.table.apply(place, readings, { answered: otherwise !== QUALITY.timeout }, scripted.moment(), []);
}

const samplesOf = (text: string, name: string): string[] => text.split("\n").filter((line) => line.startsWith(`${name}{`));

describe("readings", () => {
  test("a good one is a gauge with its unit; one that nobody has is absent, never zero, and says why", async () => {
    const scripted = scriptedScrape(SITE);
    expect(samplesOf(await scripted.text(), "roomward_point")).toEqual([]);
    says(scripted, "th-1", { "ambient.temperature": 0 }, QUALITY.sentinel);
    const text = await scripted.text();
    expect(samplesOf(text, "roomward_point")).toEqual([`${TEMPERATURE} 0`]);
    expect(text).toContain(
      'roomward_point_unknown{site="sz1",area="room",device="th-1",class="sensor",point="ambient.humidity",quality="sentinel"} 1\n',
    );
  });

  test("a state is one series for each of its states, one of them 1, and none while it is not known", async () => {
    const scripted = scriptedScrape(SITE);
    const states = () =>
      scripted.text().then((text) => samplesOf(text, "roomward_point_state").filter((line) => line.includes("output.source")));
    expect(await states()).toEqual([]);
    says(scripted, "ups-a", { "output.source": 1 });
    const lines = await states();
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map((line) => line.at(-1))).toEqual(lines.map((_, state) => (state === 1 ? "1" : "0")));
  });

  test("what is not fitted is missed by nobody", async () => {
    const scripted = scriptedScrape(SITE);
    says(scripted, "ups-a", {});
    const unknown = samplesOf(await scripted.text(), "roomward_point_unknown").filter((line) => line.includes("ups-a"));
    const { first = 0, count = 0 } = SITE.spans[1] ?? {};
    const needed = SITE.points.slice(first, first + count).filter(({ optional }) => !optional);
    expect(unknown.length).toBe(needed.length);
    expect(needed.length).toBeLessThan(count);
  });

  test("no more series than may be: the rest is left out as whole points, and counted", async () => {
    const all = scriptedScrape(SITE);
    const few = scriptedScrape(SITE, 7);
    for (const scripted of [all, few])
      for (const { id } of SITE.devices) says(scripted, id, Object.fromEntries(SITE.points.map(({ name }) => [name, 1])));
    const points = (text: string): string[] => [...samplesOf(text, "roomward_point"), ...samplesOf(text, "roomward_point_state")];
    const [everything, told] = [points(await all.text()), points(await few.text())];
    expect(everything.length).toBeGreaterThan(20);
    expect(told).toHaveLength(7);
    expect(await all.text()).toContain('roomward_points_left_out{site="sz1"} 0\n');
    const left = Number(/roomward_points_left_out\{site="sz1"\} (\d+)/.exec(await few.text())?.[1]);
    const named = (lines: string[]): number =>
      new Set(lines.map((line) => /device="[^"]*".*point="[^"]*"/.exec(line.replace(/,(unit|state)=.*/, ""))?.[0])).size;
    expect(left).toBe(named(everything) - named(told));
  });
});

describe("devices and buses", () => {
  test("up by any answer, down by silence, and neither while nobody asks", async () => {
    const scripted = scriptedScrape(SITE);
    const up = () =>
      scripted.text().then((text) => samplesOf(text, "roomward_device_up").map((line) => line.replace(/\{.*device="([^"]*)".*\}/, " $1")));
    expect(await up()).toEqual([]);
    says(scripted, "th-1", {}, QUALITY.sentinel);
    says(scripted, "ups-a", {}, QUALITY.timeout);
    expect(await up()).toEqual(["roomward_device_up th-1 1", "roomward_device_up ups-a 0"]);
    says(scripted, "th-1", { "ambient.temperature": 20 }, QUALITY.sentinel);
    scripted.nowMs = 500_000;
    scripted.table.sweep(scripted.moment());
    says(scripted, "th-1", {}, QUALITY.timeout);
    expect(await up()).toEqual(["roomward_device_up th-1 0", "roomward_device_up ups-a 0"]);
    expect(await scripted.text()).toMatch(/roomward_device_reading_age_seconds\{[^}]*device="th-1"[^}]*\} 500\n/);
    expect(await scripted.text()).not.toMatch(/roomward_device_reading_age_seconds\{[^}]*device="ups-a"/);
    expect(await scripted.text()).not.toContain(TEMPERATURE);
  });

  test("what was not asked in time is unknown, not down", async () => {
    const scripted = scriptedScrape(SITE);
    says(scripted, "th-1", { "ambient.temperature": 20, "ambient.humidity": 50 });
    scripted.nowMs = 500_000;
    scripted.table.sweep(scripted.moment());
    expect(samplesOf(await scripted.text(), "roomward_device_up")).toEqual([]);
  });

  test("a lent bus is neither up nor down; faults are counted by reason", async () => {
    const scripted = scriptedScrape(SITE);
    const bus = { transactions: 9, faults: { timeout: 2 }, lastFault: "", advice: null, devicesBackingOff: ["x"], traps: null, lent: null };
    scripted.buses = [
      { ...bus, id: "line", state: "lent" },
      { ...bus, id: "net", state: "silent" },
    ];
    const text = await scripted.text();
    expect(samplesOf(text, "roomward_bus_up")).toEqual(['roomward_bus_up{site="sz1",bus="net"} 0']);
    expect(text).toContain('roomward_bus_faults_total{site="sz1",bus="net",reason="timeout"} 2\n');
  });

  test("reads are counted and timed: the answered in a summary, the others apart", () => {
    let nowMs = 0;
    const tally = new ReadTally(["a", "b"], () => nowMs as MonotonicMs);
    const read = (device: string, tookMs: number, answered: boolean, ...reasons: "timeout"[]): void => {
      tally.turn(device);
      nowMs += tookMs;
      tally.read(device, emptyReadings(1), { answered, transactions: 1, faults: reasons.map((reason) => ({ reason, at: "" })) } as never);
    };
    read("a", 30, true);
    read("a", 50, true, "timeout");
    read("a", 900, false, "timeout");
    // Without a turn of its own, as where the adapter is missing.
    nowMs += 5_000;
    tally.read("b", emptyReadings(1), { answered: false, transactions: 0, faults: [] });
    expect(tally.of("a")).toEqual({ answered: 2, answeredMs: 80, unanswered: 1, faults: { timeout: 2 } });
    expect(tally.of("b")).toEqual({ answered: 0, answeredMs: 0, unanswered: 1, faults: {} });
    expect(tally.of("elsewhere")).toBeNull();
  });
});

test("alarms by severity, none included; what is set aside is told apart; incidents are counted once", async () => {
  const scripted = scriptedScrape(SITE);
  const alarm = (severity: string, state: string, incident: string) => ({ severity, state, incident }) as AlarmRecord;
  scripted.alarms = [
    alarm("critical", "B", "1"),
    alarm("critical", "C", "1"),
    alarm("minor", "D", "2"),
    alarm("minor", "E", "3"),
    alarm("major", "F", "1"),
  ];
  const text = await scripted.text();
  const numbers = (name: string): string[] => samplesOf(text, name).map((line) => line.replace(/.*="(\w+)"\}/, "$1"));
  expect(numbers("roomward_alarms")).toEqual(["critical 2", "major 0", "minor 0", "warning 0"]);
  expect(numbers("roomward_alarms_unacknowledged")).toEqual(["critical 1", "major 0", "minor 1", "warning 0"]);
  expect(numbers("roomward_alarms_set_aside")).toEqual(["shelved 1", "suppressed 1", "out_of_service 0"]);
  expect(text).toContain('roomward_incidents_open{site="sz1"} 3\n');
});

test("what the box does not know of itself is absent", async () => {
  const scripted = scriptedScrape(SITE);
  scripted.box = {
    ...scripted.box,
    queues: null,
    disk: null,
    journalWorks: false,
    clock: { quality: { source: "unsynced", errorMs: null }, refusedMs: 5, repeats: false },
  };
  const text = await scripted.text();
  expect(text).not.toMatch(/roomward_(outbox|disk|clock_error)/);
  expect(text).toMatch(/roomward_journal_up\{[^}]*\} 0\n/);
  expect(text).toMatch(/roomward_clock_synchronized\{[^}]*\} 0\n/);
  expect(text).toMatch(/roomward_clock_refused\{[^}]*\} 1\n/);
});

describe("the format", () => {
  test("a label may hold anything", () => {
    expect(seriesText("x", { a: 'say "hi"\\\n', b: "" })).toBe('x{a="say \\"hi\\"\\\\\\n"} ');
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const [, text = ""] = /^x\{a="((?:[^"\\\n]|\\[\\"n])*)"\} $/.exec(seriesText("x", { a: value })) ?? [];
        expect(text.replaceAll(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign))).toBe(value);
      }),
    );
  });

  test("a family without a known sample has no head either", () => {
    const family = { name: "x", type: "gauge", help: "X." } as const;
    expect(
      familyText({
        ...family,
        samples: [
          { labels: {}, value: null },
          { labels: {}, value: Number.NaN },
        ],
      }),
    ).toBe("");
    expect(familyText({ ...family, samples: [{ labels: {}, value: Number.POSITIVE_INFINITY }] })).toBe(
      "# HELP x X.\n# TYPE x gauge\nx +Inf\n",
    );
  });

  test("each name has one head, and its samples stand together", async () => {
    const scripted = scriptedScrape(SITE);
    for (const { id } of SITE.devices) says(scripted, id, { "ambient.temperature": 20, "input.1.voltage": 230, "output.source": 1 });
    const lines = (await scripted.text()).trimEnd().split("\n");
    const runs = lines
      .filter((line) => !line.startsWith("# HELP"))
      .map((line) => (line.startsWith("#") ? `# ${line.split(" ")[2]}` : (/^\w+/.exec(line)?.[0] ?? "")));
    const heads = runs.filter((name) => name.startsWith("#"));
    expect(new Set(heads).size).toBe(heads.length);
    expect(lines.length).toBeGreaterThan(50);
    let under = "";
    for (const name of runs) {
      if (name.startsWith("# ")) under = name.slice(2);
      else expect(name.replace(/(?<=seconds)_(sum|count)$/, "")).toBe(under);
    }
  });
});

describe("what waits in the outbox", () => {
  test("a target without a message waits for nothing: that is known, and zero", async () => {
    const work = workFolder();
    const journal = journalHere(work.path);
    expect(await journal.targetQueues({ targets: ["itsm"], deadMax: 0 })).toEqual([
      { target: "itsm", queued: 0, parked: 0, oldestWaitingMs: null, dead: [] },
    ]);
    await journal.close();
    work.dispose();
  });

  test("a journal that does not answer is not waited for", async () => {
    const metrics = openMetrics({
      ...{ site: SITE, version: "1", revision: "r", dataFolder: "/not/there", clock: { ...systemClock, sleep: async () => {} } },
      table: scriptedScrape(SITE).table,
      wires: { listenTo: () => () => {}, buses: () => [] },
      journal: { targetQueues: () => new Promise(() => {}) },
      journalWorks: () => true,
      alarms: () => [],
      clockState: () => ({ quality: { source: "ntp", errorMs: null }, refusedMs: null, repeats: false }),
    });
    let text = "";
    for await (const piece of metrics.scrape.pieces()) text += piece;
    expect(text).toContain("roomward_build_info");
    expect(text).not.toMatch(/roomward_(outbox|disk)/);
    metrics.stop();
  });
});

describe("over HTTP", () => {
  let stage: Stage | null = null;
  afterEach(async () => {
    await stage?.close();
    stage = null;
  });

  test("a viewer's token opens it; plain or compressed it is the same text", async () => {
    stage = await openStage();
    expect((await stage.fetch("/metrics")).status).toBe(401);
    const plain = await stage.fetch("/metrics", { as: "viewer", headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-type")).toBe(METRICS_MEDIA_TYPE);
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.headers.get("content-disposition")).toBeNull();
    const text = await plain.text();
    expect(text).toContain("roomward_build_info");
    const packed = await rawBody(`${stage.url}/metrics`, stage.token.viewer);
    expect(packed.encoding).toBe("gzip");
    expect(gunzipSync(packed.body).toString("utf8")).toBe(text);
    expect(packed.body.length).toBeLessThan(text.length / 2);
    const refused = await stage.fetch("/metrics", { as: "viewer", headers: { "accept-encoding": "gzip;q=0" } });
    expect(refused.headers.get("content-encoding")).toBeNull();
  });
});

/** As it comes over the wire: fetch would unpack it. */
async function rawBody(url: string, token: string): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  const { get } = await import("node:http");
  return new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${token}`, "accept-encoding": "gzip" } }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => resolve({ encoding: response.headers["content-encoding"], body: Buffer.concat(pieces) }));
    }).once("error", reject);
  });
}
