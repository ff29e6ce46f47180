import type { IncidentEvent } from "../../incidents/event.ts";
import { isMailed } from "../act-words.ts";
import { BENT, eventOf, taken } from "../body.ts";
import type { Dialect } from "../dialect.ts";
import type { Places } from "../place.ts";
import { bodyOf, type LetterStyle, titleOf } from "./letter.ts";
import { type Mail, type MailServer, sendMail } from "./smtp.ts";

export interface MailOptions extends MailServer, LetterStyle {
  readonly from: string;
  readonly to: readonly string[];
  readonly places: Places;
}

/** One letter per event; all letters of an incident refer to it, so that a mail program shows them as one thread. */
export function mailDialect(options: MailOptions): Dialect {
  const closed = new AbortController();
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      if (!isMailed(event)) return taken("not mailed");
      return sendMail(options, mailOf(event, { ...options, to: row.to ?? options.to }), AbortSignal.any([signal, closed.signal]));
    },
    close: () => closed.abort(),
  };
}

/** The same letter at every attempt: a mailbox that knows the Message-ID shows it once. */
export function mailOf(event: IncidentEvent, options: Omit<MailOptions, keyof MailServer>): Mail {
  const domain = options.from.slice(options.from.lastIndexOf("@") + 1);
  return {
    from: options.from,
    to: options.to,
    subject: titleOf(event, options.places(event), options),
    text: bodyOf(event, options.places(event), options),
    at: new Date(event.at),
    messageId: `<${event.id}@${domain}>`,
    thread: `<incident.${event.incident}@${domain}>`,
    urgent: event.severity === "critical" && (event.state === "raise" || event.state === "escalate"),
  };
}
