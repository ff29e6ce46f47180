import { type StubAgent, startStubAgent } from "../peers/snmp-stub.ts";

const GET_BULK = 0xa5;

/**
 * SNMP agents in a process of their own; every answer has other numbers than the one before, and a bulk question gets the scalars that stand
 * behind its OID. Tells its ports, then answers until it is ended.
 */
const [count, scalars] = process.argv.slice(2).map(Number) as [number, number];
const agents: StubAgent[] = [];
for (let n = 0; n < count; n += 1) {
  const agent = await startStubAgent();
  let turn = 0;
  agent.answerWith(({ oids, pduTag }) => {
    turn += 1;
    const answered = pduTag === GET_BULK ? Array.from({ length: scalars }, (_, at) => `${oids[0]}.${at + 1}.0`) : oids;
    return { kind: "response", variables: answered.map((oid, at) => [oid, 2_000 + ((turn + at) % 400)] as const) };
  });
  agents.push(agent);
}
process.on("message", () => {
  const asked = agents.flatMap(({ requests }) => requests);
  process.send?.({ requests: asked.length, values: asked.reduce((sum, { oids }) => sum + oids.length, 0) });
});
process.on("disconnect", () => process.exit());
process.send?.({ ports: agents.map(({ port }) => port) });
