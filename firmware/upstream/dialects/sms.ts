import { createHash } from "node:crypto";
import type { Pace } from "../../../drivers/driver.ts";
import { type Modem, openModem, type PinMemory } from "../../../drivers/modem/modem.ts";
import { smsParts, submitPdus } from "../../../drivers/modem/pdu.ts";
import type { Words } from "../../contract/alarm.ts";
import type { IncidentEvent } from "../../incidents/event.ts";
import type { OutboxRow } from "../../journal/journal.ts";
import type { Clock } from "../../platform/clock.ts";
import { isMailed } from "../act-words.ts";
import { BENT, eventOf, later, oneLine, taken } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import type { Places } from "../place.ts";
import type { LetterStyle } from "./letter.ts";
import { smsText } from "./sms-text.ts";

/** What is older than a day says nothing new to somebody who had no signal. */
const VALID_DAYS = 1;
const PATIENCE_MS = 30_000;
/** Messages whose recipients have it in part. */
const PARTLY_TOLD_MAX = 64;
const ANSWER_MAX = 200;

export interface SmsOptions extends LetterStyle {
  readonly path: string;
  readonly baudRate: number;
  readonly simPin?: string | undefined;
  readonly to: readonly string[];
  /** Parts of one message at most. */
  readonly segments: number;
  /** Whether phones also ring for what is critical. */
  readonly call: boolean;
  readonly ringMs: number;
  readonly places: Places;
  readonly clock: Clock;
  /** How long to wait for a network. */
  readonly patienceMs?: number;
}

/** Short messages, and calls, through a modem at a serial port. One after the other: a modem has one line. */
export function smsDialect(options: SmsOptions): Dialect {
  const memory: PinMemory = { refused: false };
  /** Who has a message already while others still wait for it, by delivery: an attempt after that tells nobody twice. */
  const told = new Map<string, Set<string>>();
  let before: Promise<unknown> = Promise.resolve();
  const toldOf = (row: OutboxRow): Set<string> => {
    const known = told.get(row.id) ?? new Set<string>();
    told.delete(row.id);
    told.set(row.id, known);
    for (const oldest of told.keys()) if (told.size > PARTLY_TOLD_MAX) told.delete(oldest);
    return known;
  };
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      if (!isMailed(event)) return taken("not told by SMS");
      const sending = before.then(async () => {
        if (signal.aborted) return later("stopped");
        const outcome = await tell(event, toldOf(row), { options, memory, signal });
        if (outcome.outcome !== "unavailable") told.delete(row.id);
        return outcome;
      });
      before = sending.catch(() => undefined);
      return sending;
    },
    close: () => undefined,
  };
}

interface Means {
  readonly options: SmsOptions;
  readonly memory: PinMemory;
  readonly signal: AbortSignal;
}

async function tell(event: IncidentEvent, told: Set<string>, { options, memory, signal }: Means): Promise<SendOutcome> {
  const { language, patienceMs = PATIENCE_MS, simPin } = options;
  const { path, baudRate } = options;
  const opened = await openModem({ path, baudRate, pin: simPin, patienceMs }, memory, stoppable(options.clock, signal));
  if ("trouble" in opened) return later(oneLine(opened.trouble[language], ANSWER_MAX));
  try {
    return await tellAll(opened, event, told, options, signal);
  } finally {
    await opened.close();
  }
}

/** Time that ends with the box: what waits for a network does not hold up its stop. */
function stoppable(clock: Clock, stop: AbortSignal): Pace {
  return {
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal === undefined ? stop : AbortSignal.any([stop, signal])),
  };
}

async function tellAll(
  modem: Modem,
  event: IncidentEvent,
  told: Set<string>,
  options: SmsOptions,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const parts = smsParts(smsText(event, options.places(event), options), options.segments);
  const refused: string[] = [];
  for (const number of options.to) {
    if (told.has(number)) continue;
    const why = await submitAll(modem, number, parts, event);
    if (signal.aborted) return later("stopped");
    if (why?.outcome === "unavailable") return later(oneLine(`${number}: ${why.why[options.language]}`, ANSWER_MAX));
    if (why === null) told.add(number);
    else refused.push(`${number}: ${why.why[options.language]}`);
  }
  if (told.size === 0) return { outcome: "refused", answer: oneLine(refused.join("; "), ANSWER_MAX) };
  const rang = await ringAll(modem, event, [...told], options, signal);
  const sent = options.language === "zh" ? `已发 ${told.size}/${options.to.length}` : `sent to ${told.size} of ${options.to.length}`;
  return taken(oneLine([sent, ...refused, ...rang].join("; "), ANSWER_MAX));
}

type Refusal = { readonly outcome: "refused" | "unavailable"; readonly why: Words };

async function submitAll(modem: Modem, number: string, parts: readonly string[], event: IncidentEvent): Promise<Refusal | null> {
  // The same at every attempt: a phone puts parts of two attempts together.
  const reference = createHash("sha256").update(event.id).digest()[0] ?? 0;
  for (const pdu of submitPdus(number, parts, { reference, validDays: VALID_DAYS })) {
    const submitted = await modem.submit(pdu);
    if (submitted.outcome !== "sent") return submitted;
  }
  return null;
}

/** Whoever sleeps hears a bell, not a message. What comes of a call is told; the message has arrived without it. */
async function ringAll(
  modem: Modem,
  event: IncidentEvent,
  numbers: readonly string[],
  { call, ringMs, language }: SmsOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isLoud = event.severity === "critical" && (event.state === "raise" || event.state === "escalate");
  const rang: string[] = [];
  if (call && isLoud)
    for (const number of numbers) if (!signal.aborted) rang.push(`${number}: ${(await modem.ring(number, ringMs))[language]}`);
  return rang;
}
