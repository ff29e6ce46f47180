import { openNotifier } from "../../../drivers/snmp/client.ts";
import type { Notification, SnmpAnswer, SnmpWire } from "../../../drivers/snmp/wire.ts";
import { BENT, eventOf, later, taken } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import type { Places } from "../place.ts";
import { heartbeatOf, notificationOf } from "./snmp-notification.ts";

const HEARTBEAT_EVERY_MS = 60_000;

export interface SnmpTrapOptions {
  readonly wire: SnmpWire;
  /** An inform is confirmed by the manager, a trap by nobody. */
  readonly notification: "inform" | "trap";
  readonly places: Places;
}

/** Notifications of our MIB over SNMPv2c or v3. They go one after the other: the manager sees one sender, one sequence. */
export function snmpTrapDialect({ wire, notification, places }: SnmpTrapOptions): Dialect {
  const notifier = openNotifier(wire);
  let before: Promise<unknown> = Promise.resolve();
  const tell = (message: Notification, signal: AbortSignal): Promise<SendOutcome> => {
    const told = before.then(async () => {
      if (signal.aborted) return later("stopped");
      return judge(await (notification === "inform" ? notifier.inform(message) : notifier.trap(message)), notification);
    });
    before = told;
    const stopped = new Promise<SendOutcome>((resolve) => {
      signal.addEventListener("abort", () => resolve(later("stopped")), { once: true });
    });
    return Promise.race([told, stopped]);
  };
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      // A trap says what an alarm is; what people do to the incident has no place in the MIB.
      if (event.act !== null) return taken("acts are not told by SNMP");
      return tell(notificationOf(event, places(event)), signal);
    },
    heartbeat: { everyMs: HEARTBEAT_EVERY_MS, beat: (beat, signal) => tell(heartbeatOf(beat), signal) },
    close: () => notifier.close(),
  };
}

function judge(answer: SnmpAnswer, notification: SnmpTrapOptions["notification"]): SendOutcome {
  if (answer.outcome === "variables") return taken(notification === "inform" ? "confirmed" : "sent; nobody confirms a trap");
  // A manager that knows no such user today may learn it; nothing that it says is about this one message.
  if (answer.outcome === "fault") return later(`${answer.fault.reason}: ${answer.fault.detail}`);
  return later(`the manager answered ${answer.name}`);
}
