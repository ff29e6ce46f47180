import fc from "fast-check";
import { createSession, ObjectType, type Session, type Varbind, Version1, Version2c } from "net-snmp";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { oidBytes, oidText } from "../../drivers/snmp/ber.ts";
import { TAG, type Variable } from "../../drivers/snmp/decode.ts";
import { GetMessage } from "../../drivers/snmp/get-message.ts";
import type { CommunitySecurity } from "../../drivers/snmp/wire.ts";

/** What net-snmp makes of this chance: a number of four bytes. */
const ID = 50_000_000;
const RESPONSE = 0xa2;
const DAMAGED = 10_000;

/** The package's own session on a socket that is none: what it sends, and what it makes of what it hears. */
class Package {
  readonly session: Session;
  sent: Buffer = Buffer.alloc(0);
  #listener: (bytes: Buffer) => void = () => {};

  constructor({ version, community }: CommunitySecurity) {
    const socket = {
      on: (event: string, listener: (bytes: Buffer) => void) => {
        if (event === "message") this.#listener = listener;
        return socket;
      },
      send: (bytes: Buffer, _from: number, _length: number, _port: number, _host: string, done: (error: null) => void) => {
        this.sent = bytes;
        done(null);
      },
      close: () => {},
      ref: () => {},
      unref: () => {},
    };
    const options = { version: version === "1" ? Version1 : Version2c, timeout: 60_000, dgramModule: { createSocket: () => socket } };
    this.session = createSession("127.0.0.1", community, options as never);
    this.session.on("error", () => {});
  }

  requestFor(oids: readonly string[]): Buffer {
    this.session.get([...oids], () => {});
    return this.sent;
  }

  /** A response with these variables, written by the package; with it the OIDs that it answers. */
  responseWith(cells: readonly Cell[]): { readonly bytes: Buffer; readonly oids: readonly string[] } {
    this.session.inform(
      "1.3.6.1.4.1.32473.1",
      cells.map(([oid, type, value]) => ({ oid, type, value: value as Varbind["value"] })),
      () => {},
    );
    const bytes = Buffer.from(this.sent);
    bytes[pduAt(bytes)] = RESPONSE;
    // An inform begins with the time since start and its own name.
    return { bytes, oids: ["1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.1.1.4.1.0", ...cells.map(([oid]) => oid)] };
  }

  /** What the package reads there as the answer to a question for these variables; null when it takes it for none. */
  read(bytes: Buffer, oids: readonly string[]): readonly Variable[] | null {
    let read: readonly Variable[] | null = null;
    this.session.get([...oids], (error, varbinds) => {
      read = error === null ? ((varbinds ?? null) as Variable[] | null) : null;
    });
    this.#listener(bytes);
    this.session.close();
    return read;
  }
}

/** The PDU stands behind the community. */
const pduAt = (bytes: Buffer): number => bytes.indexOf(V2C.community) + V2C.community.length;

type Cell = readonly [oid: string, type: number, value: unknown];

const arc = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xff_ff_ff_ff }));
const oid = fc.array(arc, { minLength: 1, maxLength: 14 }).map((arcs) => ["1.3", ...arcs].join("."));
const unsigned = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const content: fc.Arbitrary<readonly [type: number, value: unknown]> = fc.oneof(
  fc.tuple(fc.constant(ObjectType.Integer), fc.integer({ min: -0x80_00_00_00, max: 0x7f_ff_ff_ff })),
  fc.tuple(fc.constantFrom(ObjectType.Counter, ObjectType.Gauge, ObjectType.TimeTicks), unsigned),
  fc.tuple(fc.constantFrom(ObjectType.OctetString, ObjectType.Opaque), bytes),
  fc.tuple(
    fc.constant(ObjectType.Counter64),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((array) => Buffer.from(array)),
  ),
  fc.tuple(fc.constant(ObjectType.OID), oid),
  fc.tuple(fc.constant(ObjectType.IpAddress), fc.ipV4()),
  fc.tuple(fc.constantFrom(ObjectType.NoSuchObject, ObjectType.NoSuchInstance, ObjectType.EndOfMibView), fc.constant(null)),
);
const cell: fc.Arbitrary<Cell> = fc.tuple(oid, content).map(([name, [type, value]]) => [name, type, value]);
const cells = fc.array(cell, { minLength: 1, maxLength: 60 });
const security: fc.Arbitrary<CommunitySecurity> = fc.record({
  version: fc.constantFrom("1", "2c"),
  community: fc.string({ unit: "binary", minLength: 1, maxLength: 140 }),
});
const V2C: CommunitySecurity = { version: "2c", community: "public" };

function messageFor(oids: readonly string[], access = V2C): GetMessage {
  const message = GetMessage.of(access, oids);
  if ("notAnOid" in message) throw new Error(message.notAnOid);
  return message;
}

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(ID / 100_000_000);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a question", () => {
  test("is byte for byte what net-snmp would send, whatever is asked of whom", () => {
    fc.assert(
      fc.property(security, fc.array(oid, { minLength: 1, maxLength: 64 }), (access, oids) => {
        expect(messageFor(oids, access).numbered(ID).toString("hex")).toBe(new Package(access).requestFor(oids).toString("hex"));
      }),
    );
  });

  test("that is asked again differs in its number alone", () => {
    const message = messageFor(["1.3.6.1.2.1.1.3.0"]);
    const first = Buffer.from(message.numbered(0x01_02_03_04));
    const again = Buffer.from(message.numbered(0x7f_fe_fd_fc));
    expect(again.length).toBe(first.length);
    expect(again.toString("hex").replace("7ffefdfc", "01020304")).toBe(first.toString("hex"));
  });

  test.each(["", "1", "1.3.x", "1..3", ".1.3", "1.3.-1", "1.3.123456789012"])("for `%s` is none", (text) => {
    expect(GetMessage.of(V2C, ["1.3.6.1", text])).toEqual({ notAnOid: text });
  });

  test("law: an OID is read as it was written", () => {
    fc.assert(
      fc.property(fc.constantFrom("0.0", "0.39", "1.0", "1.3", "2.5", "2.999"), fc.array(arc, { maxLength: 12 }), (head, arcs) => {
        const text = [head, ...arcs].join(".");
        const encoded = oidBytes(text) ?? Buffer.alloc(0);
        expect(oidText(encoded, 0, encoded.length)).toBe(text);
      }),
    );
  });
});

describe("an answer", () => {
  test("is read as net-snmp reads it, every type and length", () => {
    fc.assert(
      fc.property(cells, (content) => {
        const { bytes, oids } = new Package(V2C).responseWith(content);
        const answer = messageFor(oids).answerIn(bytes, ID);
        expect(answer).toEqual({ outcome: "variables", variables: new Package(V2C).read(bytes, oids) });
        expect(
          variablesOf(answer)
            .slice(2)
            .map(({ type, value }) => [type, value]),
        ).toEqual(content.map(([, type, value]) => [type, value]));
      }),
    );
  });

  test("to another question is nothing to this one", () => {
    const { bytes, oids } = new Package(V2C).responseWith([["1.3.6.1", TAG.integer, 5]]);
    expect(messageFor(oids).answerIn(bytes, ID + 1)).toBeNull();
  });

  test("with a large number whose agent forgot the zero in front is the large number", () => {
    const { bytes, oids } = new Package(V2C).responseWith([["1.3.6.1", TAG.gauge32, 0x7f_ff_ff_ff]]);
    bytes[bytes.length - 4] = 0xff;
    expect(variablesOf(messageFor(oids).answerIn(bytes, ID)).at(-1)?.value).toBe(0xff_ff_ff_ff);
  });

  test("whose OID has more bytes than it needs is the same variable", () => {
    const { bytes, oids } = new Package(V2C).responseWith([["1.3.6.300", TAG.integer, 5]]);
    const at = bytes.lastIndexOf(Buffer.from([TAG.objectIdentifier, 4, 0x2b, 6, 0x82, 0x2c]));
    const longer = Buffer.from([TAG.objectIdentifier, 5, 0x2b, 6, 0x80, 0x82, 0x2c]);
    const padded = Buffer.concat([bytes.subarray(0, at), longer, bytes.subarray(at + 6)]);
    // Every sequence around it has one byte more.
    for (const outer of [1, at - 1, pduAt(bytes) + 1, bytes.indexOf(Buffer.from([2, 1, 0, 2, 1, 0, 0x30])) + 7])
      padded[outer] = (padded[outer] ?? 0) + 1;
    expect(variablesOf(messageFor(oids).answerIn(padded, ID)).at(-1)).toEqual({ oid: "1.3.6.300", type: TAG.integer, value: 5 });
  });
});

describe("a damaged answer", () => {
  /** Where bytes are changed, left out or put in. */
  const damage = fc.array(
    fc.record({ at: fc.nat(4_000), byte: fc.integer({ min: 0, max: 255 }), how: fc.constantFrom("change", "drop", "insert", "cut") }),
    { minLength: 1, maxLength: 4 },
  );

  test(`crashes nothing, and is no value that net-snmp would not read there too: ${DAMAGED} of them`, () => {
    let believed = 0;
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), damage, (content, damages) => {
        const { bytes, oids } = new Package(V2C).responseWith(content);
        const damaged = damages.reduce<Buffer>((now, { at, byte, how }) => damagedAt(now, at % (now.length + 1), byte, how), bytes);
        const variables = variablesOf(messageFor(oids).answerIn(damaged, ID));
        if (variables.length === 0) return;
        believed += 1;
        expect(variables.length).toBe(oids.length);
        const read = new Package(V2C).read(damaged, oids);
        // What has no type that SNMP knows, or says that it has no value, carries none.
        if (read === null) expect(variables.filter(({ value }) => value === null).length).toBeGreaterThan(0);
        else expect(variables.map(plain)).toEqual(read.map(plain));
      }),
      { numRuns: DAMAGED },
    );
    // Some damage hits a value, and cannot be seen.
    expect(believed).toBeLessThan(DAMAGED / 2);
  });

  test("whose variables were swapped, doubled or left out is none", () => {
    const { bytes, oids } = new Package(V2C).responseWith([
      ["1.3.6.1.1", TAG.integer, 1],
      ["1.3.6.1.2", TAG.integer, 2],
    ]);
    const [up, name, a = "", b = ""] = oids;
    for (const others of [
      [up, name, b, a],
      [up, name, a, a],
      [up, name, a],
      [up, name, a, b, b],
    ])
      expect(messageFor(others.map(String)).answerIn(bytes, ID)).toMatchObject({ outcome: "fault" });
  });
});

function damagedAt(bytes: Buffer, at: number, byte: number, how: string): Buffer {
  if (how === "cut") return bytes.subarray(0, at);
  const middle = how === "drop" ? [] : [byte];
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), bytes.subarray(how === "insert" ? at : at + 1)]);
}

/** The package writes 2.40 as 3.0: as bytes they are the same. */
function plain({ oid, type, value }: Variable): unknown {
  return [oid, type, type === TAG.objectIdentifier ? oidBytes(String(value))?.toString("hex") : value];
}

function variablesOf(answer: ReturnType<GetMessage["answerIn"]>): readonly Variable[] {
  return answer !== null && answer !== "malformed" && answer.outcome === "variables" ? answer.variables : [];
}
