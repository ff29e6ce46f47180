import { BerReader, element, oidBytes, oidText, SEQUENCE } from "./ber.ts";
import { TAG, type Variable } from "./decode.ts";
import type { CommunitySecurity, SnmpAnswer } from "./wire.ts";

/** GET with a community, and its response (RFC 1157 section 4.1, RFC 3416 section 3): bytes in and out. Pure. */

const VERSIONS = { "1": 0, "2c": 1 } as const;
const PDU = { getRequest: 0xa0, response: 0xa2 } as const;
const NULL = 5;
const IP_ADDRESS = 64;
const NOTHING = Buffer.from([NULL, 0]);
/** Numbers of questions always have four bytes, so that they can be put into a message that is ready. */
export const ID_MIN = 0x01_00_00_00;
export const ID_MAX = 0x7f_ff_ff_ff;
/** RFC 3416, section 3: error-status. */
const STATUS_NAMES: readonly string[] = [
  ...["NoError", "TooBig", "NoSuchName", "BadValue", "ReadOnly", "GeneralError", "NoAccess", "WrongType", "WrongLength"],
  ...["WrongEncoding", "WrongValue", "NoCreation", "InconsistentValue", "ResourceUnavailable", "CommitFailed", "UndoFailed"],
  ...["AuthorizationError", "NotWritable", "InconsistentName"],
];
const GENERAL_ERROR = 5;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One question that is asked again and again: encoded once, only its number changes. */
export class GetMessage {
  readonly #version: number;
  readonly #community: Buffer;
  readonly #oids: readonly string[];
  readonly #encoded: readonly Buffer[];
  readonly #bytes: Buffer;
  readonly #idAt: number;
  /** Thousands of values a second: objects of their own for each answer would be the most of all garbage. */
  readonly #variables: readonly Writable<Variable>[];
  readonly #answer: SnmpAnswer;

  private constructor({ version, community }: CommunitySecurity, oids: readonly string[], encoded: readonly Buffer[]) {
    this.#version = VERSIONS[version];
    this.#community = Buffer.from(community);
    this.#oids = oids;
    this.#encoded = encoded;
    this.#variables = oids.map((oid) => ({ oid, type: NULL, value: null }));
    this.#answer = { outcome: "variables", variables: this.#variables };
    const id = Buffer.from([TAG.integer, 4, 0, 0, 0, 0]);
    const zero = Buffer.from([TAG.integer, 1, 0]);
    const variables = this.#encoded.map((oid) => element(SEQUENCE, element(TAG.objectIdentifier, oid), NOTHING));
    const behindId = Buffer.concat([zero, zero, element(SEQUENCE, ...variables)]);
    const pdu = element(PDU.getRequest, id, behindId);
    const head = [Buffer.from([TAG.integer, 1, this.#version]), element(TAG.octetString, this.#community)];
    this.#bytes = element(SEQUENCE, ...head, pdu);
    this.#idAt = this.#bytes.length - behindId.length - 4;
  }

  /** The message, or the text among the OIDs that is none. */
  static of(security: CommunitySecurity, oids: readonly string[]): GetMessage | { readonly notAnOid: string } {
    const encoded: Buffer[] = [];
    for (const oid of oids) {
      const bytes = oidBytes(oid);
      if (bytes === null) return { notAnOid: oid };
      encoded.push(bytes);
    }
    return new GetMessage(security, oids, encoded);
  }

  /** The bytes to send, which are good until they are asked for again. */
  numbered(id: number): Buffer {
    this.#bytes.writeInt32BE(id, this.#idAt);
    return this.#bytes;
  }

  /**
   * What a datagram answers to the question `id`: null when it belongs to another one, `malformed` when it cannot be read. Variables are
   * overwritten by the next answer.
   */
  answerIn(datagram: Buffer, id: number): SnmpAnswer | "malformed" | null {
    const reader = new BerReader(datagram);
    if (!reader.nextIs(SEQUENCE, datagram.length)) return "malformed";
    const messageEnd = reader.end;
    reader.enter();
    if (!reader.nextIs(TAG.integer, messageEnd)) return "malformed";
    const version = reader.integer();
    if (!reader.nextIs(TAG.octetString, messageEnd)) return "malformed";
    const isOurs = reader.is(this.#community);
    if (!reader.next(messageEnd)) return "malformed";
    const [pduTag, pduEnd] = [reader.tag, reader.end];
    reader.enter();
    const [answeredId, status, index] = [integerIn(reader, pduEnd), integerIn(reader, pduEnd), integerIn(reader, pduEnd)];
    if (Number.isNaN(answeredId)) return "malformed";
    if (answeredId !== id) return null;
    if (!(status >= 0) || Number.isNaN(index)) return "malformed";
    if (version !== this.#version) return foreign(`asked with version ${this.#version}, answered with ${version}`);
    if (!isOurs) return foreign("answered for another community");
    if (pduTag !== PDU.response) return { outcome: "fault", fault: { reason: "garbled", detail: `no response but PDU ${pduTag}` } };
    if (status > 0) return this.#refused(status, index);
    if (!reader.nextIs(SEQUENCE, pduEnd)) return "malformed";
    const listEnd = reader.end;
    reader.enter();
    return this.#read(reader, listEnd);
  }

  #refused(status: number, index: number): SnmpAnswer {
    const known = STATUS_NAMES[status] === undefined ? GENERAL_ERROR : status;
    return { outcome: "errorStatus", status: known, name: STATUS_NAMES[known] ?? "", oid: this.#oids[index - 1] ?? null };
  }

  #read(reader: BerReader, listEnd: number): SnmpAnswer | "malformed" {
    let count = 0;
    let stray: SnmpAnswer | null = null;
    for (; reader.at < listEnd; count += 1) {
      if (!reader.nextIs(SEQUENCE, listEnd)) return "malformed";
      const variableEnd = reader.end;
      reader.enter();
      if (!reader.nextIs(TAG.objectIdentifier, variableEnd)) return "malformed";
      const expected = this.#encoded[count];
      if (expected !== undefined && !reader.is(expected)) {
        // Some agents write an OID in more bytes than it needs.
        const answered = oidText(reader.bytes, reader.start, reader.end);
        if (answered === null) return "malformed";
        const oid = this.#oids[count] as string;
        if (answered !== oid) stray ??= foreign(`asked ${oid}, answered ${answered}`);
      }
      if (!reader.next(variableEnd) || reader.end !== variableEnd) return "malformed";
      const value = readValue(reader);
      if (value === undefined) return "malformed";
      const variable = this.#variables[count];
      if (variable === undefined) continue;
      variable.type = reader.tag;
      variable.value = value;
    }
    if (count !== this.#oids.length) {
      const detail = `asked for ${this.#oids.length} variables, answered ${count}`;
      return { outcome: "fault", fault: { reason: "short", detail } };
    }
    return stray ?? this.#answer;
  }
}

/** The next element, which must be a whole number; NaN when it is none. */
function integerIn(reader: BerReader, limit: number): number {
  return reader.nextIs(TAG.integer, limit) ? reader.integer() : Number.NaN;
}

/** What stands behind an OID; undefined where it cannot be what its tag says. A type that SNMP does not have carries nothing. */
function readValue(reader: BerReader): number | string | Buffer | null | undefined {
  const { bytes, tag, start, end } = reader;
  switch (tag) {
    case TAG.integer:
      return numberOr(reader.integer());
    case TAG.counter32:
    case TAG.gauge32:
    case TAG.timeTicks: {
      // Agents that forget the zero in front of a large number mean the same number.
      const value = numberOr(reader.integer());
      return value === undefined ? undefined : value >>> 0;
    }
    case TAG.octetString:
    case TAG.opaque:
    case TAG.counter64:
      return bytes.subarray(start, end);
    case TAG.objectIdentifier:
      return oidText(bytes, start, end) ?? undefined;
    case IP_ADDRESS:
      return end - start === 4 ? bytes.subarray(start, end).join(".") : undefined;
    default:
      return null;
  }
}

const numberOr = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

function foreign(detail: string): SnmpAnswer {
  return { outcome: "fault", fault: { reason: "foreign", detail } };
}
