import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../../contract/alarm.ts";
import { durableJson, type OnDamage } from "../../platform/durable-json.ts";
import { BENT, eventOf, later, taken } from "../body.ts";
import type { Dialect } from "../dialect.ts";
import { type Broker, openMqttLink } from "./mqtt-link.ts";
import { EdgeNode, type EdgePlace, type LiveTable, nodeDeath, topicOf } from "./sparkplug-node.ts";
import { asksForRebirth } from "./sparkplug-payload.ts";

/** How often the table is looked at for what has changed; what changes more often is told once. */
const LOOK_EVERY_MS = 1_000;
const BIRTHS_COUNT = 256;

const storedSchema = z.object({
  bdSeq: z
    .int()
    .min(0)
    .max(BIRTHS_COUNT - 1),
});

/** What a target that carries values may know of the room, and where it may remember something. */
export interface LiveRoom {
  readonly table: LiveTable;
  readonly dataFolder: string;
  readonly onDamage: OnDamage;
  readonly onTrouble: (words: Words) => void;
}

export interface SparkplugOptions extends Broker, EdgePlace {
  readonly id: string;
  readonly room: LiveRoom;
  readonly lookEveryMs?: number;
}

/** The box as an edge node of Sparkplug B 3.0, its devices with all their points below it, and events of incidents as its own metric. */
export function sparkplugDialect(options: SparkplugOptions): Dialect {
  const { clock, room, lookEveryMs = LOOK_EVERY_MS } = options;
  const commands = topicOf(options, "NCMD", null);
  const nextBdSeq = birthCounter(options);
  let node: EdgeNode | null = null;
  let bornAtMs = 0;
  let isRebirthWanted = false;
  const quality = { qos: 0, retain: false } as const;

  const link = openMqttLink(options, async () => {
    node = null;
    const bdSeq = await nextBdSeq();
    return {
      will: { ...nodeDeath(options, bdSeq, clock.wallMs()), qos: 1, retain: false },
      subscriptions: [commands],
      greet(say) {
        isRebirthWanted = false;
        bornAtMs = clock.wallMs();
        node = new EdgeNode(options, room.table, bdSeq);
        for (const message of node.births(bornAtMs)) say({ ...message, ...quality });
      },
      heard(_topic, payload) {
        isRebirthWanted ||= asksForRebirth(payload);
      },
    };
  });
  const stopLooking = clock.every(lookEveryMs, () => {
    if (node === null || !link.isUp()) return;
    const messages = isRebirthWanted ? node.births(clock.wallMs()) : node.changes(clock.wallMs());
    isRebirthWanted = false;
    for (const message of messages) link.say({ ...message, ...quality });
  });

  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      const trouble = await link.ready(signal);
      if (trouble !== null) return trouble;
      if (node === null || !link.isUp()) return later("no connection");
      const atMs = Date.parse(event.at);
      // The host orders what it missed by its time, and does not take it for what is now.
      const isHistorical = row.attempts > 0 || atMs < bornAtMs;
      link.say({ ...node.event(row.body, atMs, isHistorical, clock.wallMs()), ...quality });
      // Data has QoS 0 by the specification; the broker answers in order, so that this answer says that it has read the data.
      const read = await link.subscribe(commands, signal);
      return read.outcome === "accepted" ? taken(isHistorical ? "read by the broker, as history" : "read by the broker") : read;
    },
    close() {
      stopLooking();
      link.close();
    },
  };
}

/** One more with every CONNECT, also after a restart: a host tells by it which birth a death belongs to. */
function birthCounter({ id, room, clock }: SparkplugOptions): () => Promise<number> {
  const { dataFolder, onDamage, onTrouble } = room;
  const file = durableJson(join(dataFolder, `sparkplug-${id}.json`), storedSchema, { bdSeq: BIRTHS_COUNT - 1 }, clock, { onDamage });
  let last: number | null = null;
  return async () => {
    const stored = last === null ? await file.read() : null;
    if (stored?.outcome === "damaged" && !stored.unreadable) {
      const problem = await file.setAsideLost();
      if (problem !== null) onTrouble(problem);
    }
    last ??= stored?.outcome === "read" ? stored.data.bdSeq : BIRTHS_COUNT - 1;
    last = (last + 1) % BIRTHS_COUNT;
    const bdSeq = last;
    const written = await file.update(() => ({ next: { bdSeq } }));
    // A full disk must not keep the room from being told; it counts on in memory.
    if (written.outcome === "refused") onTrouble(written.problem);
    return bdSeq;
  };
}
