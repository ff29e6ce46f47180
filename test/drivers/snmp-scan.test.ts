import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADDRESSES_MAX, addressesOf, agentHeard, networkScanMs } from "../../drivers/snmp/scan.ts";

const listed = (subnet: string, own: readonly string[] = []): readonly string[] => {
  const found = addressesOf(subnet, own);
  return "addresses" in found ? found.addresses : [found.problem.en];
};

describe("the addresses of a subnet", () => {
  test("are those of its hosts, without network and broadcast, and never the box's own", () => {
    const all = listed("10.2.0.77/24", ["10.2.0.5", "fe80::1"]);
    expect(all).toHaveLength(253);
    expect([all[0], all.at(-1)]).toEqual(["10.2.0.1", "10.2.0.254"]);
    expect(all).not.toContain("10.2.0.5");
  });

  test("are both on a link of two, and one alone is itself", () => {
    expect(listed("10.0.0.0/31")).toEqual(["10.0.0.0", "10.0.0.1"]);
    expect(listed("192.168.1.9")).toEqual(["192.168.1.9"]);
  });

  test("are not more than somebody can have named on purpose", () => {
    expect(listed("10.2.0.0/22")).toHaveLength(ADDRESSES_MAX - 2);
    expect(listed("10.2.0.0/21")[0]).toContain("2048 addresses");
    expect(listed("0.0.0.0/0")[0]).toContain("at most 1024");
  });

  test.each(["10.2.0.0/33", "10.2.0/24", "300.1.1.1", "fd00::/64", "", "10.2.0.0/24; rm"])(
    "%j is refused with what was expected",
    (text) => {
      expect(listed(text)[0]).toContain("expected one such as 10.2.0.0/24");
    },
  );

  test("law: all lie in the subnet, each once", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 22, max: 32 }), (address, prefix) => {
        const all = listed(`${address}/${prefix}`);
        const number = (text: string): number => text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
        const block = 2 ** (32 - prefix);
        expect(new Set(all).size).toBe(all.length);
        expect(all.length).toBe(block > 2 ? block - 2 : block);
        for (const one of all) expect(Math.floor(number(one) / block)).toBe(Math.floor(number(address) / block));
      }),
    );
  });

  test("take a bounded time", () => {
    expect(networkScanMs(ADDRESSES_MAX)).toBeLessThan(120_000);
  });
});

test("a wrong user is an agent all the same, a closed port is a host without one", () => {
  const fault = (reason: "refused" | "timeout" | "garbled", detail: string) => agentHeard({ outcome: "fault", fault: { reason, detail } });
  expect(fault("refused", "10.0.0.1:161: usmStats (check user)").outcome).toBe("refused");
  expect(fault("refused", "10.0.0.1:161: recvmsg ECONNREFUSED").outcome).toBe("closed");
  expect(fault("timeout", "").outcome).toBe("silent");
  expect(fault("garbled", "not SNMP").outcome).toBe("garbled");
  expect(agentHeard({ outcome: "errorStatus", status: 16, name: "authorizationError", oid: null }).outcome).toBe("answered");
});
