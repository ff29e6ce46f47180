import { ErrorWithReasonCode, MqttClient } from "mqtt";
import type { Clock } from "../../platform/clock.ts";
import { later, oneLine, taken } from "../body.ts";
import type { SendOutcome } from "../dialect.ts";
import { openStream, type Trust, toldOf } from "../trust.ts";

// The one file that speaks MQTT.

const TIMEOUT_MS = 10_000;
const RECONNECT_MS = 5_000;
const KEEPALIVE_S = 30;
/** How long a broker may take to read our farewell. */
const FAREWELL_WITHIN_MS = 2_000;
const ANSWER_MAX = 200;
/** MQTT 5, 3.14.2.1: the broker publishes the will though we leave in order. */
const DISCONNECT_WITH_WILL = 0x04;
/** Of a PUBACK: not authorized, topic name invalid, payload format invalid. Anything else may pass. */
const REFUSALS: ReadonlySet<number> = new Set([0x87, 0x90, 0x99]);

export interface Broker extends Trust {
  readonly host: string;
  readonly port: number;
  /** `tls` sends nothing before the certificate was checked. */
  readonly security: "tls" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly clientId: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly reconnectMs?: number;
}

export interface Publication {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** One connection's part of the play. It is asked anew for every connection: a will may differ from one to the next. */
export interface Attendance {
  readonly will: Publication;
  readonly subscriptions?: readonly string[];
  /** Said before anything else on the new connection. */
  greet(say: (publication: Publication) => void): void;
  heard?(topic: string, payload: Buffer): void;
}

export interface MqttLink {
  /** Resolves in any case; QoS 1 is accepted when the broker has acknowledged it. */
  publish(publication: Publication, signal: AbortSignal): Promise<SendOutcome>;
  /** Once more; accepted when the broker has answered, and thus has read all that was said before. */
  subscribe(topic: string, signal: AbortSignal): Promise<SendOutcome>;
  /** Waits for the first connection; null when there is one, otherwise why not. */
  ready(signal: AbortSignal): Promise<SendOutcome | null>;
  isUp(): boolean;
  /** Without waiting, in the order of the calls; nothing when there is no connection now. */
  say(publication: Publication): void;
  /** The broker is asked to publish the will: gone is gone, in order or not. */
  close(): void;
}

interface Connection {
  readonly client: MqttClient;
  /** Resolves with the reason when it is over. */
  readonly gone: Promise<string>;
  end(reason: string): void;
}

/** A connection that comes back by itself. Nothing is kept from one to the next: what was not acknowledged goes again from the outbox. */
export function openMqttLink(broker: Broker, attend: () => Attendance | Promise<Attendance>): MqttLink {
  const { clock, timeoutMs = TIMEOUT_MS, reconnectMs = RECONNECT_MS } = broker;
  const closed = new AbortController();
  const first = Promise.withResolvers<Connection | string>();
  /** The connection, or why there is none; pending until the first attempt has come to something. */
  let standing = first.promise;
  let present: Connection | null = null;
  const settle = (now: Connection | string): void => {
    present = typeof now === "string" ? null : now;
    first.resolve(now);
    standing = Promise.resolve(now);
  };

  const run = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const attendance = await attend();
      if (closed.signal.aborted) break;
      const connection = dial(broker, attendance, () => settle(connection));
      const leave = (): void => takeLeave(connection, clock);
      closed.signal.addEventListener("abort", leave, { once: true });
      settle(await connection.gone);
      closed.signal.removeEventListener("abort", leave);
      // Not all boxes at once, when it is the broker that was away.
      await clock.sleep(Math.round(reconnectMs * (0.5 + clock.random())), closed.signal);
    }
    settle("stopped");
  };
  void run();

  /** What comes of work on the connection, in time; a broker that is silent is left. */
  const inTime = async (signal: AbortSignal, work: (connection: Connection) => Promise<SendOutcome>): Promise<SendOutcome> => {
    const done = new AbortController();
    const limit = AbortSignal.any([signal, done.signal]);
    const late = clock.sleep(timeoutMs, limit).then((): SendOutcome | null => (signal.aborted ? later("stopped") : null));
    const told = standing.then((now) =>
      typeof now === "string" ? later(`no connection: ${now}`) : Promise.race([work(now), now.gone.then((reason) => later(reason))]),
    );
    const outcome = await Promise.race([late, told]);
    done.abort();
    if (outcome !== null) return outcome;
    // What the broker may still have of it must not arrive after what is told next.
    present?.end(`silent for ${timeoutMs} ms`);
    return later(`not acknowledged in ${timeoutMs} ms`);
  };

  return {
    publish: (publication, signal) => inTime(signal, ({ client }) => deliver(client, publication)),
    subscribe: (topic, signal) =>
      inTime(signal, ({ client }) => client.subscribeAsync(topic, { qos: 1 }).then(() => taken("answered by the broker"), judge)),
    async ready(signal) {
      const outcome = await inTime(signal, async () => taken("connected"));
      return outcome.outcome === "accepted" ? null : outcome;
    },
    isUp: () => present !== null,
    say(publication) {
      if (present !== null) sayOn(present.client, publication);
    },
    close: () => closed.abort(),
  };
}

function dial(broker: Broker, attendance: Attendance, onConnected: () => void): Connection {
  const { security, user, password, clientId, timeoutMs = TIMEOUT_MS } = broker;
  const { will, subscriptions = [] } = attendance;
  const open = () => {
    const stream = openStream({ ...broker, tls: security === "tls" });
    // The package tells some of a stream's errors alone.
    stream.on("error", (error) => end(client.connected ? brokenWords(error) : wordsOf(error)));
    return stream;
  };
  const client = new MqttClient(open, {
    protocolVersion: 5,
    clientId,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: timeoutMs,
    reconnectPeriod: 0,
    will: { topic: will.topic, payload: will.payload, qos: will.qos, retain: will.retain },
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
  });
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  const end = (reason: string): void => {
    resolve(reason);
    client.end(true);
  };
  client.on("error", (error) => end(client.connected ? brokenWords(error) : wordsOf(error)));
  client.on("disconnect", ({ reasonCode }) => end(`the broker ended the connection (reason code ${reasonCode ?? 0})`));
  client.on("close", () => end("the connection was closed"));
  client.on("message", (topic, payload) => attendance.heard?.(topic, payload));
  client.on("connect", () => {
    for (const topic of subscriptions) client.subscribe(topic, { qos: 1 }, (error) => error !== null && end(wordsOf(error)));
    attendance.greet((publication) => sayOn(client, publication));
    onConnected();
  });
  return { client, gone, end };
}

function sayOn(client: MqttClient, { topic, payload, qos, retain }: Publication): void {
  // What does not arrive is told again on the next connection.
  client.publish(topic, payload, { qos, retain }, () => undefined);
}

function deliver(client: MqttClient, { topic, payload, qos, retain }: Publication): Promise<SendOutcome> {
  return client.publishAsync(topic, payload, { qos, retain }).then(() => taken("acknowledged by the broker"), judge);
}

function judge(error: unknown): SendOutcome {
  if (!(error instanceof ErrorWithReasonCode)) return later(brokenWords(error));
  const answer = wordsOf(error);
  return REFUSALS.has(error.code) ? { outcome: "refused", answer } : later(answer);
}

function takeLeave({ client, end }: Connection, clock: Clock): void {
  const done = new AbortController();
  if (!client.connected) {
    end("stopped");
    return;
  }
  client.end(false, { reasonCode: DISCONNECT_WITH_WILL }, () => {
    done.abort();
    end("stopped");
  });
  void clock.sleep(FAREWELL_WITHIN_MS, done.signal).then(() => end("stopped"));
}

/** Of a connection that stood: what the system says of its end, `EPIPE`, tells a person nothing. */
function brokenWords(error: unknown): string {
  return `the connection broke: ${wordsOf(error)}`;
}

/** The broker's or the system's words; they never contain the password. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error), ANSWER_MAX);
  const told = toldOf(error);
  if (told !== null) return told;
  const code = "code" in error && typeof error.code === "string" && !error.message.includes(error.code) ? `${error.code}: ` : "";
  return oneLine(`${code}${error.message}`, ANSWER_MAX);
}
