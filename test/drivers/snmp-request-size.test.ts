import { expect, test } from "vitest";
import { element, oidBytes, SEQUENCE } from "../../drivers/snmp/ber.ts";
import { TAG, type Variable } from "../../drivers/snmp/decode.ts";
import { RequestSize } from "../../drivers/snmp/request-size.ts";

/** What fits into one Ethernet frame beside the heads of IP, UDP and SNMPv3. */
const ROOM = 1_250;

test.each([
  { oid: "1.3.6.1.4.1.55555.1.1", text: null },
  { oid: "1.3.6.1.4.1.318.1.1.26.6.3.1.5", text: null },
  { oid: "1.3.6.1.2.1.47.1.1.1.1.2", text: "x".repeat(20) },
])("as many of $oid are asked at once as one datagram has room for, when every number is as long as it can be", ({ oid, text }) => {
  const oids = Array.from({ length: 64 }, (_, column) => `${oid}.${column + 1}`);
  const variables = oids.map((of): Variable => {
    return text === null ? { oid: of, type: TAG.integer, value: 7 } : { oid: of, type: TAG.octetString, value: Buffer.from(text) };
  });
  const size = new RequestSize(null, true);
  for (let pass = 0; pass < 100; pass += 1) size.grows(() => variables);
  const content = text === null ? Buffer.alloc(5, 0xff) : Buffer.from(text);
  const pairs = oids.map((of) =>
    element(SEQUENCE, element(TAG.objectIdentifier, oidBytes(of) as Buffer), element(TAG.octetString, content)),
  );
  const bytesOf = (count: number): number => Buffer.concat(pairs.slice(0, count)).length;
  expect(size.max).toBeLessThan(oids.length);
  expect(bytesOf(size.max)).toBeLessThanOrEqual(ROOM);
  expect(bytesOf(size.max + 1)).toBeGreaterThan(ROOM);
});
