import fc from "fast-check";
import { expect, test } from "vitest";
import { TAG, type Variable } from "../../drivers/snmp/decode.ts";
import { openRecording, parseSnmprec, snmprecLine } from "../../drivers/snmp/recording.ts";
import { walk } from "../../drivers/snmp/walk.ts";
import type { SnmpClient } from "../../drivers/snmp/wire.ts";

const eightBytes = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const value = fc.oneof(
  fc.integer().map((number) => ({ type: TAG.integer, value: number })),
  fc.nat().map((number) => ({ type: TAG.gauge32, value: number })),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ type: TAG.octetString, value: Buffer.from(bytes) })),
  fc.constant({ type: TAG.objectIdentifier, value: "1.3.6.1.4.1.8072.3.2.10" }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((number) => ({ type: TAG.counter64, value: eightBytes(number) })),
  fc.constant({ type: 64, value: Buffer.from([10, 0, 0, 1]) }),
);
const tree = fc.dictionary(
  fc.array(fc.nat(300), { minLength: 1, maxLength: 6 }).map((arcs) => `1.3.6.1.${arcs.join(".")}`),
  value,
  { minKeys: 1, maxKeys: 60 },
);

async function walked(client: SnmpClient, root: string): Promise<{ variables: Variable[]; end: string | null }> {
  const variables: Variable[] = [];
  for (const walking = walk(client, root); ; ) {
    const step = await walking.next();
    if (step.done === true) return { variables, end: step.value?.detail ?? null };
    variables.push(step.value);
    if (variables.length > 1_000) throw new Error("a walk without an end");
  }
}

test("an agent that was walked and written down is the same agent: every variable, in the order of its tree", async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (content) => {
      const lines = Object.entries(content).map(([oid, content]) => snmprecLine({ oid, ...content }) ?? "");
      const parsed = parseSnmprec(Buffer.from(lines.join("\n"), "latin1"));
      if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
      for (const [oid, { type, value }] of Object.entries(content))
        expect(parsed.recording.variables.get(oid)).toEqual({ oid, type, value });
      const { variables, end } = await walked(openRecording(parsed.recording), "1.3.6.1");
      expect([variables.map(({ oid }) => oid), end]).toEqual([parsed.recording.order, null]);
    }),
  );
});

test("a walk stays below its root, and ends with an agent that leads in circles or falls silent", async () => {
  const at = (...oids: string[]): SnmpClient => ({
    version: "2c",
    get: () => Promise.reject(new Error("not asked")),
    following: async () => ({ outcome: "variables", variables: oids.map((oid) => ({ oid, type: TAG.integer, value: 1 })) }),
    close: () => {},
  });
  const oids = async (client: SnmpClient) => (await walked(client, "1.3.6.1.2")).variables.map(({ oid }) => oid);
  expect(await oids(at("1.3.6.1.2.1", "1.3.6.1.20.1"))).toEqual(["1.3.6.1.2.1"]);
  expect(await oids(at("1.3.6.1.2.5", "1.3.6.1.2.3"))).toEqual(["1.3.6.1.2.5"]);
  expect(await oids(at("1.3.6.1.2.5"))).toEqual(["1.3.6.1.2.5"]);
  expect(await oids(at())).toEqual([]);
  const silent = { ...at(), following: async () => ({ outcome: "fault", fault: { reason: "timeout", detail: "no answer" } }) as const };
  expect(await walked(silent, "1.3.6.1")).toEqual({ variables: [], end: "no answer" });
});
