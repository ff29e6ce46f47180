import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { useBoxProfiles } from "../../drivers/catalogue.ts";
import { emptyReadings } from "../../drivers/reading.ts";
import { openBus } from "../../firmware/acquire/sessions.ts";
import { eventLine, parseRecording, type RecordedEvent } from "../../firmware/recordings/format.ts";
import { recordingHead } from "../../firmware/recordings/head.ts";
import { recordLive } from "../../firmware/recordings/live.ts";
import { BusRecorder } from "../../firmware/recordings/recorder.ts";
import { Replay } from "../../firmware/recordings/replay.ts";
import { simulatedLine } from "../drivers/wire/simulated-line.ts";
import { dataBody, framed, registers } from "../drivers/wire/slave.ts";
import { VirtualClock } from "../drivers/wire/virtual-clock.ts";
import { q1Talker, SerialUps } from "../peers/line/serial-ups.ts";
import { type Talker, TROUBLES, type Trouble } from "../peers/line/talker.ts";
import { busRecordings, replayed } from "../recordings/bus.ts";
import { loadedSite } from "./loaded-site.ts";

const SITE = `
site: { id: sz1, name: { zh: 深圳一号机房, en: Shenzhen 1 }, timezone: Asia/Shanghai }
areas: [{ id: room, name: The room }]
buses:
  - { id: line, kind: modbus-rtu, path: /dev/ttyS0, timeout: 200ms }
  - { id: ups-line, kind: megatec, path: /dev/ttyS1 }
devices:
  - { id: th-1, name: Secret name, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }
  - { id: th-2, area: room, bus: line, unit: 2, profile: sensor/xy-md02, every: 1s }
  - { id: ups-a, area: room, bus: ups-line, profile: ups/megatec-q1 }
targets: [{ id: hook, kind: webhook, url: "https://example.test/", secret: a-secret-of-the-house }]
`;

/** Probes that grow warmer with every question. */
function probes(): Talker {
  let asked = 0;
  return (heard) => {
    asked += 1;
    const [unit = 0, functionCode = 0] = heard;
    const question = { unit, functionCode, address: heard.readUInt16BE(2), count: heard.readUInt16BE(4), transaction: 0 };
    const body = dataBody(functionCode, registers([200 + unit * 10 + asked, 550]));
    return [{ bytes: framed("modbus-rtu-tcp", question, body), afterMs: 5 }];
  };
}

/** A recording of some passes over the devices of a bus, with what goes wrong in each. */
async function recorded(bus: string, talker: Talker, passes: readonly Trouble[]): Promise<string> {
  const site = loadedSite(SITE);
  const clock = new VirtualClock();
  let trouble: Trouble = "none";
  const { opens } = simulatedLine(clock, (heard) => TROUBLES[trouble](talker(heard)), 10_000 / 9_600);
  const devices = site.devices.filter((device) => device.bus === bus);
  const lines: string[] = [];
  const names = new Map(devices.map(({ id, points }) => [id, points.map(({ name }) => name)]));
  const recorder = new BusRecorder(names, clock.monotonicMs(), (line) => lines.push(line));
  const entry = site.buses.find(({ id }) => id === bus);
  if (entry === undefined) throw new Error(`no ${bus}`);
  const wire = await openBus(entry, clock, { opens, watch: (record) => recorder.exchange(record) });
  const readers = devices.map((device) => ({ id: device.id, reader: wire.reader(device), readings: emptyReadings(device.points.length) }));
  for (trouble of passes)
    for (const { id, reader, readings } of readers) {
      recorder.turn(id);
      await clock.run(reader.read(readings));
      recorder.read(id, readings);
    }
  await wire.close();
  return `${recordingHead(SITE, bus, { version: "0", wallMs: 0 })}${lines.join("\n")}\n`;
}

describe("a recording of a bus", () => {
  const troubles = fc.array(fc.constantFrom(...(Object.keys(TROUBLES) as Trouble[])), { minLength: 1, maxLength: 12 });

  test("played back, says to the drivers what the bus said: the same values, the same troubles, pass by pass", async () => {
    await fc.assert(
      fc.asyncProperty(troubles, async (passes) => {
        const played = await replayed(await recorded("line", probes(), passes));
        expect(played).toHaveLength(2 * passes.length);
        for (const { device, recorded: then, replayed: now } of played) expect({ device, ...now }).toEqual({ device, ...then });
      }),
      { numRuns: 50 },
    );
  });

  test("of a UPS that speaks Q1 holds its states by name", async () => {
    const played = await replayed(await recorded("ups-line", q1Talker(new SerialUps()), ["none", "silent", "none"]));
    expect(played.map(({ recorded: then }) => then)).toEqual(played.map(({ replayed: now }) => now));
    expect(played.map(({ replayed: { "output.source": source } }) => source)).toEqual(["normal", "?timeout", "normal"]);
  });

  test("has the bus and its devices in front, and nothing of the rest of the site", async () => {
    const head = recordingHead(SITE, "line", { version: "1.2.3", wallMs: Date.UTC(2026, 10, 26, 4) });
    expect(head.split("\n")[0]).toBe("# roomward recording 1 · line · 2026-11-26T04:00:00.000Z · roomward 1.2.3");
    for (const hidden of ["secret", "Secret", "Shenzhen", "The room", "ups-a"]) expect(head).not.toContain(hidden);
    const site = loadedSite(head.slice(0, head.lastIndexOf("---")));
    expect(site.devices.map(({ id, unit, periodMs }) => [id, unit, periodMs])).toEqual([
      ["th-1", 1, 1_000],
      ["th-2", 2, 1_000],
    ]);
  });

  test("reads as it was written, whatever happened", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((drawn) => Buffer.from(drawn));
    const atMs = fc.nat(10_000_000);
    const event = fc.oneof(
      fc.record({ kind: fc.constantFrom("sent", "came", "stray"), atMs, bytes }),
      fc.record({
        kind: fc.constant("lost"),
        atMs,
        reason: fc.constantFrom("timeout", "garbled", "exception"),
        what: fc.constantFrom("no answer", "", "3 signs = a few"),
      }),
      fc.record({
        kind: fc.constant("read"),
        atMs,
        device: fc.constant("th-1"),
        points: fc.dictionary(fc.constantFrom("a.b", "c"), fc.oneof(fc.double({ noNaN: true }).map(String), fc.constant("?timeout"))),
      }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const text = `# roomward recording 1\nhead\n---\n${events.map((one) => eventLine(one as RecordedEvent)).join("\n")}`;
        expect(parseRecording(text)).toEqual({ siteText: "# roomward recording 1\nhead", events: events.map((one) => ({ ...one })) });
      }),
    );
  });

  test("that is damaged says in which lines, and what belongs there", () => {
    const parsed = parseRecording("# roomward recording 1\n---\n0.000 > 01 0\nwhat\n0.1 < 01\n0.000 ! tired\n0.000 = th-1 a\n0.001 < 01\n");
    expect("problems" in parsed ? parsed.problems.map(({ line }) => line) : []).toEqual([3, 4, 5, 6, 7]);
    expect(parseRecording("PK\u0003\u0004")).toMatchObject({
      problems: [{ line: 1, message: { en: expect.stringContaining("not a recording") } }],
    });
  });

  const folder = mkdtempSync(join(tmpdir(), "roomward-recordings-"));
  afterEach(() => {
    useBoxProfiles(null);
    rmSync(join(folder, "sensor"), { recursive: true, force: true });
  });

  test("brings along a profile that only the box has", () => {
    const profile =
      "class: sensor\nmaker: Acme\nfamily: X\nlabel: { zh: 探头, en: Probe }\nsource: [manual]\nprotocol: modbus\npoints: { ambient.temperature: { table: input, address: 1, type: u16 } }\n";
    mkdirSync(join(folder, "sensor"));
    writeFileSync(join(folder, "sensor", "acme-x.yaml"), profile);
    useBoxProfiles(folder);
    const text = SITE.replaceAll("sensor/xy-md02", "sensor/acme-x");
    loadedSite(text);
    const head = recordingHead(text, "line", { version: "0", wallMs: 0 });
    useBoxProfiles(null);
    expect(loadedSite(head.slice(0, head.lastIndexOf("---"))).devices[0]?.profile.maker).toBe("Acme");
  });
});

test("a recording of Modbus TCP answers with the number of the question of today", () => {
  const sent = Buffer.from("00070000000603040001", "hex");
  const replay = new Replay(
    [
      { kind: "sent", atMs: 0, bytes: sent },
      { kind: "came", atMs: 12, bytes: Buffer.from("000700000003030402", "hex") },
    ],
    "modbus-tcp",
  );
  const asked = Buffer.from(sent);
  asked.writeUInt16BE(0x1234, 0);
  expect(replay.answer(asked)).toEqual([{ bytes: Buffer.from("123400000003030402", "hex"), afterMs: 12 }]);
  expect(replay.answer(Buffer.from("00010000000603040009", "hex"))).toBeNull();
});

test("a recording of the running gateway ends by itself, and nobody listens any more", async () => {
  const clock = new VirtualClock();
  const heard = new Set<unknown>();
  const room = {
    listenTo(_: string, listener: unknown) {
      heard.add(listener);
      return () => heard.delete(listener);
    },
  };
  const live = recordLive({ room, site: loadedSite(SITE), siteText: SITE, version: "0", clock }, "line", 1_000);
  const [head = "", ...rest] = await clock.run(all(live));
  expect([head.startsWith("# roomward recording 1"), rest, heard.size, clock.monotonicMs()]).toEqual([true, [], 0, 1_000]);
});

async function all(pieces: AsyncIterable<string>): Promise<readonly string[]> {
  const got: string[] = [];
  for await (const piece of pieces) got.push(piece);
  return got;
}

describe("recorded on a real bus", () => {
  test.each(busRecordings())("%s says to today's drivers what it said then", async (_, text) => {
    const played = await replayed(text);
    expect(played.length).toBeGreaterThan(0);
    for (const { device, recorded: then, replayed: now } of played) expect({ device, ...now }).toEqual({ device, ...then });
  });
});
