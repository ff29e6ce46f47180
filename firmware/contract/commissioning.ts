import * as z from "zod";
import { wordsSchema } from "./alarm.ts";
import { REASON_MAX } from "./reason.ts";

/** What may be asked of a wire while a room is put into service, and what comes of it. */

export const SCAN_PROTOCOLS = ["modbus", "yd1363", "dlt645-2007", "dlt645-1997", "megatec", "upslink"] as const;
export type ScanProtocol = (typeof SCAN_PROTOCOLS)[number];
export const LINE_BAUDS = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200] as const;
export const LINE_PARITIES = ["none", "even", "odd"] as const;
/** One address is 247 at most on Modbus, 254 on YD/T 1363.3. */
const UNIT_MAX = 254;
const UNITS_MAX = 254;
const VALUES_MAX = 123;
const WALK_MAX = 500;
const FRAME_BYTES_MAX = 512;

const bus = z.string().min(1).describe("id of a bus of the site");
const unit = z.int().min(0).max(255);
const oid = z
  .string()
  .regex(/^1(\.\d+)+$/)
  .describe("an OID in digits, e.g. 1.3.6.1.2.1.1.1.0");
const reason = z.string().trim().min(1).max(REASON_MAX).describe("why: it is written into the audit log");

export const scanAskSchema = z.strictObject({
  bus,
  units: z.array(z.int().min(1).max(UNIT_MAX)).min(1).max(UNITS_MAX).optional().describe("1 to 32 unless said"),
  bauds: z.array(z.literal(LINE_BAUDS)).min(1).optional().describe("of a serial port; the commonest unless said"),
  parities: z.array(z.enum(LINE_PARITIES)).min(1).optional(),
  protocols: z.array(z.enum(SCAN_PROTOCOLS)).min(1).optional(),
});
export type ScanAsk = z.infer<typeof scanAskSchema>;

const snmpAccessSchema = z.discriminatedUnion("version", [
  z.strictObject({ version: z.enum(["1", "2c"]), community: z.string().min(1) }),
  z.strictObject({
    version: z.literal("3"),
    user: z.string().min(1),
    level: z.enum(["noAuthNoPriv", "authNoPriv", "authPriv"]),
    authProtocol: z.enum(["md5", "sha", "sha224", "sha256", "sha384", "sha512"]).default("sha256"),
    authKey: z.string().min(8).optional(),
    privProtocol: z.enum(["des", "aes", "aes256b", "aes256r"]).default("aes"),
    privKey: z.string().min(8).optional(),
  }),
]);

export const networkScanAskSchema = z.strictObject({
  subnet: z.string().min(1).describe("addresses of agents, e.g. `10.2.0.0/24`; at most 1024"),
  port: z.int().min(1).max(65_535).default(161),
  access: snmpAccessSchema,
});
export type NetworkScanAsk = z.infer<typeof networkScanAskSchema>;

export const identifyAskSchema = z.strictObject({ bus, unit: unit.optional().describe("of a Modbus bus") });
export type IdentifyAsk = z.infer<typeof identifyAskSchema>;

export const readAskSchema = z.strictObject({
  bus,
  what: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.enum(["holding", "input", "coil", "discrete"]),
      unit,
      address: z.int().min(0).max(65_535).describe("zero-based, as on the wire"),
      count: z.int().min(1).max(125).default(1),
    }),
    z.strictObject({ kind: z.literal("get"), oid }),
    z.strictObject({ kind: z.literal("walk"), oid, most: z.int().min(1).max(WALK_MAX).default(100) }),
    z.strictObject({
      kind: z.literal("frame"),
      hex: z
        .string()
        .regex(/^\s*([0-9a-fA-F]{2}\s*)+$/)
        .refine((text) => text.replaceAll(/\s/g, "").length <= 2 * FRAME_BYTES_MAX)
        .describe("bytes that are sent as they are, in hexadecimal digits"),
      reason,
    }),
  ]),
});
export type ReadAsk = z.infer<typeof readAskSchema>;

export const writeAskSchema = z.strictObject({
  bus,
  unit: z.int().min(1).max(255),
  table: z.enum(["holding", "coil"]),
  address: z.int().min(0).max(65_535),
  values: z.array(z.int().min(0).max(65_535)).min(1).max(VALUES_MAX).describe("words; of a coil 0 or 1"),
  multiple: z.boolean().default(false).describe("function 16 also for one register: some units know no other"),
  reason,
});
export type WriteAsk = z.infer<typeof writeAskSchema>;

/** Somebody, or something, at one place of a wire. */
export const foundSchema = z.object({
  protocol: z.string(),
  line: z.string().describe("how the line was set, e.g. `9600 8N1`; empty where there is nothing to set"),
  place: z.union([z.number(), z.string()]).nullable().describe("unit, address, or the digits of a meter; null where there is only one"),
  device: z.string().nullable().describe("the device of the site that is there"),
  verdict: z.enum(["answered", "exception", "garbled"]).describe("an exception is an answer: the unit is there"),
  asked: z.number(),
  answered: z.number(),
  exceptions: z.number(),
  garbled: z.number(),
  what: z.string(),
});
export type Found = z.infer<typeof foundSchema>;

/** An SNMP agent at an address that was asked. */
export const agentSchema = z.object({
  address: z.string(),
  verdict: z.enum(["answered", "refused", "garbled"]).describe("refused: SNMP is spoken there, and user or keys are wrong"),
  sysObjectId: z.string(),
  sysDescr: z.string(),
  sysName: z.string(),
  profiles: z.array(z.string()).describe("that claim its sysObjectID, likeliest first"),
  what: z.string(),
});
export type FoundAgent = z.infer<typeof agentSchema>;

export const candidateSchema = z.object({
  profile: z.string(),
  label: wordsSchema,
  confidence: z.number().describe("0 to 100 %"),
  reasons: z.array(wordsSchema),
});
export type Candidate = z.infer<typeof candidateSchema>;

const resultSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("scan"), found: z.array(foundSchema), asked: z.number(), advice: z.array(wordsSchema) }),
  z.object({
    kind: z.literal("network"),
    agents: z.array(agentSchema),
    asked: z.number(),
    closed: z.number().describe("hosts that are there and have no SNMP agent"),
    own: z.array(z.string()).describe("addresses of this box, which were left out"),
  }),
  z.object({
    kind: z.literal("identify"),
    said: z.record(z.string(), z.string()).describe("what the device says of itself"),
    candidates: z.array(candidateSchema),
    verdict: z.enum(["sure", "notSure", "unknown", "silent"]),
    words: wordsSchema,
  }),
  z.object({ kind: z.literal("registers"), table: z.string(), address: z.number(), values: z.array(z.number()) }),
  z.object({
    kind: z.literal("variables"),
    variables: z.array(z.object({ oid: z.string(), type: z.string(), value: z.string(), hex: z.string() })),
    more: z.boolean(),
  }),
  z.object({ kind: z.literal("frame"), sent: z.string(), heard: z.string() }),
  z.object({
    kind: z.literal("write"),
    table: z.string(),
    address: z.number(),
    before: z.array(z.number()).nullable(),
    asked: z.array(z.number()),
    after: z.array(z.number()).nullable(),
    verdict: z.enum(["taken", "notTaken", "unknown"]).describe("judged by what is read back"),
  }),
]);
export type JobResult = z.infer<typeof resultSchema>;

export const jobSchema = z.object({
  id: z.string(),
  bus: z.string().nullable().describe("null: a scan of the network"),
  kind: z.enum(["scan", "network", "identify", "read", "write"]),
  by: z.string(),
  startedAtMs: z.number(),
  state: z.enum(["running", "done", "failed", "cancelled"]),
  limitMs: z.number().describe("it takes no longer than this"),
  progress: z.object({ done: z.number(), total: z.number(), leftMs: z.number().describe("at most"), now: z.string() }),
  found: z.array(foundSchema).describe("of a scan, so far"),
  result: resultSchema.nullable(),
  problem: wordsSchema.nullable().describe("why it failed"),
});
export type Job = z.infer<typeof jobSchema>;

export const jobReplySchema = z.object({ job: jobSchema });
export const jobsReplySchema = z.object({ jobs: z.array(jobSchema).describe("the latest of each bus") });
export const cancelJobSchema = z.strictObject({ id: z.string().min(1) });
