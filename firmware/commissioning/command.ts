import type { Words } from "../contract/alarm.ts";
import type { Found, Job, JobResult } from "../contract/commissioning.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { type BusEntry, busEntrySchema } from "../site/schema.ts";
import { type CommissioningValues, numbersIn, parseArguments, type SnmpKeys } from "./arguments.ts";
import { type BusAsk, limitOf } from "./ask.ts";
import type { Outcome } from "./bench.ts";
import { ownAddresses, planNetworkScan, runNetworkScan } from "./network.ts";
import { runAsk } from "./run.ts";
import { foundLine, progressLine, tableOf } from "./table.ts";
import { askGateway } from "./through-gateway.ts";
import { lastsWords, refusals } from "./words.ts";

export interface CommandValues extends CommissioningValues {
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly running: boolean;
  readonly json: boolean;
}

export interface CommandTools {
  readonly clock: Clock;
  readonly by: string;
  readonly keys: SnmpKeys;
  readonly interrupted: AbortSignal;
  /** The site of the file that was named; null: there is none, and why was said. */
  readonly site: () => Site | null;
  /** The answer itself. */
  readonly print: (lines: string) => void;
  /** How far it is, for somebody who looks, or what was found. */
  readonly progress: (line: string, isFound: boolean) => void;
  readonly say: (words: Words) => void;
  readonly fail: (words: Words) => void;
}

/** `roomward scan|identify|read|write`: through the running gateway, or on a port that is free. */
export async function commissioningCommand(
  command: "scan" | "identify" | "read" | "write",
  rest: readonly string[],
  values: CommandValues,
  tools: CommandTools,
): Promise<"done" | "failed" | "usage"> {
  const parsed = parseArguments(command, rest, values, tools.keys);
  if (parsed === "usage") return "usage";
  if ("problems" in parsed) {
    for (const problem of parsed.problems) tools.fail(problem);
    return "usage";
  }
  const asked = "asked" in parsed ? parsed.asked : { kind: "network" as const, ask: parsed.network };
  const outcome = values.running ? await throughGateway(asked, values, tools) : await here(asked, values, tools);
  if (outcome === null) return "usage";
  return shown(outcome, values.json, tools);
}

type Asked = BusAsk | { readonly kind: "network"; readonly ask: Parameters<typeof runNetworkScan>[0] };

async function throughGateway(asked: Asked, { data, host, port }: CommandValues, tools: CommandTools): Promise<Outcome> {
  const { clock, by, interrupted } = tools;
  const watch = watcherOf(tools);
  const job = await askGateway(asked, { data, host, port: Number(port), by, clock, interrupted, tell: (job) => watch(job) });
  if (!("state" in job)) return job;
  if (job.result === null) return { problem: job.problem ?? refusals.ended() };
  return job.problem === null ? { result: job.result } : { result: job.result, problem: job.problem };
}

/** `/dev/ttyUSB0` or `10.0.0.7:502`: a room that has no site file yet. Its line is the first speed and parity that were named. */
function busNamed(name: string, { bauds, parities }: CommandValues): BusEntry | null {
  const [, host, port] = /^([^/\s]+):(\d{1,5})$/.exec(name) ?? [];
  const line = {
    ...(bauds === undefined ? {} : { baudRate: numbersIn(bauds)[0] }),
    ...(parities === undefined ? {} : { parity: parities.split(",")[0] }),
  };
  const entry = name.startsWith("/")
    ? { id: "line", kind: "modbus-rtu", path: name, ...line }
    : host === undefined
      ? null
      : { id: "line", kind: "modbus-tcp", host, port: Number(port) };
  const parsed = busEntrySchema.safeParse(entry);
  return parsed.success ? parsed.data : null;
}

/** Null: there is no such site. */
async function here(asked: Asked, values: CommandValues, tools: CommandTools): Promise<Outcome | null> {
  const { clock, interrupted } = tools;
  const watch = watcherOf(tools);
  if (asked.kind === "network") {
    const own = ownAddresses();
    const planned = planNetworkScan(asked.ask, own);
    if ("problem" in planned) return planned;
    watch({ limitMs: planned.limitMs, progress: null, found: [] });
    const tell = (progress: Job["progress"]): void => watch({ limitMs: planned.limitMs, progress, found: [] });
    return { result: await runNetworkScan(asked.ask, planned.addresses, own, { clock: tools.clock, ends: interrupted, tell }) };
  }
  const named = busNamed(asked.ask.bus, values);
  const site = named === null ? tools.site() : null;
  if (named === null && site === null) return null;
  const bus = named ?? site?.buses.find(({ id }) => id === asked.ask.bus);
  if (bus === undefined) return { problem: refusals.noSuchBus(asked.ask.bus, site?.buses.map(({ id }) => id) ?? []) };
  if (bus.kind === "gpio" || bus.kind === "probe") return { problem: refusals.unfit(asked.kind, bus.kind) };
  const limitMs = limitOf(asked, bus);
  watch({ limitMs, progress: null, found: [] });
  // The limit holds here as it does in the gateway.
  const over = new AbortController();
  const done = new AbortController();
  void clock.sleep(limitMs, done.signal).then(() => over.abort());
  try {
    return await runAsk(asked, {
      ...{ bus, clock, ends: AbortSignal.any([interrupted, over.signal]) },
      known: site?.devices.filter((device) => device.bus === bus.id) ?? [],
      tell: (progress, found) => watch({ limitMs, progress, found }),
      // Nobody keeps a log without a gateway: who is at the rack has given the reason to himself.
      note: async () => true,
    });
  } finally {
    done.abort();
  }
}

/** Says how long it may take before it begins, what is found when it is found, and how far it is. */
function watcherOf({ say, progress }: CommandTools) {
  let isSaid = false;
  let told = 0;
  return (seen: { readonly limitMs: number; readonly progress: Job["progress"] | null; readonly found: readonly Found[] }): void => {
    if (!isSaid) say(lastsWords(seen.limitMs));
    isSaid = true;
    for (const found of seen.found.slice(told)) progress(`+ ${foundLine(found)}`, true);
    told = seen.found.length;
    if (seen.progress !== null && seen.progress.now !== "") progress(progressLine(seen.progress), false);
  };
}

function shown(outcome: Outcome, json: boolean, { print, say, fail }: CommandTools): "done" | "failed" {
  const result = outcome.result ?? null;
  const problem = "problem" in outcome ? outcome.problem : null;
  if (json) print(JSON.stringify({ result, problem }));
  else {
    for (const line of result === null ? [] : tableOf(result)) print(line);
    for (const words of result === null ? [] : wordsOf(result)) say(words);
  }
  if (problem !== null) fail(problem);
  return problem === null ? "done" : "failed";
}

function wordsOf(result: JobResult): readonly Words[] {
  switch (result.kind) {
    case "scan":
      return [
        {
          zh: `问了 ${result.asked} 次，找到 ${result.found.length} 处。`,
          en: `Asked ${result.asked} times, found ${result.found.length}.`,
        },
        ...result.advice,
      ];
    case "network": {
      const own =
        result.own.length === 0
          ? { zh: "", en: "" }
          : { zh: `，未问本机 ${result.own.join("、")}`, en: `, left out this box (${result.own.join(", ")})` };
      return [
        {
          zh: `问了 ${result.asked} 个地址：${result.agents.length} 个 SNMP 代理，${result.closed} 台主机没有代理${own.zh}。`,
          en: `Asked ${result.asked} addresses: ${result.agents.length} SNMP agents, ${result.closed} hosts without one${own.en}.`,
        },
      ];
    }
    case "identify":
      return [result.words, ...(result.candidates[0]?.reasons ?? [])];
    case "write":
      return [
        {
          taken: { zh: "已写入并读回一致。", en: "Written, and read back the same." },
          notTaken: { zh: "读回的值与写入的不同：设备没有接受。", en: "What is read back differs: the device did not take it." },
          unknown: { zh: "写入后无法读回：不知是否已生效。", en: "It cannot be read back: whether it was taken is not known." },
        }[result.verdict],
      ];
    case "registers":
    case "variables":
    case "frame":
      return [];
    default:
      return result satisfies never;
  }
}
