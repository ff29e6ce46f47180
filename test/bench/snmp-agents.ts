import { type StubAgent, startStubAgent } from "../peers/snmp-stub.ts";

/** SNMP agents in a process of their own; every answer has other numbers than the one before. Prints its ports, then answers until it is ended. */
const count = Number(process.argv[2]);
const agents: StubAgent[] = [];
for (let n = 0; n < count; n += 1) {
  const agent = await startStubAgent();
  let turn = 0;
  agent.answerWith(({ oids }) => {
    turn += 1;
    return { kind: "response", variables: oids.map((oid, at) => [oid, 2_000 + ((turn + at) % 400)] as const) };
  });
  agents.push(agent);
}
process.on("message", () => {
  const asked = agents.flatMap(({ requests }) => requests);
  process.send?.({ requests: asked.length, values: asked.reduce((sum, { oids }) => sum + oids.length, 0) });
});
process.on("disconnect", () => process.exit());
process.send?.({ ports: agents.map(({ port }) => port) });
