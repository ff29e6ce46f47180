import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import { BENT, eventOf } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import { basicAuthorization, JsonClient } from "../http-json.ts";
import type { Trust } from "../trust.ts";
import { type Alert, type AlertStyle, type AlertTime, ToldAlerts } from "./alertmanager-alerts.ts";

const BEAT_EVERY_MS = 60_000;

export interface AlertmanagerOptions extends AlertStyle, Trust {
  /** All replicas: they tell each other what they sent, not what they heard. */
  readonly urls: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** Prometheus Alertmanager, API v2: what is not told again is over for it, so everything that holds is told again every minute. */
export function alertmanagerDialect(options: AlertmanagerOptions): Dialect {
  const { clock } = options;
  const told = new ToldAlerts(options);
  const replicas = options.urls.map((url) => replicaAt(url, options));
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      const alerts = told.take(event, timeOf(clock));
      // One that is down must not hold up what the others can tell on; it hears all of it with a later beat.
      return firstYes(replicas.map((replica) => replica.tell(alerts, signal)));
    },
    heartbeat: {
      everyMs: BEAT_EVERY_MS,
      async beat({ live }, signal) {
        const alerts = told.beat(live, timeOf(clock));
        const outcomes = await Promise.all(replicas.map(async (replica) => [replica.host, await replica.tellAll(alerts, signal)] as const));
        return together(outcomes);
      },
    },
    close: () => {
      for (const replica of replicas) replica.close();
    },
  };
}

interface Replica {
  readonly host: string;
  tell(alerts: readonly Alert[], signal: AbortSignal): Promise<SendOutcome>;
  /** What is told after it arrives after it. */
  tellAll(alerts: readonly Alert[], signal: AbortSignal): Promise<SendOutcome>;
  close(): void;
}

function replicaAt(url: string, options: AlertmanagerOptions): Replica {
  const { user, password, token } = options;
  const authorization = token !== undefined ? `Bearer ${token}` : user !== undefined ? basicAuthorization(user, password) : null;
  const headers: Readonly<Record<string, string>> = authorization === null ? {} : { authorization };
  const json = new JsonClient({
    ...{ ...options, name: "Alertmanager", url, headers },
    secrets: [token, password, authorization ?? undefined],
  });
  const address = `${url.replace(/\/+$/, "")}/api/v2/alerts`;
  let beating: Promise<unknown> = Promise.resolve();
  const post = async (alerts: readonly Alert[], signal: AbortSignal): Promise<SendOutcome> => {
    const answer = await json.ask("POST", address, alerts, z.unknown(), signal);
    return answer.ok ? { outcome: "accepted", answer: "HTTP 200", ticket: null, ticketUrl: null } : answer.outcome;
  };
  return {
    host: new URL(url).host,
    async tell(alerts, signal) {
      await beating;
      return post(alerts, signal);
    },
    tellAll(alerts, signal) {
      const posting = post(alerts, signal);
      beating = posting;
      return posting;
    },
    close: () => json.close(),
  };
}

function timeOf(clock: Clock): AlertTime {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), isTrusted: clock.wallTrusted() };
}

async function firstYes(telling: readonly Promise<SendOutcome>[]): Promise<SendOutcome> {
  const yes = telling.map(async (one) => {
    const outcome = await one;
    return outcome.outcome === "accepted" ? outcome : Promise.reject(new Error(outcome.answer));
  });
  // All have said no: then none of them is awaited in vain.
  return Promise.any(yes).catch(async () => worthRetrying(await Promise.all(telling)));
}

/** Of several noes: one that may become a yes, with the longest pause that was asked for. */
function worthRetrying(noes: readonly SendOutcome[]): SendOutcome {
  const later = noes.flatMap((no) => (no.outcome === "unavailable" ? [no] : []));
  const [first] = later;
  if (first === undefined) return noes[0] ?? { outcome: "refused", answer: "no address" };
  const pauses = later.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return { ...first, retryAfterMs: pauses.length === 0 ? null : Math.max(...pauses) };
}

function together(outcomes: readonly (readonly [host: string, outcome: SendOutcome])[]): SendOutcome {
  const noes = outcomes.filter(([, { outcome }]) => outcome !== "accepted");
  const yes = outcomes.find(([, { outcome }]) => outcome === "accepted")?.[1];
  if (yes === undefined) return worthRetrying(outcomes.map(([, outcome]) => outcome));
  return noes.length === 0 ? yes : { ...yes, answer: noes.map(([host, { answer }]) => `${host}: ${answer}`).join("; ") };
}
