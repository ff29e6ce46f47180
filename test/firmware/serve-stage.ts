import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { WebSocket } from "ws";
import { QUALITY } from "../../drivers/reading.ts";
import { openAccess } from "../../firmware/access/open.ts";
import { type CommissioningDesk, type CommissioningParts, openCommissioning } from "../../firmware/commissioning/desk.ts";
import { ConfigurationDesk } from "../../firmware/configuration/desk.ts";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import type { AlarmRecord, Delivery, Words } from "../../firmware/contract/alarm.ts";
import type { ClockQuality, ClockReply, ClockState } from "../../firmware/contract/clock.ts";
import type { BusDoctorView } from "../../firmware/contract/doctor.ts";
import type { ForecastsReply } from "../../firmware/contract/forecast.ts";
import { decodeFrame, type ServerMessage } from "../../firmware/contract/live.ts";
import { ROLES } from "../../firmware/contract/roles.ts";
import type { PointView, Role, SiteView } from "../../firmware/contract/site.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { DutyDesk } from "../../firmware/escalation/duty-desk.ts";
import { ExportFolder } from "../../firmware/exports/folder.ts";
import { HistoryError, type HistoryStore, type SampleSource } from "../../firmware/history/history.ts";
import { type Journal, JournalError } from "../../firmware/journal/journal.ts";
import { MaintenanceDesk } from "../../firmware/maintenance-desk.ts";
import { NOTHING_KEPT } from "../../firmware/outputs/book.ts";
import { OutputDesk } from "../../firmware/outputs/desk.ts";
import type { Act } from "../../firmware/people/act.ts";
import { type AuditDesk, openAuditDesk } from "../../firmware/people/audit-desk.ts";
import { openPeopleDesk, type PeopleDesk } from "../../firmware/people/desk.ts";
import { type Entrance, openEntrance } from "../../firmware/people/entrance.ts";
import { openPasswords } from "../../firmware/people/passwords.ts";
import { openPresence, type Presence } from "../../firmware/people/presence.ts";
import { openSessions } from "../../firmware/people/sessions.ts";
import { openTokenBook } from "../../firmware/people/token-book.ts";
import { addToken } from "../../firmware/people/tokens.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { openPress } from "../../firmware/report/press.ts";
import type { ReviewDesk } from "../../firmware/review/desk.ts";
import type { ReadingSource } from "../../firmware/review/lead.ts";
import { openReview } from "../../firmware/review/open.ts";
import { isLoopback } from "../../firmware/serve/access.ts";
import type { CalmPort } from "../../firmware/serve/calm-routes.ts";
import type { Certificate } from "../../firmware/serve/certificate.ts";
import { Gate } from "../../firmware/serve/gate.ts";
import { startServer } from "../../firmware/serve/http.ts";
import { type LiveHub, openHub } from "../../firmware/serve/hub.ts";
import type { ServePorts } from "../../firmware/serve/ports.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { ruleViews } from "../../firmware/site/rule-view.ts";
import { STORAGE_DEFAULTS } from "../../firmware/site/storage-schema.ts";
import { openStorageDesk } from "../../firmware/storage/desk.ts";
import type { ClockDesk } from "../../firmware/timekeeping/open.ts";
import { openTargetDesk } from "../../firmware/upstream/target-desk.ts";
import { TargetWatch } from "../../firmware/upstream/target-watch.ts";
import { DOOR_SITE } from "./access-site.ts";
import { helpDeskOn } from "./helpdesk-stage.ts";
import { roundsOf } from "./inspection-stage.ts";
import { journalHere } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { scriptedScrape } from "./scripted-scrape.ts";

const SMALL_SITE = `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
`;

/** A room of its own whose rules are told: one with a standard and a schedule. */
const RULED = loadedSite(`site: { id: s, name: S }
areas: [{ id: a, name: A, limits: ashrae-2021-a1 }]
buses: [{ id: b, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-1, area: a, bus: b, unit: 1, profile: sensor/xy-md02 }]
schedules: [{ id: nights, from: "22:00", to: "06:00" }]
rules: [{ points: ["th-1/ambient.humidity"], during: nights, high: { major: 50 } }]
`);

/** A clock that moves only when the test says so. */
class HandClock implements Clock {
  #nowMs = 1_000;
  #timers: { dueMs: number; everyMs: number | null; task: () => void }[] = [];

  monotonicMs = () => this.#nowMs as MonotonicMs;
  wallMs = () => (1_700_000_000_000 + this.#nowMs) as WallMs;
  random = () => 0.5;
  wallTrusted = () => true;
  quality = (): ClockQuality => ({ source: "ntp", errorMs: 3 });
  repeats = () => false;
  uuid = () => systemClock.uuid();

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.push({ dueMs: this.#nowMs + ms, everyMs: null, task: resolve });
    });
  }

  every(ms: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, everyMs: ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#nowMs = next.dueMs;
      if (next.everyMs === null) this.#timers = this.#timers.filter((timer) => timer !== next);
      else next.dueMs += next.everyMs;
      next.task();
      // Pongs and goodbyes travel over real sockets: let them.
      await settle();
    }
    this.#nowMs = untilMs;
  }
}

const HISTORY_USAGE = { bytes: 5, bytesMax: 10, oldestFullRateMs: null, oldestMinuteMs: null, minutesWaiting: 0 };

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for something that real sockets bring about; the limit only ends a hopeless test. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 4_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export interface Stage {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly clock: HandClock;
  readonly hub: LiveHub;
  readonly token: Readonly<Record<Role, string>>;
  readonly points: { readonly values: Float64Array; readonly qualities: Uint8Array; readonly lastGoodWallMs: Float64Array };
  readonly live: { alarms: AlarmRecord[]; deliveries: Record<string, Delivery[]> };
  readonly acknowledged: { by: string; from: string; keys: readonly string[]; note: string }[];
  readonly reported: [where: string, error: unknown][];
  readonly warnings: Words[];
  /** What was written down about people coming and going. */
  readonly notes: Act[];
  readonly entrance: Entrance;
  readonly desk: PeopleDesk;
  readonly presence: Presence;
  readonly audit: AuditDesk;
  readonly gate: Gate;
  readonly configuration: ConfigurationDesk;
  /** Makes the next calls of a port fail. */
  readonly trouble: { health: Error | null; journal: Words | null; reading: Words | null; history: Words | null };
  fetch(path: string, init?: RequestInit & { readonly as?: Role }): Promise<Response>;
  close(): Promise<void>;
}

/** The real server on a free port, in front of a room whose values the test sets. */
export async function openStage(
  options: {
    readonly points?: number;
    readonly dashboardFolder?: string;
    readonly hostNames?: readonly string[];
    readonly certificate?: Certificate;
    readonly allow?: readonly string[];
    readonly isExempt?: (address: string) => boolean;
  } = {},
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "roomward-serve-"));
  const clock = new HandClock();
  const points = room(options.points ?? 8);
  const live: Stage["live"] = { alarms: [alarm("site/room/dev/dev/p0/high")], deliveries: { "incident-1": [delivery()] } };
  const stage = {
    acknowledged: [] as Stage["acknowledged"],
    reported: [] as Stage["reported"],
    warnings: [] as Words[],
    notes: [] as Act[],
  };
  const trouble: Stage["trouble"] = { health: null, journal: null, reading: null, history: null };
  const tokens = openTokenBook(folder, systemClock, (words) => stage.warnings.push(words));
  const sessions = await openSessions(folder, clock, (words) => stage.warnings.push(words));
  const passwords = openPasswords();
  const entrance = openEntrance({ dataFolder: folder, clock, book: tokens, sessions, passwords, note: (act) => stage.notes.push(act) });
  const desk = openPeopleDesk(folder, clock);
  const presence = openPresence({ sessions, entrance, clock, note: (act) => stage.notes.push(act) });
  const gate = new Gate({
    allow: options.allow ?? null,
    clock,
    note: (act) => stage.notes.push(act),
    isExempt: options.isExempt ?? isLoopback,
  });
  const audit = openAuditDesk({
    journal: {
      audit: async (limit, before) => {
        if (trouble.reading !== null) throw new JournalError({ ok: false, reason: "io", message: trouble.reading });
        return before === undefined ? [line()].slice(0, limit) : [];
      },
      auditChoices: async () => ({ by: ["li"], actions: ["user.role"] }),
      auditCheck: async () => ({ ok: true, rows: 1, dropped: 0, head: "00", knowsHead: true }),
    },
    timezone: "Asia/Shanghai",
    clock,
    note: async (act) => {
      if (trouble.journal !== null) return false;
      stage.notes.push(act);
      return true;
    },
  });
  const token = { viewer: "", operator: "", engineer: "", administrator: "", auditor: "" };
  for (const role of ROLES) {
    const added = await addToken(folder, `the ${role}`, role, systemClock);
    if ("problem" in added) throw new Error(added.problem.en);
    token[role] = added.token;
  }
  const hub = openHub(
    {
      version: "0.0.0-test",
      revision: "r1",
      points,
      alarms: () => live.alarms,
      deliveries: () => live.deliveries,
      buses: () => [bus()],
      clock: () => CLOCK_STATE,
      maintenance: () => [],
      stillValid: (id) => entrance.stillValid(id),
    },
    clock,
  );
  const journal = journalHere(join(folder, "journal"));
  const access = await openAccess({
    press: openPress(systemClock),
    ...{ site: DOOR_SITE, dataFolder: folder, journal, live: [], clock: systemClock, alarm: () => undefined },
    onTrouble: (words) => stage.warnings.push(words),
  });
  const configuration = configurationOf(folder);
  const ports = { ...portsOf(points, live, stage.acknowledged, trouble), inspection: roundsOf(journal, clock) };
  const started = await startServer({
    host: "127.0.0.1",
    port: 0,
    hostNames: options.hostNames ?? [],
    dashboardFolder: options.dashboardFolder ?? join(folder, "no-dashboard"),
    certificate: options.certificate ?? null,
    ports,
    entrance,
    people: desk,
    presence,
    audit,
    gate,
    doors: access.desk,
    configuration,
    calm: calmOf(live, journal),
    record: (bus) => (bus === "bus-1" ? Readable.from(["# roomward recording 1\n", "0.000 > 01\n"]) : null),
    commissioning: commissioningOn({
      clock,
      note: async (act) => {
        if (trouble.journal !== null) return false;
        stage.notes.push(act);
        return true;
      },
      report: (where, error) => stage.reported.push([where, error]),
    }),
    incidents: await helpDeskOn(journal, clock),
    assets: { book: ASSETS, today: () => "2026-09-20" },
    onCall: { desk: dutyOf(journal, clock, live), rotas: DUTY_SITE.rotas, timezone: DUTY_SITE.timezone },
    exports: {
      exporter: { folder: new ExportFolder(join(folder, "exports")), makeSheet: async () => ({ names: [] }) },
      note: async (act) => {
        stage.notes.push(act);
        return true;
      },
      wallMs: () => clock.wallMs(),
    },
    outputs: new OutputDesk({
      ...{ site: DOOR_SITE, kept: NOTHING_KEPT, isSigned: false, keep: async () => null, record: async () => null, log: () => {} },
      clock: { ...systemClock, every: () => () => {} },
      room: { alarms: () => [], table: points, atOutput: () => async () => null, outputAlarm: () => {} },
    }),
    targets: openTargetDesk({
      ...{ targets: [{ id: "itsm", kind: "webhook" }], journal, clock, watch: new TargetWatch(clock), resent: () => undefined },
      whileQuiet: (_, work) => work(),
    }),
    storage: openStorageDesk({
      ...{ dataFolder: folder, journal, historyUsage: async () => HISTORY_USAGE, clock, deleted: () => undefined },
      limits: () => STORAGE_DEFAULTS,
      targets: () => [],
      note: async (act) => {
        if (trouble.journal !== null) return false;
        stage.notes.push(act);
        return true;
      },
    }),
    clock: CLOCK_DESK,
    review: reviewOf(journal, trouble, clock),
    metrics: scriptedScrape(loadedSite(SMALL_SITE)).scrape,
    hub,
    report: (where, error) => stage.reported.push([where, error]),
  });
  if ("problem" in started) throw new Error(started.problem.en);
  const { url, port } = started.server;
  return {
    ...{ url, port, folder, clock, hub, token, entrance, desk, presence, audit, gate, configuration, points, live, trouble, ...stage },
    fetch: (path, { as, ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (as !== undefined) headers.set("authorization", `Bearer ${token[as]}`);
      return fetch(url + path, { ...init, headers });
    },
    async close() {
      await started.server.close();
      await access.close();
      await journal.close();
      await sessions.close();
      await passwords.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The real desk over a small site file. */
/** Acts come back as done on what is live; maintenance is the real desk on the stage's site. */
function calmOf(live: { readonly alarms: readonly AlarmRecord[] }, journal: Pick<Journal, "commit">): CalmPort {
  const act = async (keys: readonly string[]) => ({
    done: keys.filter((key) => live.alarms.some((alarm) => alarm.key === key)),
    notFound: keys.filter((key) => live.alarms.every((alarm) => alarm.key !== key)),
    refused: [],
  });
  const site = { areas: [{ id: "room" }], devices: [{ id: "ups-a" }] };
  const maintenance = new MaintenanceDesk({ site, journal, clock: systemClock, windows: [], changed: () => undefined });
  return { shelve: act, unshelve: act, silence: act, maintenance };
}

function configurationOf(folder: string): ConfigurationDesk {
  const siteFile = join(folder, "site.yaml");
  writeFileSync(siteFile, SMALL_SITE);
  const loaded = loadSite(SMALL_SITE);
  if ("problems" in loaded) throw new Error("the small site has problems");
  const running = { text: SMALL_SITE, site: loaded.site, revision: null };
  const store = new ConfigurationStore(siteFile, folder, systemClock);
  return new ConfigurationDesk({ store, siteFile, running: () => running, troubles: () => [], lookAgain: () => {} });
}

/** The real desk over a small site whose history is empty. */
function reviewOf(journal: Journal, trouble: Stage["trouble"], clock: Clock): ReviewDesk {
  const site = loadedSite(SMALL_SITE);
  const history: ReadingSource = {
    async piece({ hour, endHour }) {
      if (trouble.history !== null) throw new HistoryError(trouble.history);
      const none = { full: true, certain: true, series: [] };
      return { fromMs: hour * 3_600_000, toMs: (hour + 1) * 3_600_000, ...none, nextHour: hour + 1 < endHour ? hour + 1 : null };
    },
  };
  return openReview({ site, siteText: SMALL_SITE, journal, history, live: () => [], clock });
}

/** A register without devices: who may come in is the test, not what they find. */
/** Two people in turn, who change at eight and at twenty. */
const DUTY_SITE = loadedSite(`site: { id: demo, name: Demo, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }]
targets: [{ id: post, kind: mail, host: mail.example.com, from: room@example.com, to: [team@example.com] }]
rotas:
  - id: duty
    name: { zh: 值班, en: Duty }
    people: [{ id: wang, name: 王工, phone: "13800000001", mail: wang@example.com }, { id: li, name: 李工, phone: "13800000002" }]
    handOver: { at: ["08:00", "20:00"] }
escalation:
  - { id: all, steps: [{ onCall: [duty], targets: [post] }, { targets: [post] }] }
`);

function dutyOf(journal: Journal, clock: Clock, live: { readonly alarms: readonly AlarmRecord[] }): DutyDesk {
  const { rotas, plans, timezone } = DUTY_SITE;
  const room = { alarms: () => live.alarms, escalations: () => [] };
  return new DutyDesk({ rotas, plans, timezone, journal, clock, room, onTrouble: () => undefined });
}

const ASSETS = {
  list: () => [],
  sheet: () => "",
  change: async () => null,
  importSheet: async () => ({ problems: [], changes: [], rows: 0, preview: "", applied: false }),
};

const FORECASTS: ForecastsReply = {
  watched: 1,
  without: [{ kind: "limit", device: "dev", point: "dev/p1", reason: "swings", text: { zh: "波动", en: "it swings" } }],
  forecasts: [
    {
      ...{ id: "limit dev/p0 high 27", kind: "limit", device: "dev", point: "dev/p0", unit: "°C", value: 25, limit: 27, direction: "high" },
      ...{ severity: "major", madeAtMs: 1_700_000_000_000, inMs: 600_000, earliestMs: 500_000, latestMs: null, confidence: "low" },
      ...{ text: { zh: "约 10 分钟后到达 27 °C", en: "27 °C in 10 min" }, basis: { zh: "走势", en: "trend" } },
      ...{ record: { judged: 0, met: 0, inBand: 0, medianErrorMs: null, largestErrorMs: null }, recordText: null },
    },
  ],
};

function portsOf(
  points: Stage["points"],
  live: Stage["live"],
  acknowledged: Stage["acknowledged"],
  trouble: Stage["trouble"],
): Omit<ServePorts, "inspection"> {
  const site = siteOf(points.values.length);
  const ids = new Set(site.points.map((point) => point.id));
  return {
    site,
    rules: (filter) => ruleViews(RULED, filter),
    pointValues: () =>
      site.points.map((point, number) => {
        const good = points.qualities[number] === QUALITY.good;
        return {
          id: point.id,
          value: good ? (points.values[number] as number) : null,
          state: null,
          unit: "°C",
          quality: good ? "good" : "never",
          readAtMs: null,
        };
      }),
    history(asked) {
      const unknown = asked.filter((id) => !ids.has(id));
      if (unknown.length > 0) return { unknown };
      return { times: [1, 2], series: asked.map((point) => ({ point, values: [20.5, null] })) };
    },
    minutes: minutesOf(trouble),
    alarms: () => live.alarms,
    health() {
      if (trouble.health !== null) throw trouble.health;
      return { status: "ok", version: site.version, uptimeSeconds: 1, points: { fresh: 1, stale: 0, total: 1 }, journal: "ok" };
    },
    forecasts: { reply: () => FORECASTS, record: () => ({ kinds: [], points: [], last: [] }) },
    buses: () => [bus()],
    traps: () => null,
    doctor: () => [DOCTOR],
    async acknowledge(keys, doer, note) {
      if (trouble.journal !== null) return { problem: trouble.journal };
      acknowledged.push({ keys, ...doer, note });
      const known = new Set(live.alarms.map((record) => record.key));
      return {
        acknowledged: keys.filter((key) => known.has(key)),
        notFound: keys.filter((key) => !known.has(key)),
        alreadyAcknowledged: [],
      };
    },
  };
}

/** A history in which every point was 20 °C for one minute. */
function minutesOf(trouble: Stage["trouble"]): HistoryStore & SampleSource {
  const orThrow = <Answer>(answer: Answer): Answer => {
    if (trouble.history !== null) throw new HistoryError(trouble.history);
    return answer;
  };
  return {
    summaries: async (asked, fromMs, toMs) =>
      orThrow(
        asked.map((point) => ({
          ...{ point, min: 20, max: 20, avg: 20, last: 20, minAtMs: fromMs, maxAtMs: fromMs, minutesWithData: 1, minutes: 2 },
          ...{ gaps: [{ fromMs: fromMs + 60_000, toMs }], clockTrusted: true },
        })),
      ),
    async *samples({ points, states, step }) {
      orThrow(null);
      for (let hour = 0; hour < 3; hour += 1)
        yield new TextEncoder().encode(`${hour} ${step},${points.map((_, n) => states[n]?.[1] ?? 20).join(",")}\r\n`);
    },
    trend: async (asked, fromMs, _toMs, columns) =>
      orThrow({
        ...{ fromMs, stepMs: 60_000, steps: Math.min(2, columns), clockTrusted: true, uncertain: [] },
        series: asked.map((point) => ({ point, min: [20, null], max: [20, null], avg: [20, null], last: [20, null] })),
      }),
  };
}

function room(count: number): Stage["points"] {
  return {
    values: Float64Array.from({ length: count }, (_, point) => 20 + point / 8),
    qualities: new Uint8Array(count).fill(QUALITY.good),
    lastGoodWallMs: new Float64Array(count).fill(1_700_000_000_000),
  };
}

const words = (text: string): Words => ({ zh: `中 ${text}`, en: text });

function siteOf(count: number): SiteView {
  return {
    ...{ version: "0.0.0-test", revision: "r1", id: "test", name: words("Test room"), timezone: "Asia/Shanghai", demo: true },
    buses: [{ id: "bus-1", kind: "modbus-tcp", hasLine: true }],
    areas: [{ id: "room", name: words("Room"), parent: null }],
    devices: [
      {
        ...{ id: "dev", name: words("Probe"), class: "sensor", area: "room", bus: "b1", address: "unit 1" },
        ...{ profile: "sensor/x", profileLabel: words("X"), parents: [], periodMs: 1_000 },
      },
    ],
    points: Array.from({ length: count }, (_, point): PointView => {
      const name = `p${point}`;
      return {
        ...{ id: `dev/${name}`, device: "dev", name, kind: "measure", unit: "°C", digits: 1, label: words("Temperature"), optional: false },
        ...{ states: [], limits: [{ type: "high", severity: "major", limit: 27 }] },
      };
    }),
    targets: [{ id: "itsm", kind: "webhook" }],
  };
}

export function alarm(key: string): AlarmRecord {
  return {
    ...{ key, device: "dev", point: "dev/p0", type: "high", severity: "major", state: "B", held: false },
    ...{ text: words("too hot"), action: words("cool it"), value: 30, limit: 27, unit: "°C", minimum: 27.1, maximum: 30 },
    ...{ raisedAtMs: 1, changedAtMs: 2, clearedAtMs: null, raiseCount: 1, incident: "incident-1" },
    acknowledgement: { atMs: 3, by: "the operator", note: "" },
  };
}

export function delivery(): Delivery {
  return {
    id: "e1.itsm",
    target: "itsm",
    event: "raise",
    state: "sent",
    attempts: 1,
    atMs: 5,
    answer: "201",
    ticket: "INC1",
    ticketUrl: null,
  };
}

export const CLOCK_STATE: ClockState = { quality: { source: "ntp", errorMs: 3 }, refusedMs: null, repeats: false };
const CLOCK: ClockReply = {
  ...CLOCK_STATE,
  ...{ nowMs: 5, systemMs: 5, correctionMs: 0, by: "chrony", server: "10.0.0.1", bootId: "boot", uptimeMs: 5, trustedMs: 5, steps: [] },
};
const CLOCK_DESK: ClockDesk = { read: async () => CLOCK, acceptSystem: async () => CLOCK, set: async () => CLOCK };

function line() {
  return {
    ...{ number: 1, atMs: 5, by: "li", from: "10.0.0.7", action: "user.role", subject: "wang", detail: "" },
    ...{ before: "viewer", after: "operator", hash: "00", toldMs: null, boot: 1, uptimeMs: 5, clock: "ntp" as const },
  };
}

/** The bus of the small site, whose wire is free. */
function commissioningOn(parts: Pick<CommissioningParts, "clock" | "note" | "report">): CommissioningDesk {
  const loaded = loadSite(SMALL_SITE);
  if ("problems" in loaded) throw new Error("the small site is wrong");
  return openCommissioning({
    ...{ ...parts, site: loaded.site },
    lend: async (_bus, _to, _limitMs, work) => ({ outcome: "done", result: await work(new AbortController().signal) }),
  });
}

function bus() {
  const heard = { transactions: 5, faults: { timeout: 1 }, lastFault: "", advice: null, devicesBackingOff: [], traps: null, lent: null };
  return { id: "b1", state: "ok" as const, ...heard };
}

const SAID = { zh: "示例", en: "example" };
const DOCTOR: BusDoctorView = {
  bus: "b1",
  windowSeconds: 720,
  exchanges: 40,
  answered: 39,
  busyPercent: 3.5,
  loadPercent: 3.4,
  latency: { p50Ms: 12.5, p95Ms: 21, p99Ms: 25 },
  errors: { silent: 1 },
  devices: [{ device: "d1", exchanges: 40, answered: 39, latency: null, errors: { silent: 1 } }],
  findings: [{ causes: ["looseContact"], certainty: "likely", devices: ["d1"], what: SAID, why: SAID, next: SAID }],
};

/** A client of the live stream that does what the contract tells it to, and remembers everything. */
export class Follower {
  readonly socket: WebSocket;
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
  readonly messages: ServerMessage[] = [];
  readonly sequences: number[] = [];
  /** Sequence gaps that no snapshot explains. */
  gaps = 0;
  snapshots = 0;
  bytes = 0;
  closed: { readonly code: number; readonly reason: string } | null = null;
  /** Status of a refused handshake. */
  refused: { readonly status: number; readonly body: string } | null = null;

  constructor(
    url: string,
    points: number,
    options: {
      readonly token?: string;
      readonly origin?: string;
      readonly cookie?: string;
      readonly host?: string;
      readonly autoPong?: boolean;
      readonly path?: string;
    },
  ) {
    this.values = new Float64Array(points);
    this.qualities = new Uint8Array(points).fill(QUALITY.never);
    this.socket = new WebSocket(`${url.replace("http", "ws")}${options.path ?? "/api/v1/live"}`, {
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
        ...(options.host === undefined ? {} : { host: options.host }),
      },
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      autoPong: options.autoPong ?? true,
    });
    this.socket.binaryType = "arraybuffer";
    this.socket.on("error", () => {});
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.socket.on("unexpected-response", (_request, response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("end", () => {
        this.refused = { status: response.statusCode ?? 0, body };
      });
    });
    this.socket.on("message", (data: ArrayBuffer | Buffer, isBinary) => this.#take(data, isBinary));
  }

  #take(data: ArrayBuffer | Buffer, isBinary: boolean): void {
    this.bytes += data.byteLength;
    if (!isBinary) {
      this.messages.push(JSON.parse(new TextDecoder().decode(data)));
      return;
    }
    const frame = data instanceof ArrayBuffer ? decodeFrame(data) : null;
    if (frame === null) throw new Error("not a frame");
    const before = this.sequences.at(-1);
    if (frame.snapshot) this.snapshots += 1;
    else if (before === undefined || frame.sequence !== before + 1) this.gaps += 1;
    this.sequences.push(frame.sequence);
    frame.forEach((point, value, quality) => {
      this.values[point] = value;
      this.qualities[point] = quality;
    });
  }

  /** Resolves when the first snapshot is here. */
  async ready(): Promise<this> {
    await until("first snapshot", () => this.snapshots > 0);
    return this;
  }

  ofType<Type extends ServerMessage["type"]>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    return this.messages.filter((message): message is Extract<ServerMessage, { type: Type }> => message.type === type);
  }
}
