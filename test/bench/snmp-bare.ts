import { createSession, type Session, type Varbind, Version2c } from "net-snmp";

/**
 * The least that a program on net-snmp can do: asks agents by GETBULK once a second and keeps the last number of each object. What it costs is
 * the machine's share of what the box costs beside it. Arguments: OID, objects of each agent, ports. Tells its processor time and values.
 */
const [oid = "", objects = "", ...ports] = process.argv.slice(2);
const count = Number(objects);
const kept = new Float64Array(count * ports.length);
let values = 0;

const sessions = ports.map((port): Session => createSession("127.0.0.1", "public", { port: Number(port), version: Version2c, retries: 0 }));
setInterval(() => {
  sessions.forEach((session, agent) => {
    session.getBulk([oid], 0, count, (error, columns) => {
      if (error !== null) throw error;
      const [column = []] = (columns ?? []) as unknown as readonly (readonly Varbind[])[];
      column.forEach(({ value }, at) => {
        kept[agent * count + at] = Number(value);
      });
      values += count;
    });
  });
}, 1_000);

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, values });
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
