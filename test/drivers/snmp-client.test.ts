import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openClient } from "../../drivers/snmp/client.ts";
import type { SnmpAnswer, SnmpClient } from "../../drivers/snmp/wire.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { answerAll, type StubAgent, type StubReply, startStubAgent } from "../peers/snmp-stub.ts";

const CHARGE = "1.3.6.1.2.1.33.1.2.4.0";
const VOLTAGE = "1.3.6.1.2.1.33.1.2.5.0";
/** Long enough for loopback on a busy machine, short enough to wait for. */
const TIMEOUT_MS = 150;

let agent: StubAgent;
let client: SnmpClient;

beforeEach(async () => {
  agent = await startStubAgent();
  client = clientTo(agent.port);
});
afterEach(async () => {
  client.close();
  await agent.stop();
});

function clientTo(port: number, retries = 0, host = "127.0.0.1"): SnmpClient {
  const security = { version: "2c", community: "public" } as const;
  return openClient({ kind: "snmp", host, port, timeoutMs: TIMEOUT_MS, retries, security }, systemClock);
}

function faultOf(answer: SnmpAnswer): { reason: string; detail: string } {
  if (answer.outcome !== "fault") throw new Error(`no fault: ${JSON.stringify(answer)}`);
  return answer.fault;
}

const response = (
  variables: readonly (readonly [string, number])[],
  more: Partial<Extract<StubReply, { kind: "response" }>> = {},
): StubReply => ({
  kind: "response",
  variables,
  ...more,
});

describe("an answer that is one", () => {
  test("brings the asked variables in the asked order", async () => {
    agent.answerWith(() =>
      response([
        [CHARGE, 98],
        [VOLTAGE, 2_716],
      ]),
    );
    expect(await client.get([CHARGE, VOLTAGE])).toEqual({
      outcome: "variables",
      variables: [
        { oid: CHARGE, type: 2, value: 98 },
        { oid: VOLTAGE, type: 2, value: 2_716 },
      ],
    });
  });

  test("an error-status names the status and the blamed variable", async () => {
    agent.answerWith(() =>
      response(
        [
          [CHARGE, 0],
          [VOLTAGE, 0],
        ],
        { status: 2, index: 2 },
      ),
    );
    expect(await client.get([CHARGE, VOLTAGE])).toEqual({ outcome: "errorStatus", status: 2, name: "NoSuchName", oid: VOLTAGE });
  });

  test("an error-status without blame names none", async () => {
    agent.answerWith(() => response([], { status: 1 }));
    expect(await client.get([CHARGE])).toEqual({ outcome: "errorStatus", status: 1, name: "TooBig", oid: null });
  });

  test("the same list asked again is another question", async () => {
    const oids = [CHARGE, VOLTAGE];
    agent.answerWith(answerAll);
    for (let pass = 0; pass < 3; pass += 1) expect((await client.get(oids)).outcome).toBe("variables");
    expect(new Set(agent.requests.map(({ id }) => id)).size).toBe(3);
    expect(agent.requests.every((request) => request.oids.join() === oids.join())).toBe(true);
  });

  test("a walk between two questions disturbs neither", async () => {
    agent.answerWith(answerAll);
    for (let pass = 0; pass < 2; pass += 1) {
      expect((await client.get([CHARGE])).outcome).toBe("variables");
      expect((await client.following(CHARGE, 1)).outcome).toBe("variables");
    }
    expect(agent.requests.map(({ pduTag }) => pduTag)).toEqual([0xa0, 0xa5, 0xa0, 0xa5]);
  });

  test("a lost datagram is sent again", async () => {
    const patient = clientTo(agent.port, 1);
    agent.answerWith((request) => (agent.requests.length === 1 ? { kind: "silence" } : answerAll(request)));
    expect((await patient.get([CHARGE])).outcome).toBe("variables");
    expect(agent.requests.map(({ id }) => id)).toEqual([agent.requests[0]?.id, agent.requests[0]?.id]);
    patient.close();
  });
});

describe("an answer that is none", () => {
  test("silence is a timeout that says how long was waited", async () => {
    const { reason, detail } = faultOf(await client.get([CHARGE]));
    expect(reason).toBe("timeout");
    expect(detail).toContain(`${TIMEOUT_MS} ms`);
  });

  test("too few variables is short", async () => {
    agent.answerWith(() => response([[CHARGE, 98]]));
    expect(faultOf(await client.get([CHARGE, VOLTAGE])).reason).toBe("short");
  });

  test("other variables, or the right ones in another order, are foreign", async () => {
    agent.answerWith(() =>
      response([
        [VOLTAGE, 1],
        [CHARGE, 2],
      ]),
    );
    const { reason, detail } = faultOf(await client.get([CHARGE, VOLTAGE]));
    expect(reason).toBe("foreign");
    expect(detail).toContain(VOLTAGE);
  });

  test.each([
    ["another community", { community: "private" }, "foreign"],
    ["another version", { version: 0 }, "foreign"],
    ["no response at all but a request", { pduTag: 0xa0 }, "garbled"],
  ] as const)("%s is %s", async (_what, more, reason) => {
    agent.answerWith(() => response([[CHARGE, 1]], more));
    expect(faultOf(await client.get([CHARGE])).reason).toBe(reason);
  });

  test.each([
    ["text", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["nothing", Buffer.alloc(0)],
    ["half a message", Buffer.from([0x30, 0x29, 0x02, 0x01, 0x01, 0x04, 0x06, 0x70])],
    ["zeros", Buffer.alloc(64)],
  ])("%s is garbled once no better answer came", async (_what, bytes) => {
    agent.answerWith(() => ({ kind: "bytes", bytes }));
    const { reason } = faultOf(await client.get([CHARGE]));
    expect(["garbled", "timeout"]).toContain(reason);
    if (bytes.length > 0) expect(reason).toBe("garbled");
  });

  test("an answer to an older question is not taken for this one", async () => {
    agent.answerWith(() => response([[CHARGE, 11]], { afterMs: TIMEOUT_MS + 50 }));
    expect(faultOf(await client.get([CHARGE])).reason).toBe("timeout");
    agent.answerWith(() => response([[CHARGE, 22]], { afterMs: 90 }));
    const answer = await client.get([CHARGE]);
    expect(answer).toEqual({ outcome: "variables", variables: [{ oid: CHARGE, type: 2, value: 22 }] });
  });

  test("a text that is no OID is a fault, and nothing is sent", async () => {
    expect(faultOf(await client.get([CHARGE, "1.3.six"])).detail).toContain("`1.3.six` is no OID");
    expect(agent.requests).toEqual([]);
  });

  test("a made-up request id is not taken for an answer", async () => {
    agent.answerWith((request) => response([[CHARGE, 11]], { id: request.id + 1 }));
    expect(faultOf(await client.get([CHARGE])).reason).toBe("timeout");
  });
});

describe("a host without an agent", () => {
  test("a closed port is refused at once, not after the timeout", async () => {
    await agent.stop();
    const { reason, detail } = faultOf(await client.get([CHARGE]));
    expect(reason).toBe("refused");
    expect(detail).toContain("ECONNREFUSED");
    agent = await startStubAgent();
  });

  test("an agent that comes back is read again by the same client", async () => {
    const { port } = agent;
    await agent.stop();
    expect(faultOf(await client.get([CHARGE])).reason).toBe("refused");
    agent = await startStubAgent(port);
    agent.answerWith(answerAll);
    expect((await client.get([CHARGE])).outcome).toBe("variables");
  });

  test("a name that nobody knows is said as that", async () => {
    const lost = clientTo(161, 0, "no-such-host.invalid");
    expect(faultOf(await lost.get([CHARGE])).reason).toBe("unresolved");
    lost.close();
  });

  test("closing ends a question that is still open", async () => {
    const answer = client.get([CHARGE]);
    client.close();
    expect(faultOf(await answer).reason).toBe("adapterMissing");
    expect(faultOf(await client.get([CHARGE])).reason).toBe("adapterMissing");
  });
});
