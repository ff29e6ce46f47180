import { createHash } from "node:crypto";
import type { IncidentEvent } from "../../incidents/event.ts";
import { BENT, eventOf } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import { type Broker, type MqttLink, openMqttLink, type Publication } from "./mqtt-link.ts";
import { type Readable, telemetryOf } from "./mqtt-telemetry.ts";

/** A broker that was started anew may have forgotten what it retained. */
const REMIND_EVERY_MS = 60_000;

export interface MqttOptions extends Broker {
  /** The first level of every topic. */
  readonly topic: string;
  readonly site: string;
  /** The name of this box. */
  readonly hostname: string;
  /** How often the latest readings are told; absent: never. */
  readonly telemetry?: { readonly everyMs: number; readonly table: Readable } | undefined;
}

/** `topic/site/gateway`, below which everything of this box is. */
type Place = Pick<MqttOptions, "topic" | "site" | "hostname">;

/**
 * Plain JSON over MQTT 5: every event once, the latest of every alarm that is not over as a retained record, whether the box is there,
 * and readings where they are wanted. What is sent is the event as the journal wrote it, the same bytes at every attempt.
 */
export function mqttDialect(options: MqttOptions): Dialect {
  let isNews = true;
  const link = openMqttLink(options, () => ({
    will: statusOf(options, "offline"),
    greet: (say) => {
      isNews = true;
      say(statusOf(options, "online"));
    },
  }));
  const stopTelling = keepTelling(options, link);
  /** Topics that were told of since the last reminder began: it must not bring back what is over. */
  const toldSince = new Set<string>();

  const inOrder = async (publications: readonly Publication[], signal: AbortSignal): Promise<SendOutcome | null> => {
    let last: SendOutcome | null = null;
    for (const publication of publications) {
      last = await link.publish(publication, signal);
      if (last.outcome !== "accepted") return last;
    }
    return last;
  };

  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      const publications = publicationsOf(event, Buffer.from(row.body, "utf8"), options);
      for (const { topic } of publications) toldSince.add(topic);
      return (await inOrder(publications, signal)) ?? BENT;
    },
    heartbeat: {
      everyMs: REMIND_EVERY_MS,
      async beat({ live }, signal) {
        toldSince.clear();
        const status = statusOf(options, "online");
        const wasNews = isNews;
        isNews = false;
        for (const event of wasNews ? live : []) {
          const record = recordOf(event, Buffer.from(JSON.stringify(event), "utf8"), options);
          if (record === null || toldSince.has(record.topic)) continue;
          const outcome = await link.publish(record, signal);
          isNews ||= outcome.outcome !== "accepted";
          if (outcome.outcome !== "accepted") return outcome;
        }
        return link.publish(status, signal);
      },
    },
    close() {
      stopTelling();
      link.close();
    },
  };
}

/** Without a connection nothing is told: readings are of now, or of no use. */
function keepTelling(options: MqttOptions, link: Pick<MqttLink, "isUp" | "say">): () => void {
  const { telemetry, clock } = options;
  if (telemetry === undefined) return () => undefined;
  return clock.every(telemetry.everyMs, () => {
    if (!link.isUp()) return;
    const now = { atMs: clock.wallMs(), isTrusted: clock.wallTrusted() };
    for (const publication of telemetryOf(telemetry.table, below(options), now)) link.say(publication);
  });
}

/** The record first: whoever hears the event finds it. */
export function publicationsOf(event: IncidentEvent, body: Buffer, place: Place): readonly Publication[] {
  const record = recordOf(event, body, place);
  return [...(record === null ? [] : [record]), { topic: `${below(place)}/event`, payload: body, qos: 1, retain: false }];
}

/** Under the key of the alarm; empty when it is over, which makes the broker forget it. Null: what is told now changes nothing of it. */
function recordOf({ key, state, clearedAt }: IncidentEvent, body: Buffer, place: Place): Publication | null {
  const topic = `${below(place)}/alarm/${keyHash(key)}`;
  if (state === "clear") return { topic, payload: Buffer.alloc(0), qos: 1, retain: true };
  // People write notes to what has been over for long.
  return clearedAt === null ? { topic, payload: body, qos: 1, retain: true } : null;
}

/** A key has slashes, which are levels of a topic. */
export function keyHash(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}

export function statusOf(place: Place, status: "online" | "offline"): Publication {
  return { topic: `${below(place)}/status`, payload: Buffer.from(status), qos: 1, retain: true };
}

function below({ topic, site, hostname }: Place): string {
  return [topic, site, hostname.replaceAll(/[^\w.-]/g, "-")].join("/");
}
