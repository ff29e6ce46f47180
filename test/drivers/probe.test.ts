import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadProfile, parseProfile } from "../../drivers/catalogue.ts";
import { type Beginning, beginningOf, matchAnswer, shownBytes } from "../../drivers/probe/answer.ts";
import { putFinding } from "../../drivers/probe/decode.ts";
import { down, type Finding, networkFinding } from "../../drivers/probe/finding.ts";
import { daysUntil, distrust, judgePage } from "../../drivers/probe/page.ts";
import { judgePing } from "../../drivers/probe/ping.ts";
import { readPing } from "../../drivers/probe/ping-output.ts";
import { planProbe } from "../../drivers/probe/plan.ts";
import { ANSWERS, type ProbeProfile } from "../../drivers/probe/profile.ts";
import { Turns } from "../../drivers/probe/turns.ts";
import { emptyReadings, qualityName } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";

const RUNS = { numRuns: 10_000 };

function profileOf(id: string): ProbeProfile {
  const answer = loadProfile(id);
  if ("problems" in answer || answer.profile.protocol !== "probe") throw new Error(`${id}: ${JSON.stringify(answer)}`);
  return answer.profile;
}

/** What a person sees of a finding: numbers, names of states, or why there is no value. */
function seen(id: string, finding: Finding): Readonly<Record<string, number | string>> {
  const plan = planProbe(profileOf(id), { port: 1 });
  const into = emptyReadings(plan.pointNames.length);
  putFinding(plan.columns, finding, into);
  return Object.fromEntries(
    plan.pointNames.map((name, column) => {
      const value = into.values[column] ?? Number.NaN;
      const quality = qualityName(into.qualities[column] ?? -1);
      const definition = findPoint(name);
      if (quality !== "good") return [name, `!${quality}`];
      return [name, definition?.kind === "state" ? (definition.states[value]?.name ?? "?") : value];
    }),
  );
}

describe("a finding becomes readings", () => {
  test("of what is up: state, answer and the numbers", () => {
    expect(
      seen("application/https", { outcome: "found", answer: "expected", what: "", responseMs: 12.3, status: 200, certificateDays: 89 }),
    ).toEqual({
      "service.state": "up",
      "service.answer": "expected",
      "response.time": 12.3,
      "http.status": 200,
      "certificate.days": 89,
    });
  });

  test("no answer is a good reading: down, with its reason; there is no response time to measure, and it is not zero", () => {
    expect(seen("host/ping", down("silent", "", { lossPercent: 100 }))).toEqual({
      "service.state": "down",
      "service.answer": "silent",
      "response.time": "!nothingToMeasure",
      "packet.loss": 100,
    });
  });

  test.each(["adapterMissing", "unresolved", "cannotAsk", "garbled"] as const)(
    "of what cannot be asked, %s, nothing is known",
    (reason) => {
      expect(new Set(Object.values(seen("application/https", { outcome: "lost", reason, what: "" })))).toEqual(new Set([`!${reason}`]));
    },
  );

  test("whatever is found, every column is told, the state is down unless all is as expected, and nothing impossible passes", () => {
    const number = fc.option(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 99, 600, Number.NaN, Infinity)), {
      nil: undefined,
    });
    const findings = fc.record({
      answer: fc.constantFrom(...ANSWERS),
      responseMs: number,
      lossPercent: number,
      status: number,
      certificateDays: number,
    });
    fc.assert(
      fc.property(findings, fc.constantFrom("host/ping", "application/https", "database/redis"), ({ answer, ...numbers }, id) => {
        const said = seen(id, { outcome: "found", what: "", answer, ...(numbers as object) });
        expect(said["service.state"]).toBe(answer === "expected" ? "up" : "down");
        for (const [name, value] of Object.entries(said)) {
          const definition = findPoint(name);
          if (typeof value !== "number" || definition?.kind === "state") continue;
          expect(value).toBeGreaterThanOrEqual(definition?.range[0] ?? Infinity);
          expect(value).toBeLessThanOrEqual(definition?.range[1] ?? -Infinity);
        }
      }),
      RUNS,
    );
  });
});

const GOOD = `PING 10.0.0.5 (10.0.0.5) 56(84) bytes of data.
64 bytes from 10.0.0.5: icmp_seq=1 ttl=64 time=0.042 ms

--- 10.0.0.5 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 408ms
rtt min/avg/max/mdev = 0.042/0.069/0.109/0.028 ms
`;
const summary = (counts: string, times = ""): string => `\n--- h ping statistics ---\n${counts}\n${times}\n`;

describe("the output of ping", () => {
  test.each([
    ["all echoes", GOOD, { sent: 3, received: 3, meanMs: 0.069, unreachable: false }],
    [
      "one lost, one doubled",
      summary(
        "3 packets transmitted, 2 received, +1 duplicates, 33.3333% packet loss, time 404ms",
        "rtt min/avg/max/mdev = 1/2/3/0.5 ms, pipe 2",
      ),
      { sent: 3, received: 2, meanMs: 2, unreachable: false },
    ],
    [
      "none",
      summary("3 packets transmitted, 0 received, 100% packet loss, time 413ms"),
      { sent: 3, received: 0, meanMs: null, unreachable: false },
    ],
    [
      "a router that says no",
      `From 10.0.0.1 icmp_seq=1 Destination Host Unreachable${summary("3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2030ms")}`,
      { sent: 3, received: 0, meanMs: null, unreachable: true },
    ],
  ])("with %s", (_, output, count) => expect(readPing(output, 3)).toEqual(count));

  test.each([
    ["nothing", ""],
    ["more received than sent", GOOD.replace("3 received", "4 received")],
    ["more sent than asked", GOOD.replace("3 packets transmitted, 3 received", "9 packets transmitted, 9 received")],
    ["none sent", GOOD.replace("3 packets transmitted, 3 received", "0 packets transmitted, 0 received").replace(/rtt.*\n/, "")],
    ["a loss that does not fit", GOOD.replace("0% packet", "50% packet")],
    ["echoes without times", GOOD.replace(/rtt.*\n/, "")],
    ["times without echoes", GOOD.replace("3 received, 0%", "0 received, 100%")],
    ["a mean above the longest", GOOD.replace("0.069", "0.269")],
    ["two summaries", GOOD + GOOD],
    ["times before the epoch", GOOD.replace("0.042/0.069", "-1.042/0.069")],
    ["another language", GOOD.replace("packets transmitted", "Pakete übertragen")],
    ["another ping's words", GOOD.replace("rtt min/avg/max/mdev", "round-trip min/avg/max")],
  ])("that is %s is not believed", (_, output) => expect(readPing(output, 3)).toBeNull());

  test("junk is never a count, and a damaged summary is never one that contradicts itself", () => {
    const damaged = fc
      .tuple(fc.nat(GOOD.length), fc.nat(12), fc.string({ maxLength: 12 }))
      .map(([at, cut, put]) => GOOD.slice(0, at) + put + GOOD.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ size: "medium" }), fc.string({ unit: "binary" })), (output) => {
        const count = readPing(output, 3);
        if (count === null) return;
        expect(count.sent).toBeGreaterThan(0);
        expect(count.sent).toBeLessThanOrEqual(3);
        expect(count.received).toBeLessThanOrEqual(count.sent);
        expect(count.meanMs === null).toBe(count.received === 0);
        if (count.meanMs !== null) expect(count.meanMs).toBeGreaterThanOrEqual(0);
      }),
      RUNS,
    );
  });

  test.each([
    ["no such program", { code: "ENOENT", message: "" }, "", "", { outcome: "lost", reason: "cannotAsk" }],
    ["a program that may not be run", { code: "EACCES", message: "" }, "", "", { outcome: "lost", reason: "cannotAsk" }],
    [
      "no right to ICMP",
      { code: 2, message: "" },
      "",
      "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n",
      { outcome: "lost", reason: "cannotAsk" },
    ],
    ["no route", { code: 2, message: "" }, "", "ping: connect: Network is unreachable\n", { outcome: "lost", reason: "adapterMissing" }],
    ["a ping that hangs", { code: null, killed: true, message: "ended" }, "", "", { outcome: "lost", reason: "cannotAsk" }],
    ["an option it does not know", { code: 2, message: "" }, "", "ping: bad linger time\n", { outcome: "lost", reason: "cannotAsk" }],
    ["echoes", null, GOOD, "", { outcome: "found", answer: "expected", responseMs: 0.069, lossPercent: 0 }],
    [
      "no echo",
      { code: 1, message: "" },
      summary("3 packets transmitted, 0 received, 100% packet loss, time 413ms"),
      "",
      { outcome: "found", answer: "silent", lossPercent: 100 },
    ],
  ] as const)("means, with %s, what it says", (_, error, output, errors, finding) =>
    expect(judgePing(error as Parameters<typeof judgePing>[0], output, errors)).toMatchObject(finding),
  );

  test("whatever it prints and however it ends, a host is up only with an echo", () => {
    const ends = fc.option(
      fc.record({ code: fc.constantFrom(0, 1, 2, 127, null, "ENOENT", "E2BIG"), killed: fc.boolean(), message: fc.string() }),
    );
    fc.assert(
      fc.property(ends, fc.oneof(fc.string(), fc.constant(GOOD)), fc.string(), (error, output, errors) => {
        const finding = judgePing(error as Parameters<typeof judgePing>[0], output, errors);
        if (finding.outcome === "found") expect(readPing(output, 3)).not.toBeNull();
      }),
      RUNS,
    );
  });
});

describe("the beginning of an answer", () => {
  const begins = (...texts: readonly string[]): readonly Beginning[] => texts.map(beginningOf);
  const MYSQL = begins("????\x0a", "????\xff\x69\x04");
  test.each([
    ["a right one", begins("+PONG\r\n", "-NOAUTH "), "+PONG\r\n", "expected"],
    ["its other form", begins("+PONG\r\n", "-NOAUTH "), "-NOAUTH Authentication required.\r\n", "expected"],
    ["a part of it", begins("+PONG\r\n"), "+PO", "open"],
    ["nothing yet", begins("+PONG\r\n"), "", "open"],
    ["another one", begins("+PONG\r\n"), "HTTP/1.1 400", "unexpected"],
    ["what begins the same", begins("+PONG\r\n"), "+POX", "unexpected"],
    ["a handshake of MySQL", MYSQL, "\x5b\0\0\0\x0a8.0.36", "expected"],
    ["MySQL that has blocked this box", MYSQL, "\x48\0\0\0\xff\x69\x04Host", "expected"],
    ["MySQL with too many connections", MYSQL, "\x17\0\0\0\xff\x10\x04Too many", "unexpected"],
  ] as const)("%s", (_, beginnings, heard, match) => expect(matchAnswer(beginnings, Buffer.from(heard, "latin1"))).toBe(match));

  test("more bytes never change a verdict, and an open one is a beginning of what was expected", () => {
    const byte = fc.nat(255);
    const sign = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, byte).map((code) => String.fromCharCode(code));
    const texts = fc.array(
      fc.array(sign, { minLength: 1, maxLength: 12 }).map((signs) => signs.join("")),
      { minLength: 1, maxLength: 8 },
    );
    const heard = fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, byte), { maxLength: 24 });
    fc.assert(
      fc.property(texts, heard, fc.nat(24), (expected, bytes, cut) => {
        const beginnings = begins(...expected);
        const early = matchAnswer(beginnings, Buffer.from(bytes.slice(0, cut)));
        const late = matchAnswer(beginnings, Buffer.from(bytes));
        if (early !== "open") expect(late).toBe(early);
        const said = Buffer.from(bytes).toString("latin1");
        if (expected.some((text) => !text.includes("?") && said.startsWith(text))) expect(late).toBe("expected");
      }),
      RUNS,
    );
  });

  test("is shown without what a terminal would obey", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_096 }), (bytes) => {
        expect(shownBytes(bytes)).toMatch(/^[\x20-\x7e]*…?$/);
      }),
      RUNS,
    );
    expect(shownBytes(Buffer.from("\x1b[2J\n+OK"))).toBe("\\x1b[2J\\x0a+OK");
  });
});

describe("a page", () => {
  test.each([
    [null, null, 200, "", null],
    [null, null, 302, "", null],
    [null, null, 404, "", "status 404, expected 200 to 399"],
    [[200, 401], null, 401, "", null],
    [[200, 401], null, 302, "", "status 302, expected 200 or 401"],
    [null, "正常", 200, "<p>系统正常</p>", null],
    [null, "正常", 200, "<p>维护中</p>", "the expected text is not on the page"],
  ] as const)("of which status %s and text %s is expected, with %s and %s: %s", (status, text, code, body, wrong) =>
    expect(judgePage({ status, text }, code, body)).toBe(wrong),
  );
});

describe("a certificate", () => {
  const NOW = Date.UTC(2026, 10, 26, 4);
  test.each([
    ["Nov 26 03:59:59 2026 GMT", -1],
    ["Nov 26 04:00:00 2026 GMT", 0],
    ["Nov 27 03:59:59 2026 GMT", 0],
    ["Dec 26 04:00:00 2026 GMT", 30],
    ["Jan  1 00:00:00 2027 GMT", 35],
    ["Feb 30 00:00:00 20267 GMT", null],
    ["Xyz 30 00:00:00 2026 GMT", null],
    ["2026-11-26", null],
    [undefined, null],
  ])("that ends %s has %s days", (validTo, days) => expect(daysUntil(validTo, NOW)).toBe(days));

  test("with any text for its end has whole days or none", () => {
    const near = fc
      .tuple(fc.nat(24), fc.string({ maxLength: 3 }))
      .map(([at, put]) => `Nov 26 03:59:59 2026 GMT`.slice(0, at) + put + `Nov 26 03:59:59 2026 GMT`.slice(at + put.length));
    fc.assert(
      fc.property(fc.oneof(near, fc.string(), fc.anything()), (validTo) => {
        const days = daysUntil(validTo, NOW);
        expect(days === null || Number.isInteger(days)).toBe(true);
      }),
      RUNS,
    );
  });

  test("is not distrusted for its dates by a box that does not know the day", () => {
    const expired = { trouble: "CERT_HAS_EXPIRED", days: null };
    expect(distrust(expired, true)).toBe("the certificate has run out (CERT_HAS_EXPIRED)");
    expect(distrust(expired, false)).toBeNull();
    expect(distrust({ trouble: "DEPTH_ZERO_SELF_SIGNED_CERT", days: null }, false)).toContain("signed its certificate itself");
    expect(distrust({ trouble: null, days: 9 }, true)).toBeNull();
  });
});

describe("an error of the network", () => {
  test.each([
    ["ECONNREFUSED", "refused"],
    ["ECONNRESET", "closed"],
    ["ETIMEDOUT", "silent"],
    ["EHOSTUNREACH", "unreachable"],
  ])("%s speaks of the other side: %s", (code, answer) => expect(networkFinding(code)).toMatchObject({ outcome: "found", answer }));

  test.each(["ENETUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "EPERM"])("%s speaks of this box: nothing is known of the other side", (code) =>
    expect(networkFinding(code)).toMatchObject({ outcome: "lost", reason: "adapterMissing" }),
  );

  test("another code is none of the network's", () => {
    for (const code of [undefined, "", "constructor", "HPE_INVALID_CONSTANT"]) expect(networkFinding(code)).toBeNull();
  });
});

test("so many at a time get a turn, in the order in which they came, whatever becomes of those before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 20 }),
      async (atOnce, tasks) => {
        const turns = new Turns(atOnce);
        let inside = 0;
        let most = 0;
        const began: number[] = [];
        const ends = await Promise.allSettled(
          tasks.map(([steps, fails], index) =>
            turns.run(async () => {
              began.push(index);
              inside += 1;
              most = Math.max(most, inside);
              for (let step = 0; step < steps; step += 1) await Promise.resolve();
              inside -= 1;
              if (fails) throw new Error("failed");
            }),
          ),
        );
        expect(began).toEqual(tasks.map((_, index) => index));
        expect(most).toBeLessThanOrEqual(atOnce);
        expect(ends.map(({ status }) => status === "rejected")).toEqual(tasks.map(([, fails]) => fails));
      },
    ),
    { numRuns: 500 },
  );
});

describe("a profile of a probe", () => {
  const HEAD = "protocol: probe\nclass: other\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n";
  const told = (rest: string): readonly string[] => {
    const answer = parseProfile("other/x", "other/x.yaml", HEAD + rest);
    return "problems" in answer ? answer.problems.flatMap(({ path, message }) => [`${path}: ${message.en}`, message.zh]) : [];
  };
  const STATE = "points:\n  service.state: { tells: state }\n";

  test("is right when it asks and tells what its kind can", () => {
    expect(told(`ask: { what: tcp, port: 22, expect: [SSH-2.0-] }\n${STATE}`)).toEqual([]);
  });

  test.each([
    ["a kind that does not exist", `ask: { what: udp }\n${STATE}`, "ask.what: expected one of ping, tcp, http, https, found `udp`"],
    ["a port of a ping", `ask: { what: ping, port: 7 }\n${STATE}`, "ask.port: a ping has no port"],
    ["a sentence that is not for tcp", `ask: { what: http, send: GET }\n${STATE}`, "ask.send: only tcp has send"],
    [
      "a question without an answer",
      `ask: { what: tcp, send: PING }\n${STATE}`,
      "ask.send: send needs expect, or nobody judges the answer",
    ],
    ["what is no byte", `ask: { what: tcp, expect: ["中"] }\n${STATE}`, "ask.expect[0]: expected 1 to 256 bytes as characters"],
    [
      "what its kind cannot tell",
      "ask: { what: tcp }\npoints:\n  packet.loss: { tells: loss }\n",
      "points.packet.loss.tells: tcp tells state, answer, milliseconds only",
    ],
    [
      "a state in a point of other states",
      "ask: { what: tcp }\npoints:\n  door.contact: { tells: state }\n",
      "points.door.contact.tells: state needs a point with the states up, down",
    ],
    [
      "a number in a state",
      "ask: { what: tcp }\npoints:\n  service.state: { tells: milliseconds }\n",
      "points.service.state.tells: milliseconds is a number, service.state a state",
    ],
  ])("says %s", (_, rest, message) => {
    const problems = told(rest);
    expect(problems.some((problem) => problem.startsWith(message))).toBe(true);
    expect(problems.some((problem) => /[\u4e00-\u9fff]/.test(problem))).toBe(true);
  });
});
