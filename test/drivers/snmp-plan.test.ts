import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutIntoRequests, planDevice, questionsFor, SYS_UP_TIME } from "../../drivers/snmp/plan.ts";
import { follows } from "../../drivers/snmp/rows.ts";
import { snmpProfile } from "../peers/snmp-profiles.ts";

const host = snmpProfile("host/net-snmp-linux");
const rows = { interface: ["eth0", "eth1"], disk: ["/"] };

describe("what a device is asked", () => {
  test("scalars only: no walk, no up time, every point once", () => {
    const plan = planDevice(snmpProfile("ups/ietf-rfc1628"), {});
    const { variables, missingColumns } = questionsFor(plan, new Map());
    expect(plan.wantedRows).toEqual([]);
    expect(missingColumns).toEqual([]);
    expect(variables.map(({ use }) => (use.kind === "value" ? use.column : -1))).toEqual(plan.pointNames.map((_, column) => column));
  });

  test("rows: the up time and the name cells come first, then one variable per column and row", () => {
    const plan = planDevice(host, rows);
    const found = new Map([
      [
        "interface",
        new Map([
          ["eth0", "2"],
          ["eth1", "5"],
        ]),
      ],
      ["disk", new Map([["/", "6"]])],
    ]);
    const { variables } = questionsFor(plan, found);
    expect(variables.slice(0, 4).map(({ oid }) => oid)).toEqual([
      SYS_UP_TIME,
      "1.3.6.1.2.1.31.1.1.1.1.2",
      "1.3.6.1.2.1.31.1.1.1.1.5",
      "1.3.6.1.4.1.2021.9.1.2.6",
    ]);
    const status = plan.pointNames.indexOf("interface.eth1.status");
    expect(variables.find(({ use }) => use.kind === "value" && use.column === status)?.oid).toBe("1.3.6.1.2.1.2.2.1.8.5");
  });

  test("a row that was not found is not asked; its columns are named", () => {
    const plan = planDevice(host, rows);
    const { variables, missingColumns } = questionsFor(plan, new Map([["interface", new Map([["eth0", "2"]])]]));
    expect(missingColumns.map((column) => plan.pointNames[column]?.split(".").slice(0, 2).join("."))).toEqual(
      expect.arrayContaining(["interface.eth1", "disk.root"]),
    );
    expect(variables.length + missingColumns.length).toBe(plan.pointNames.length + 2);
  });

  test("a fallback is asked right after the value it stands in for", () => {
    const plan = planDevice(snmpProfile("ups/apc-powernet"), {});
    const { variables } = questionsFor(plan, new Map());
    const fallbacks = variables.flatMap(({ use }, at) =>
      use.kind === "fallback" ? [{ column: use.column, before: variables[at - 1]?.use }] : [],
    );
    expect(fallbacks.length).toBeGreaterThan(5);
    for (const { column, before } of fallbacks) expect(before).toMatchObject({ kind: "value", column });
  });
});

test("requests carry everything once, in order, none above the limit, none nearly empty", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 300 }), fc.integer({ min: 1, max: 64 }), (items, sizeMax) => {
      const requests = cutIntoRequests(items, sizeMax);
      expect(requests.flat()).toEqual(items);
      expect(requests.length).toBe(Math.ceil(items.length / sizeMax));
      const sizes = requests.map(({ length }) => length);
      if (sizes.length > 0) {
        expect(Math.max(...sizes)).toBeLessThanOrEqual(sizeMax);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("OIDs are ordered by number, not by text, and a longer one follows its prefix", () => {
  expect(follows("1.3.9", "1.3.10")).toBe(true);
  expect(follows("1.3.10", "1.3.9")).toBe(false);
  expect(follows("1.3", "1.3.0")).toBe(true);
  expect(follows("1.3", "1.3")).toBe(false);
});
