import { startModbusTcp } from "../room/wire/modbus-tcp.ts";
import type { Slave } from "../room/wire/pdu.ts";

// Two probes behind a Modbus TCP gateway at port 1502; the second has no power.
const slave = (silent: boolean): Slave => ({
  read: (table, address, count) => (table === "input" && address + count <= 3 ? [0, 231, 456].slice(address, address + count) : null),
  silent: () => silent,
});
await startModbusTcp(
  1502,
  new Map([
    [1, slave(false)],
    [2, slave(true)],
  ]),
);
