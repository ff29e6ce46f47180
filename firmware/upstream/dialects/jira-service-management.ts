import * as z from "zod";
import type { IncidentEvent } from "../../incidents/event.ts";
import type { Clock } from "../../platform/clock.ts";
import { BENT, eventOf, later, oneLine, taken } from "../body.ts";
import type { Dialect, SendOutcome, ToldAlarm } from "../dialect.ts";
import { type JsonAnswer, JsonClient } from "../http-json.ts";
import type { Places } from "../place.ts";
import { decisionNote } from "../ticket-desk.ts";
import { dedupKey } from "../ticket-mark.ts";
import { bodyOf, type LetterStyle, noteOf, titleOf } from "./letter.ts";

// What the service cuts off by itself, or refuses; where its pages do not say it, the smaller number that is in use.
const MESSAGE_MAX = 130;
const ALIAS_MAX = 255;
const DESCRIPTION_MAX = 15_000;
const ENTITY_MAX = 512;
const SOURCE_MAX = 100;
const NOTE_MAX = 20_000;
const NOTES_LOOKED_AT = 100;
/** A yes means that it was heard, not that it was done: that is asked for, this often and with these pauses. */
const CONFIRM_TRIES = 5;
const CONFIRM_PAUSE_MS = 1_000;
/** Each alert is one question; with more alarms than this the next look goes on with the others. */
const ASKED_PER_LOOK = 40;
/** Who we are there. */
const USER = "Roomward";
const PRIORITY = { critical: "P1", major: "P2", minor: "P3", warning: "P4" } as const;

const heardSchema = z.object({ requestId: z.string().min(1) });
const doneSchema = z.object({ data: z.object({ success: z.boolean(), status: z.string().optional() }) });
const alertSchema = z.object({
  data: z.object({
    tinyId: z.string(),
    status: z.string(),
    acknowledged: z.boolean().optional(),
    priority: z.string().optional(),
    details: z.record(z.string(), z.string()).optional(),
    owner: z.string().optional(),
    report: z.object({ acknowledgedBy: z.string().optional(), closedBy: z.string().optional() }).optional(),
  }),
});
type Shown = z.infer<typeof alertSchema>["data"];
const notesSchema = z.object({ data: z.array(z.object({ note: z.string() })) });

export interface JiraServiceManagementOptions extends LetterStyle {
  /** `/alerts` is below it. */
  readonly url: string;
  readonly apiKey: string;
  readonly teams: readonly string[];
  readonly tags: readonly string[];
  readonly places: Places;
  readonly ca?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly confirmPauseMs?: number;
}

/**
 * Operations of Jira Service Management, and Opsgenie, which speaks the same: one alert per incident, known by its alias. While one is
 * open the service makes no second of the same alias; a closed one stays closed, and the next raise makes another.
 */
export function jiraServiceManagementDialect(options: JiraServiceManagementOptions): Dialect {
  const authorization = `GenieKey ${options.apiKey}`;
  // To be told twice that it is over is a no to the service: nothing goes again before it was looked at.
  const signIn = { headers: { authorization }, secrets: [options.apiKey] };
  const json = new JsonClient({ ...options, ...signIn, name: "an alerts API", keepAlive: false });
  const turns = { decisions: 0, states: 0 };
  const shownOf = async (turn: keyof typeof turns, alarms: readonly ToldAlarm[], signal: AbortSignal): Promise<readonly Found[]> => {
    const from = turns[turn] < alarms.length ? turns[turn] : 0;
    turns[turn] = from + ASKED_PER_LOOK;
    return alertsOf(json, options, alarms.slice(from, from + ASKED_PER_LOOK), signal);
  };
  return {
    async send(row, signal) {
      const event = eventOf(row);
      return event === null ? BENT : new Telling(json, options, event, signal).tell();
    },
    async decisions(alarms, signal) {
      return (await shownOf("decisions", alarms, signal)).flatMap(({ alarm, alert }) => decisionOf(alarm, alert, options.language) ?? []);
    },
    async ticketStates(alarms, signal) {
      return (await shownOf("states", alarms, signal)).map(({ alarm: { incident }, alert: { tinyId, owner, ...alert } }) => {
        const status = alert.status === "open" && alert.acknowledged === true ? "acknowledged" : alert.status;
        return { incident, ticket: tinyId, status, assignee: owner === undefined || owner === "" ? null : owner };
      });
    },
    close: () => json.close(),
  };
}

interface Found {
  readonly alarm: ToldAlarm;
  readonly alert: Shown;
}

/** The last alert of each of these alarms, as far as the service answers. */
async function alertsOf(json: JsonClient, options: JiraServiceManagementOptions, alarms: readonly ToldAlarm[], signal: AbortSignal) {
  const found: Found[] = [];
  for (const alarm of alarms) {
    const answer = await json.ask("GET", addressOf(options.url, dedupKey(alarm.key, ALIAS_MAX)), null, alertSchema, signal);
    if (answer.ok) found.push({ alarm, alert: answer.value.data });
    else if (answer.status !== 404) return found;
  }
  return found;
}

/** Who has acknowledged an alert has taken the alarm; who closed it while the alarm stands has seen it too. What we did ourselves is no news. */
function decisionOf({ key, active }: ToldAlarm, { tinyId, status, acknowledged, owner, report }: Shown, language: "zh" | "en") {
  const isEnded = active && status === "closed";
  if (!isEnded && acknowledged !== true) return null;
  const name = isEnded ? report?.closedBy : report?.acknowledgedBy;
  const by = [name, owner].find((one) => one !== undefined && one !== "") ?? "alerts API";
  return by === USER ? null : { key, by, note: decisionNote(tinyId, isEnded, language) };
}

/** Without `what`: the alert itself. */
function addressOf(url: string, alias: string, what = ""): string {
  return `${alertsAt(url)}/${encodeURIComponent(alias)}${what}?identifierType=alias`;
}

function alertsAt(url: string): string {
  return `${url.replace(/\/+$/, "")}/alerts`;
}

/** One event on its way. */
class Telling {
  readonly #json: JsonClient;
  readonly #options: JiraServiceManagementOptions;
  readonly #event: IncidentEvent;
  readonly #signal: AbortSignal;
  readonly #alerts: string;
  readonly #alias: string;

  constructor(json: JsonClient, options: JiraServiceManagementOptions, event: IncidentEvent, signal: AbortSignal) {
    this.#json = json;
    this.#options = options;
    this.#event = event;
    this.#signal = signal;
    this.#alerts = alertsAt(options.url);
    this.#alias = dedupKey(event.key, ALIAS_MAX);
  }

  async tell(): Promise<SendOutcome> {
    const { state, act } = this.#event;
    const found = await this.#ask("GET", this.#path(""), null, alertSchema);
    if (!found.ok && found.status !== 404) return found.outcome;
    const alert = found.ok && found.value.data.status === "open" ? found.value.data : null;
    if (alert === null) {
      if (state === "clear" || state === "acknowledge" || act !== null) return taken("no open alert");
      return this.#create();
    }
    // The event that opened it, told again because its answer was lost.
    if (alert.details?.["event"] === this.#event.id) return withTicket(taken("created before"), alert.tinyId);
    const note = { source: "Roomward", user: USER, note: this.#note() };
    if (state === "clear") return this.#change("POST", "/close", note, alert.tinyId);
    if (state === "acknowledge" && alert.acknowledged !== true) return this.#change("POST", "/acknowledge", note, alert.tinyId);
    return this.#noteOnce(note, alert);
  }

  /** Its short id is known once it is there; without it the alert is no less told. */
  async #create(): Promise<SendOutcome> {
    const created = await this.#change("POST", "", createdAlert(this.#event, this.#alias, this.#options), null);
    if (created.outcome !== "accepted") return created;
    const found = await this.#ask("GET", this.#path(""), null, alertSchema);
    return withTicket(created, found.ok ? found.value.data.tinyId : null);
  }

  /** What changes while an alert is open is a note on it, and how urgent it is by now. */
  async #noteOnce(note: Readonly<Record<string, string>>, { tinyId, priority: before }: Shown): Promise<SendOutcome> {
    const notes = await this.#ask("GET", `${this.#path("/notes")}&limit=${NOTES_LOOKED_AT}&order=desc`, null, notesSchema);
    if (!notes.ok) return notes.outcome;
    const priority = PRIORITY[this.#event.severity];
    if (this.#event.state === "raise" && before !== priority) {
      const raised = await this.#change("PUT", "/priority", { priority }, tinyId);
      if (raised.outcome !== "accepted") return raised;
    }
    if (notes.value.data.some((one) => one.note.includes(`[${this.#event.id}]`))) return withTicket(taken("noted before"), tinyId);
    return this.#change("POST", "/notes", note, tinyId);
  }

  #note(): string {
    const { title, text } = noteOf(this.#event, this.#options);
    return `${title}\n\n${text}`.slice(0, NOTE_MAX);
  }

  async #change(method: "POST" | "PUT", what: string, content: unknown, tinyId: string | null): Promise<SendOutcome> {
    const heard = await this.#ask(method, what === "" ? this.#alerts : this.#path(what), content, heardSchema);
    return heard.ok ? withTicket(await this.#confirmed(heard.value.requestId), tinyId) : heard.outcome;
  }

  async #confirmed(requestId: string): Promise<SendOutcome> {
    const { clock, confirmPauseMs = CONFIRM_PAUSE_MS } = this.#options;
    for (let n = 0; n < CONFIRM_TRIES && !this.#signal.aborted; n += 1) {
      const done = await this.#ask("GET", `${this.#alerts}/requests/${encodeURIComponent(requestId)}`, null, doneSchema);
      if (done.ok)
        return done.value.data.success ? taken("done") : { outcome: "refused", answer: oneLine(done.value.data.status ?? "", 200) };
      // 404: not looked at yet.
      if (done.status !== 404) return done.outcome;
      await clock.sleep(confirmPauseMs, this.#signal);
    }
    return later("heard, but not done yet");
  }

  #path(what: string): string {
    return addressOf(this.#options.url, this.#alias, what);
  }

  #ask<Value>(method: "GET" | "POST" | "PUT", url: string, content: unknown, schema: z.ZodType<Value>): Promise<JsonAnswer<Value>> {
    return this.#json.ask(method, url, content, schema, this.#signal);
  }
}

function withTicket(outcome: SendOutcome, tinyId: string | null): SendOutcome {
  return outcome.outcome === "accepted" ? { ...outcome, ticket: tinyId } : outcome;
}

export function createdAlert(
  event: IncidentEvent,
  alias: string,
  options: Pick<JiraServiceManagementOptions, "places" | "language" | "timezone" | "teams" | "tags">,
): Readonly<Record<string, unknown>> {
  const { resource, number, value, limit, unit } = event;
  const place = options.places(event);
  const details = {
    event: event.id,
    key: event.key,
    incident: number,
    severity: event.severity,
    value,
    limit,
    unit,
    location: place.location[options.language],
  };
  return {
    message: cut(oneLine(titleOf(event, place, options), MESSAGE_MAX * 2), MESSAGE_MAX),
    alias,
    description: bodyOf(event, place, options).slice(0, DESCRIPTION_MAX),
    priority: PRIORITY[event.severity],
    entity: [resource.site, resource.area, resource.device].join("/").slice(0, ENTITY_MAX),
    source: `Roomward ${resource.site}`.slice(0, SOURCE_MAX),
    tags: options.tags,
    responders: options.teams.map((name) => ({ name, type: "team" })),
    details: Object.fromEntries(
      Object.entries(details).flatMap(([name, said]) => (said === null || said === "" ? [] : [[name, String(said)]])),
    ),
  };
}

/** At most `max` characters as the service counts them, never half of one. */
function cut(text: string, max: number): string {
  return [...text].slice(0, max).join("");
}
