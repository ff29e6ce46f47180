import * as z from "zod";
import { commonField, head, type ProfileFault, pacedFaults, pointsOf } from "../profile-parts.ts";
import { findPoint } from "../vocabulary.ts";

/** How a probe asks: an ICMP echo, a TCP connection (with a first sentence, where the service has one), a web page. */
export const ASKED = ["ping", "tcp", "http", "https"] as const;
export type Asked = (typeof ASKED)[number];

/** What a probe can tell. Only that something is up or down, and why, is known every time; the rest when there was something to measure. */
export const FACTS = ["state", "answer", "milliseconds", "loss", "status", "certificate"] as const;
export type Fact = (typeof FACTS)[number];

const FACTS_OF: Readonly<Record<Asked, readonly Fact[]>> = {
  ping: ["state", "answer", "milliseconds", "loss"],
  tcp: ["state", "answer", "milliseconds"],
  http: ["state", "answer", "milliseconds", "status"],
  https: ["state", "answer", "milliseconds", "status", "certificate"],
};

/** States that the facts need in their points, in the words of the vocabulary. */
export const STATES = ["up", "down"] as const;
/** What came back. All but the first mean that it is down. */
export const ANSWERS = ["expected", "silent", "refused", "unreachable", "closed", "unexpected", "untrusted"] as const;
export type Answer = (typeof ANSWERS)[number];
const STATES_OF: Partial<Readonly<Record<Fact, readonly string[]>>> = { state: STATES, answer: ANSWERS };

/** What is said and heard on a connection: one character is one byte. */
const SENTENCE_MAX = 256;
const bytes = z
  .string()
  .min(1)
  .max(SENTENCE_MAX)
  .refine((text) => [...text].every((sign) => sign.charCodeAt(0) <= 0xff))
  .meta({
    description: `1 to ${SENTENCE_MAX} bytes as characters, others as \`"\\x00"\` in double quotes`,
    zh: `1–${SENTENCE_MAX} 个字节，不可见字节在双引号内写作 \`"\\x00"\``,
  });

const askSchema = z.strictObject({
  what: z.enum(ASKED).meta({ description: `one of ${ASKED.join(", ")}`, zh: `${ASKED.join("、")} 之一` }),
  /** The port that the maker gives; the site may say another one. */
  port: z.int().min(1).max(65_535).meta({ description: "a port number, 1–65535", zh: "端口号 1–65535" }).optional(),
  /** The first sentence of the protocol, where the client speaks first. */
  send: bytes.optional(),
  /** What a living service answers begin with, one of them; `?` stands for any byte. */
  expect: z
    .array(bytes)
    .min(1)
    .max(8)
    .meta({ description: "1 to 8 beginnings of a right answer, `?` for any byte", zh: "1–8 个正确应答的开头，`?` 为任意字节" })
    .optional(),
});
export type ProbeAsk = z.infer<typeof askSchema>;

export const probeFieldSchema = z.strictObject({
  tells: z.enum(FACTS).meta({ description: `one of ${FACTS.join(", ")}`, zh: `${FACTS.join("、")} 之一` }),
  ...commonField,
});
export type ProbeField = z.infer<typeof probeFieldSchema>;

/** A service that is only asked whether it lives. */
export const probeProfileSchema = z.strictObject({
  protocol: z.literal("probe"),
  ...head,
  ask: askSchema,
  points: pointsOf(probeFieldSchema),
});
export type ProbeProfile = z.infer<typeof probeProfileSchema> & { readonly id: string };

/** What is wrong with a profile's question and with what its points tell of the answer. */
export function probeFaults(ask: ProbeAsk, points: Readonly<Record<string, ProbeField>>): readonly ProfileFault[] {
  const unpaced = pacedFaults(points, {
    zh: "一次探测的各个测点同时得到；间隔请写设备的 `every`",
    en: "one probe brings all of its points at once; the interval is the device's `every`",
  });
  return [...askFaults(ask), ...Object.entries(points).flatMap(([name, { tells }]) => fieldFaults(ask.what, name, tells)), ...unpaced];
}

function askFaults({ what, port, send, expect }: ProbeAsk): readonly ProfileFault[] {
  const faults: ProfileFault[] = [];
  const complain = (key: string, zh: string, en: string): void => {
    faults.push({ path: ["ask", key], message: { zh, en } });
  };
  if (what === "ping" && port !== undefined) complain("port", "ping 没有端口", "a ping has no port");
  for (const [key, said] of Object.entries({ send, expect }))
    if (what !== "tcp" && said !== undefined) complain(key, `只有 tcp 有 ${key}`, `only tcp has ${key}`);
  if (what === "tcp" && send !== undefined && expect === undefined)
    complain("send", "send 需要 expect：否则无法判断应答", "send needs expect, or nobody judges the answer");
  return faults;
}

function fieldFaults(what: Asked, name: string, tells: Fact): readonly ProfileFault[] {
  const path = ["points", name, "tells"];
  const can = FACTS_OF[what];
  if (!can.includes(tells))
    return [{ path, message: { zh: `${what} 只能给出 ${can.join("、")}`, en: `${what} tells ${can.join(", ")} only` } }];
  const definition = findPoint(name);
  if (definition === undefined) return [];
  const needed = STATES_OF[tells];
  const states = definition.kind === "state" ? definition.states.map((word) => word.name) : undefined;
  if (needed === undefined ? states === undefined : states !== undefined && needed.every((state) => states.includes(state))) return [];
  const message =
    needed === undefined
      ? { zh: `${tells} 是数值，${name} 是状态量`, en: `${tells} is a number, ${name} a state` }
      : { zh: `${tells} 需要有状态 ${needed.join("、")} 的测点`, en: `${tells} needs a point with the states ${needed.join(", ")}` };
  return [{ path, message }];
}
