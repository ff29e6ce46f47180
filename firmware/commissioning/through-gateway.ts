import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import { type Job, jobReplySchema, jobsReplySchema, type NetworkScanAsk } from "../contract/commissioning.ts";
import { problemSchema } from "../contract/site.ts";
import { gatewayOf } from "../journal/database.ts";
import { addToken, removeToken } from "../people/tokens.ts";
import type { Clock } from "../platform/clock.ts";
import { isLoopback } from "../serve/access.ts";
import { certificateOf } from "../serve/certificate.ts";
import { type HttpSender, httpSender } from "../upstream/http.ts";
import type { BusAsk } from "./ask.ts";

const LOOK_MS = 300;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** A gateway that is busy answers later; one that does not is told. */
const MISSES_MAX = 10;

export interface GatewayTools {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** The account that runs the command: the audit log has it. */
  readonly by: string;
  readonly clock: Clock;
  readonly interrupted: AbortSignal;
  /** After each look; first of all right after the start. */
  readonly tell: (job: Job) => void;
}

/**
 * Has the running gateway do it, as an engineer: who may change its data folder may be one. The token for it is made for this one command
 * and taken back at its end.
 */
export async function askGateway(
  asked: BusAsk | { readonly kind: "network"; readonly ask: NetworkScanAsk },
  tools: GatewayTools,
): Promise<Job | { readonly problem: Words }> {
  const { data, host, port, by, clock, interrupted, tell } = tools;
  if (gatewayOf(data) === null) return { problem: noGatewayWords(data) };
  const name = `roomward ${asked.kind} ${by} ${clock.uuid().slice(0, 8)}`.slice(0, 64);
  const added = await addToken(data, name, "engineer", clock);
  if ("problem" in added) return added;
  const isPlain = isLoopback(host);
  const certificate = isPlain ? null : await certificateOf(data, clock, () => {});
  const url = new URL(`${isPlain ? "http" : "https"}://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`);
  const ca = certificate !== null && "certificate" in certificate ? certificate.certificate : undefined;
  const sender = httpSender({ url, clock, ca, answerBytesMax: ANSWER_BYTES_MAX });
  const call = callerOf(sender, url, added.token);
  try {
    const started = await call("POST", asked.kind === "network" ? "scan/network" : asked.kind, asked.ask, jobReplySchema);
    if ("problem" in started) return started;
    let { job } = started.reply;
    let misses = 0;
    let isCancelled = false;
    while (job.state === "running") {
      tell(job);
      if (interrupted.aborted && !isCancelled) {
        isCancelled = true;
        await call("POST", "cancel", { id: job.id }, z.unknown());
      }
      await clock.sleep(LOOK_MS);
      const looked = await call("GET", "jobs", null, jobsReplySchema);
      if ("problem" in looked) {
        misses += 1;
        if (misses > MISSES_MAX) return looked;
        continue;
      }
      misses = 0;
      const found = looked.reply.jobs.find(({ id }) => id === job.id);
      if (found === undefined) return { problem: forgottenWords() };
      job = found;
    }
    tell(job);
    return job;
  } finally {
    sender.close();
    await removeToken(data, name, clock);
  }
}

type Call = <Reply>(
  method: "GET" | "POST",
  what: string,
  body: unknown,
  schema: z.ZodType<Reply>,
) => Promise<{ readonly reply: Reply } | { readonly problem: Words }>;

function callerOf(sender: HttpSender, base: URL, token: string): Call {
  return async (method, what, body, schema) => {
    const outcome = await sender.ask(
      {
        method,
        url: new URL(`/api/v1/buses/${what}`, base),
        headers: { authorization: `Bearer ${token}`, ...(body === null ? {} : { "content-type": "application/json" }) },
        body: Buffer.from(body === null ? "" : JSON.stringify(body)),
      },
      new AbortController().signal,
    );
    if (outcome.outcome !== "answer")
      return { problem: unreachableWords(base, outcome.outcome === "timeout" ? "timeout" : outcome.detail) };
    if (outcome.status === 204) return { reply: schema.parse(undefined) };
    const answer: unknown = jsonIn(outcome.body);
    const reply = schema.safeParse(answer);
    if (outcome.status === 200 && reply.success) return { reply: reply.data };
    const problem = problemSchema.safeParse(answer);
    return { problem: problem.success ? withFaults(problem.data) : unreachableWords(base, `HTTP ${outcome.status}`) };
  };
}

function withFaults({ message, faults = [] }: z.infer<typeof problemSchema>): Words {
  const each = (tongue: "zh" | "en"): string => faults.map(({ path, expected }) => ` ${path}: ${expected[tongue]}`).join("");
  return { zh: message.zh + each("zh"), en: message.en + each("en") };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function noGatewayWords(data: string): Words {
  return {
    zh: `没有网关在用数据目录 ${data}。请去掉 --running 直接使用端口，或用 --data 指明网关的数据目录。`,
    en: `No gateway runs with the data folder ${data}. Leave out --running to use the port directly, or name the gateway's folder with --data.`,
  };
}

function unreachableWords(base: URL, detail: string): Words {
  return {
    zh: `网关在 ${base.origin} 没有应答（${detail}）。请用 --host 和 --port 指明它的地址，与 run 时相同。`,
    en: `The gateway does not answer at ${base.origin} (${detail}). Name its address with --host and --port as for run.`,
  };
}

function forgottenWords(): Words {
  return {
    zh: "网关已重新开始监测，任务没有完成。请重新执行。",
    en: "The gateway has begun anew and the job was not finished. Run the command again.",
  };
}
