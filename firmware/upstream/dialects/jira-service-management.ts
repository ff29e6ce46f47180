import type { IncidentEvent } from "../../incidents/event.ts";
import { BENT, eventOf, oneLine, taken } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import type { Places } from "../place.ts";
import { type ComparedDesk, type DeskTicket, deskDecisions, deskTicketStates, type Remark } from "../ticket-desk.ts";
import { dedupKey } from "../ticket-mark.ts";
import { Turns } from "../turns.ts";
import { type Alert, AlertsApi, type AlertsServer } from "./alerts-api.ts";
import { bodyOf, type LetterStyle, noteOf, titleOf } from "./letter.ts";

// What the service cuts off by itself, or refuses; where its pages do not say it, the smaller number that is in use.
const MESSAGE_MAX = 130;
const ALIAS_MAX = 255;
const DESCRIPTION_MAX = 15_000;
const ENTITY_MAX = 512;
const SOURCE_MAX = 100;
const NOTE_MAX = 20_000;
/** Each alert is one question; with more alarms than this the next look goes on with the others. */
const ASKED_PER_LOOK = 40;
/** Who we are there. */
const USER = "Roomward";
const PRIORITY = { critical: "P1", major: "P2", minor: "P3", warning: "P4" } as const;

export interface JiraServiceManagementOptions extends AlertsServer, LetterStyle {
  readonly teams: readonly string[];
  readonly tags: readonly string[];
  readonly places: Places;
}

/**
 * Operations of Jira Service Management, and Opsgenie, which speaks the same: one alert per incident, known by its alias. While one is
 * open the service makes no second of the same alias; a closed one stays closed, and the next raise makes another.
 */
export function jiraServiceManagementDialect(options: JiraServiceManagementOptions): Dialect {
  const api = new AlertsApi(options);
  const desk = deskOf(api, options);
  const decided = new Turns(ASKED_PER_LOOK);
  const stated = new Turns(ASKED_PER_LOOK);
  return {
    async send(row, signal) {
      const event = eventOf(row);
      return event === null ? BENT : new Telling(api, options, event, signal).tell();
    },
    decisions: (alarms, signal) => deskDecisions(desk, decided.next(alarms), options.language, signal),
    ticketStates: (alarms, signal) => deskTicketStates(desk, stated.next(alarms), signal),
    desk,
    close: () => api.close(),
  };
}

function deskOf(api: AlertsApi, options: JiraServiceManagementOptions): ComparedDesk {
  return {
    comparedAtOnce: ASKED_PER_LOOK,
    markOf: aliasOf,
    async find(aliases, signal) {
      const tickets: DeskTicket[] = [];
      for (const alias of aliases) {
        const found = await api.get(alias, signal);
        if (!found.ok) return found;
        if (found.value !== null) tickets.push(ticketOf(alias, found.value));
      }
      return { ok: true, value: tickets };
    },
    holds: ({ mark }, { id }, signal) => api.isNoted(mark, id, signal),
    async change({ mark }, { note, to, event }, signal) {
      const outcome = await api.change(mark, to === "resolved" ? "close" : "notes", noted(note ?? event, options), signal);
      return outcome.outcome === "accepted" ? { ok: true, value: null } : { ok: false, status: null, outcome };
    },
  };
}

/** Who has acknowledged an alert has it, or whose it is by now; what we did ourselves is nobody's. */
function ticketOf(alias: string, { tinyId, status, acknowledged = false, owner = "", report = {} }: Alert): DeskTicket {
  const isClosed = status === "closed";
  const somebody = (name: string | undefined): string | null => (name === undefined || name === "" || name === USER ? null : name);
  return {
    ...{ id: tinyId, number: tinyId, url: null, mark: alias },
    stage: isClosed ? "closed" : acknowledged ? "open" : "new",
    status: !isClosed && acknowledged ? "acknowledged" : status,
    assignee: somebody(owner) ?? somebody(report.acknowledgedBy),
    creator: USER,
    changedBy: somebody(report.closedBy) ?? "alerts API",
  };
}

function aliasOf({ key }: Pick<IncidentEvent, "key">): string {
  return dedupKey(key, ALIAS_MAX);
}

function noted(note: IncidentEvent | Remark, options: JiraServiceManagementOptions): Readonly<Record<string, string>> {
  const { title, text } = noteOf(note, options);
  return { source: USER, user: USER, note: `${title}\n\n${text}`.slice(0, NOTE_MAX) };
}

/** One event on its way. */
class Telling {
  readonly #api: AlertsApi;
  readonly #options: JiraServiceManagementOptions;
  readonly #event: IncidentEvent;
  readonly #signal: AbortSignal;
  readonly #alias: string;

  constructor(api: AlertsApi, options: JiraServiceManagementOptions, event: IncidentEvent, signal: AbortSignal) {
    this.#api = api;
    this.#options = options;
    this.#event = event;
    this.#signal = signal;
    this.#alias = aliasOf(event);
  }

  async tell(): Promise<SendOutcome> {
    const { state, act } = this.#event;
    const found = await this.#api.get(this.#alias, this.#signal);
    if (!found.ok) return found.outcome;
    const alert = found.value;
    if (alert?.status !== "open") {
      if (state === "clear" || state === "acknowledge" || act !== null) return taken("no open alert");
      return this.#create();
    }
    // The event that opened it, told again because its answer was lost.
    if (alert.details?.["event"] === this.#event.id) return withTicket(taken("created before"), alert.tinyId);
    if (state === "clear") return this.#change("close", alert);
    if (state === "acknowledge" && alert.acknowledged !== true) return this.#change("acknowledge", alert);
    return this.#noteOnce(alert);
  }

  /** Its short id is known once it is there; without it the alert is no less told. */
  async #create(): Promise<SendOutcome> {
    const created = await this.#api.create(createdAlert(this.#event, this.#alias, this.#options), this.#signal);
    if (created.outcome !== "accepted") return created;
    const found = await this.#api.get(this.#alias, this.#signal);
    return withTicket(created, found.ok && found.value !== null ? found.value.tinyId : null);
  }

  /** What changes while an alert is open is a note on it, and how urgent it is by now. */
  async #noteOnce(alert: Alert): Promise<SendOutcome> {
    const noted = await this.#api.isNoted(this.#alias, this.#event.id, this.#signal);
    if (!noted.ok) return noted.outcome;
    const priority = PRIORITY[this.#event.severity];
    if (this.#event.state === "raise" && alert.priority !== priority) {
      const raised = await this.#api.change(this.#alias, "priority", { priority }, this.#signal);
      if (raised.outcome !== "accepted") return raised;
    }
    if (noted.value) return withTicket(taken("noted before"), alert.tinyId);
    return this.#change("notes", alert);
  }

  async #change(what: "close" | "acknowledge" | "notes", { tinyId }: Alert): Promise<SendOutcome> {
    return withTicket(await this.#api.change(this.#alias, what, noted(this.#event, this.#options), this.#signal), tinyId);
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
