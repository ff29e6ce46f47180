import type { IncidentEvent } from "../../incidents/event.ts";
import type { Clock } from "../../platform/clock.ts";
import { VERSION } from "../../version.ts";
import { BENT, eventOf, later, oneLine, taken } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import { type HttpSender, httpSender } from "../http.ts";
import { hiddenIn, secretsIn, verdictOf } from "../http-verdict.ts";
import { begins } from "../ticket-desk.ts";
import type { Trust } from "../trust.ts";
import { xmlTexts } from "../xml.ts";
import { type BEdition, invoked, login, passwordDigest, sendAlarm } from "./b-interface-message.ts";

/** What China Mobile's edition gives an answer. */
const TIMEOUT_MS = 30_000;
const ANSWER_MAX = 200;
const SUCCESS = "1";

export interface BInterfaceOptions extends BEdition, Trust {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly address: string;
  readonly mac: string;
  readonly namespace: string;
  readonly parameter: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/**
 * The B interface (B 接口) between a field supervision unit, which this box is, and a supervision centre: an incident's begin and end as
 * SEND_ALARM. The centre pairs them by FSUID and SerialNo, so that what is told twice is one alarm. It is asked nothing, and asks nothing.
 */
export function bInterfaceDialect(options: BInterfaceOptions): Dialect {
  const { url, user, timeoutMs = TIMEOUT_MS } = options;
  const http = httpSender({ ...options, url: new URL(url), timeoutMs });
  /** Of those who send at the same time one registers for all. */
  let registration: Promise<SendOutcome> | null = null;
  const registered = async (signal: AbortSignal): Promise<SendOutcome> => {
    if (user === undefined) return taken("no registration");
    registration ??= register(http, options, signal);
    const mine = registration;
    const answer = await mine;
    if (answer.outcome !== "accepted" && registration === mine) registration = null;
    return answer;
  };
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      if (!isAlarmTold(event)) return taken("the B interface knows begin and end alone");
      const message = sendAlarm(event, options);
      const first = await registered(signal);
      if (first.outcome !== "accepted") return first;
      const before = registration;
      const told = await invoke(http, message, options, signal);
      if (told.outcome !== "refused" || user === undefined) return told;
      // A centre that was restarted knows no unit that had registered before.
      if (registration === before) registration = null;
      const again = await registered(signal);
      return again.outcome === "accepted" ? invoke(http, message, options, signal) : again;
    },
    close: http.close,
  };
}

async function register(http: HttpSender, options: BInterfaceOptions, signal: AbortSignal): Promise<SendOutcome> {
  const message = login({ ...options, user: options.user ?? "", password: options.password ?? "", version: VERSION });
  const answer = await invoke(http, message, options, signal);
  // Whose registration is refused has not been told of any alarm: the alarm waits.
  return answer.outcome === "refused" ? later(oneLine(`LOGIN: ${answer.answer}`, ANSWER_MAX)) : answer;
}

async function invoke(http: HttpSender, message: string, options: BInterfaceOptions, signal: AbortSignal): Promise<SendOutcome> {
  const headers = { "content-type": "text/xml; charset=utf-8", soapaction: '""', "user-agent": "Roomward" };
  const reply = await http.post(headers, Buffer.from(invoked(message, options), "utf8"), signal);
  const verdict = verdictOf(reply, options.clock.wallMs());
  return hidden(verdict.outcome === "accepted" && reply.outcome === "answer" ? resultIn(reply.body) : verdict, options);
}

/** A centre may say back what it does not like. */
function hidden(outcome: SendOutcome, { url, password = "" }: BInterfaceOptions): SendOutcome {
  return hiddenIn(outcome, [...secretsIn(url), ...(password === "" ? [] : [password, passwordDigest(password)])]);
}

/** The answer is the text of the one result of the operation, whatever it is called. */
function resultIn(envelope: string): SendOutcome {
  const { invokeReturn, return: returned, out } = xmlTexts(envelope, ["invokeReturn", "return", "out"]);
  const { Name, Result, FailureCause } = xmlTexts(invokeReturn ?? returned ?? out ?? envelope, ["Name", "Result", "FailureCause"]);
  if (Name === null || !Name.endsWith("_ACK")) return later(`not a B interface: ${oneLine(envelope, ANSWER_MAX)}`);
  if (Result === SUCCESS) return taken(`${Name} ${Result}`);
  return { outcome: "refused", answer: oneLine(`${Name} ${Result ?? ""}: ${FailureCause ?? ""}`, ANSWER_MAX) };
}

function isAlarmTold(event: IncidentEvent): boolean {
  return event.state === "clear" || begins(event);
}
