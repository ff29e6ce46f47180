import { createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { SYSLOG_BYTES_MAX, syslogDialect, syslogMessage } from "../../firmware/upstream/dialects/syslog.ts";
import { freePort } from "../peers/peer.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";

const OPTIONS = { facility: 20, language: "zh", hostname: "gw-01" } as const;
const never = new AbortController().signal;

describe("a syslog message", () => {
  test("is RFC 5424 with the alarm data of RFC 5674", () => {
    expect(syslogMessage(eventFor(), OPTIONS).toString("utf8")).toBe(
      [
        "<162>1 2026-09-20T03:12:45.127Z gw-01 roomward - ALARM_RAISE ",
        '[alarm resource="sz1/r1/th-3" probableCause="highTemperature" perceivedSeverity="major"]',
        '[timeQuality tzKnown="1" isSynced="1"][meta sequenceId="7" language="zh"]',
        '[roomward@32473 key="sz1/r1/th-3/ambient.temperature/high" event="6b1c6f0e-5ad0-4d3a-9a52-3f9a2f0c5a07" incident="incident-1"',
        ' type="high" value="31.2" limit="27" unit="°C" count="1" by=""]',
        " \uFEFF冷通道温度高 31.2 °C",
      ].join(""),
    );
  });

  test("of an alarm that is over is a notice, and says cleared", () => {
    const text = syslogMessage(eventFor(cleared()), { ...OPTIONS, language: "en" }).toString("utf8");
    expect(text).toMatch(/^<165>1 .* ALARM_CLEAR .*perceivedSeverity="cleared".*Cold aisle too hot/);
  });

  test("names who acknowledged", () => {
    expect(syslogMessage(eventFor(acknowledged()), OPTIONS).toString("utf8")).toContain('by="wang"');
  });

  test("counts its events from 1 to 2147483647 and then from 1", () => {
    const numbers = [2_147_483_647, 2_147_483_648].map((sequence) => syslogMessage({ ...eventFor(), sequence }, OPTIONS).toString("utf8"));
    expect(numbers[0]).toContain('sequenceId="2147483647"');
    expect(numbers[1]).toContain('sequenceId="1"');
  });

  test("fits into one datagram, is whole UTF-8 on one line, and cannot be broken out of, whatever the words", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), fc.string({ maxLength: 60 }), fc.boolean(), (text, by, zh) => {
        const acknowledgement = { atMs: 0, by, note: "" };
        const event = eventFor(acknowledged({ text: { zh: text, en: text }, acknowledgement }));
        const bytes = syslogMessage(event, { ...OPTIONS, language: zh ? "zh" : "en" });
        expect(bytes.length).toBeLessThanOrEqual(SYSLOG_BYTES_MAX);
        const line = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
        expect(line).not.toMatch(/[\n\r\0]/);
        const elements = line.slice(line.indexOf("["), line.indexOf(" \uFEFF")).match(/\[[^ ]+( [A-Za-z]+="([^"\\\]]|\\["\\\]])*")*\]/g);
        expect(elements?.length).toBe(4);
      }),
    );
  });

  test("loses the end of a text that is too long, never half a character", () => {
    const bytes = syslogMessage(eventFor(raised({ text: { zh: "温".repeat(600), en: "" } })), OPTIONS);
    expect(bytes.length).toBeGreaterThan(SYSLOG_BYTES_MAX - 3);
    expect(bytes.toString("utf8").endsWith("温")).toBe(true);
  });
});

describe("a syslog target over TCP", () => {
  let server: Server | null = null;
  afterEach(() => server?.close());

  async function against(onMessage: (bytes: Buffer, end: () => void, reset: () => void) => void, timeoutMs = 5_000) {
    const port = await freePort();
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (bytes) =>
        onMessage(
          Buffer.from(bytes),
          () => socket.end(),
          () => socket.resetAndDestroy(),
        ),
      );
    });
    await new Promise<void>((resolve) => server?.listen(port, "127.0.0.1", resolve));
    const dialect = syslogDialect({ ...OPTIONS, host: "127.0.0.1", port, transport: "tcp", clock: systemClock, timeoutMs });
    return dialect.send(rowFor(), never);
  }

  test("counts as told when it closed after reading the counted bytes", async () => {
    let got: Buffer = Buffer.alloc(0);
    const outcome = await against((bytes, end) => {
      got = bytes;
      end();
    });
    expect(outcome).toMatchObject({ outcome: "accepted" });
    const message = syslogMessage(eventFor(), OPTIONS);
    expect(got).toEqual(Buffer.concat([Buffer.from(`${message.length} `), message]));
  });

  test("that breaks off is told again", async () => {
    expect(await against((_bytes, _end, reset) => reset())).toMatchObject({ outcome: "unavailable", answer: "ECONNRESET" });
  });

  test.each(["tcp", "udp"] as const)("that is not there is told again (%s)", async (transport) => {
    const dialect = syslogDialect({ ...OPTIONS, host: "127.0.0.1", port: await freePort(), transport, clock: systemClock });
    expect(await dialect.send(rowFor(), never)).toEqual({ outcome: "unavailable", answer: "ECONNREFUSED", retryAfterMs: null });
  });
});

test("a recorded event that a worn card has bent is set aside, not sent", async () => {
  const dialect = syslogDialect({ ...OPTIONS, host: "127.0.0.1", port: 9, transport: "udp", clock: systemClock });
  expect(await dialect.send({ ...rowFor(), body: '{"id":' }, never)).toMatchObject({ outcome: "refused" });
});
