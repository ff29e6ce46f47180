import protobuf from "protobufjs/minimal.js";

// The one file that writes and reads protocol buffers: the payload of Sparkplug B (org.eclipse.tahu.protobuf), by its field numbers.

const { Reader, Writer } = protobuf;

const TYPE = { int32: 3, int64: 4, double: 10, boolean: 11, string: 12 } as const;
const PAYLOAD = { timestamp: 1, metrics: 2, seq: 3 } as const;
const METRIC = {
  name: 1,
  timestamp: 3,
  datatype: 4,
  isHistorical: 5,
  isNull: 7,
  properties: 9,
  long: 11,
  double: 13,
  bool: 14,
  text: 15,
} as const;
const PROPERTIES = { keys: 1, values: 2 } as const;
const PROPERTY = { type: 1, int: 3, text: 8 } as const;
/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

export const REBIRTH = "Node Control/Rebirth";

/** `value` is null where there is none now; its type stays. Properties: whole numbers and texts. */
export interface Metric {
  readonly name: string;
  readonly type: keyof typeof TYPE;
  readonly value: number | boolean | string | null;
  readonly atMs: number;
  readonly isHistorical?: boolean;
  readonly properties?: Readonly<Record<string, number | string>>;
}

/** `seq` is null where the specification has none: in NDEATH. */
export function encodePayload(payload: {
  readonly atMs: number;
  readonly seq: number | null;
  readonly metrics: readonly Metric[];
}): Buffer {
  const writer = Writer.create();
  writer.uint32(tag(PAYLOAD.timestamp, VARINT)).uint64(payload.atMs);
  for (const metric of payload.metrics) writeMetric(writer.uint32(tag(PAYLOAD.metrics, BYTES)).fork(), metric);
  if (payload.seq !== null) writer.uint32(tag(PAYLOAD.seq, VARINT)).uint64(payload.seq);
  return Buffer.from(writer.finish());
}

function writeMetric(writer: protobuf.Writer, { name, type, value, atMs, isHistorical, properties }: Metric): void {
  writer.uint32(tag(METRIC.name, BYTES)).string(name);
  writer.uint32(tag(METRIC.timestamp, VARINT)).uint64(atMs);
  writer.uint32(tag(METRIC.datatype, VARINT)).uint32(TYPE[type]);
  if (isHistorical === true) writer.uint32(tag(METRIC.isHistorical, VARINT)).bool(true);
  if (value === null) writer.uint32(tag(METRIC.isNull, VARINT)).bool(true);
  if (properties !== undefined) writeProperties(writer.uint32(tag(METRIC.properties, BYTES)).fork(), properties);
  if (typeof value === "boolean") writer.uint32(tag(METRIC.bool, VARINT)).bool(value);
  else if (typeof value === "string") writer.uint32(tag(METRIC.text, BYTES)).string(value);
  else if (value !== null && type === "double") writer.uint32(tag(METRIC.double, FIXED64)).double(value);
  else if (value !== null) writer.uint32(tag(METRIC.long, VARINT)).uint64(value);
  writer.ldelim();
}

function writeProperties(writer: protobuf.Writer, properties: Readonly<Record<string, number | string>>): void {
  for (const key of Object.keys(properties)) writer.uint32(tag(PROPERTIES.keys, BYTES)).string(key);
  for (const value of Object.values(properties)) {
    writer.uint32(tag(PROPERTIES.values, BYTES)).fork();
    if (typeof value === "number")
      writer.uint32(tag(PROPERTY.type, VARINT)).uint32(TYPE.int32).uint32(tag(PROPERTY.int, VARINT)).uint32(value);
    else writer.uint32(tag(PROPERTY.type, VARINT)).uint32(TYPE.string).uint32(tag(PROPERTY.text, BYTES)).string(value);
    writer.ldelim();
  }
  writer.ldelim();
}

/** Whether a command asks for all births again. What is no payload asks for nothing. */
export function asksForRebirth(bytes: Uint8Array): boolean {
  try {
    let isAsked = false;
    const reader = Reader.create(bytes);
    eachField(reader, reader.len, (field) => {
      if (field !== PAYLOAD.metrics) return false;
      isAsked = readsRebirth(reader) || isAsked;
      return true;
    });
    return isAsked;
  } catch {
    // Anybody may publish anything there.
    return false;
  }
}

function readsRebirth(reader: protobuf.Reader): boolean {
  let name = "";
  let isTrue = false;
  eachField(reader, reader.uint32() + reader.pos, (field) => {
    if (field === METRIC.name) name = reader.string();
    else if (field === METRIC.bool) isTrue = reader.bool();
    else return false;
    return true;
  });
  return name === REBIRTH && isTrue;
}

function eachField(reader: protobuf.Reader, end: number, read: (field: number) => boolean): void {
  while (reader.pos < end) {
    const key = reader.uint32();
    if (!read(key >>> 3)) reader.skipType(key & 7);
  }
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
