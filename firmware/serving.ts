import { fileURLToPath } from "node:url";
import type { OpenAccess } from "./access/open.ts";
import type { AssetBook } from "./assets/book.ts";
import { siteDay } from "./assets/subject.ts";
import type { ConfigurationDesk } from "./configuration/desk.ts";
import type { Words } from "./contract/alarm.ts";
import type { DutyDesk } from "./escalation/duty-desk.ts";
import type { ExpectedRoom } from "./expected-room.ts";
import type { ForecastDesk } from "./forecast/desk.ts";
import type { Gateway } from "./gateway.ts";
import type { History } from "./history/open.ts";
import type { DescribeSubject } from "./incidents/event.ts";
import type { Journal } from "./journal/journal.ts";
import type { OutputDesk } from "./outputs/desk.ts";
import type { Clock } from "./platform/clock.ts";
import { recordLive } from "./recordings/live.ts";
import type { Press } from "./report/press.ts";
import { damageOf, type RunOptions } from "./run-options.ts";
import { hasLine } from "./site/line.ts";
import type { Site } from "./site/model.ts";
import { ruleViews } from "./site/rule-view.ts";
import { siteView } from "./site/view.ts";
import { openStorageDesk } from "./storage/desk.ts";
import type { StorageKeeper } from "./storage/keeper.ts";
import type { Timekeeping } from "./timekeeping/open.ts";
import type { TargetDesk } from "./upstream/target-desk.ts";
import { VERSION } from "./version.ts";

/** What is served: the room as it runs. */
export interface Room {
  readonly site: Site;
  readonly revision: string;
  /** The site file that runs. */
  readonly siteText: string;
  readonly journal: Journal;
  readonly minutes: History;
  readonly gateway: Gateway;
  readonly access: OpenAccess;
  readonly expected: ExpectedRoom;
  readonly book: AssetBook;
  readonly forecasts: ForecastDesk;
  readonly press: Press;
  readonly time: Timekeeping;
  readonly keeper: StorageKeeper;
  readonly duty: DutyDesk;
  readonly configuration: ConfigurationDesk;
  /** What is known of what an alarm is about. */
  readonly subject: DescribeSubject;
  /** Deliveries are waiting in the outbox. */
  readonly wake: () => void;
  readonly outputs: OutputDesk;
  readonly targets: TargetDesk;
}

/** Opens the door of a room: pages, API and the live stream, and the paperwork behind them. */
export async function startServing(ends: AsyncDisposableStack, options: RunOptions, room: Room) {
  const { site, revision, journal, minutes, gateway, access, book, press, time, keeper, duty, configuration } = room;
  const { clock, voice } = options;
  const onDamage = damageOf(options);
  const [{ startServer }, { openHub }, { openPeople }, { openAuditDesk }, { openPaperwork }, { certificateOf }, { isLoopback }, { Gate }] =
    await Promise.all([
      import("./serve/http.ts"),
      import("./serve/hub.ts"),
      import("./people/open.ts"),
      import("./people/audit-desk.ts"),
      import("./exports/open.ts"),
      import("./serve/certificate.ts"),
      import("./serve/access.ts"),
      import("./serve/gate.ts"),
    ]);
  const certificate = isLoopback(options.host)
    ? null
    : await certificateOf(options.dataFolder, clock, (words) => voice.log("error", words), onDamage);
  if (certificate !== null && "problem" in certificate) return certificate;
  const people = await openPeople(options.dataFolder, journal, clock, (words) => voice.log("warn", words), onDamage);
  ends.defer(() => people.close());
  const hub = openHub(
    {
      version: VERSION,
      revision,
      points: gateway.table,
      alarms: () => gateway.desk.alarms(),
      deliveries: () => gateway.desk.deliveries(),
      buses: () => gateway.wires.buses(),
      clock: () => time.state(),
      maintenance: () => gateway.desk.maintenance.list(),
      stillValid: (id) => people.entrance.stillValid(id),
    },
    clock,
  );
  gateway.attach(hub);
  time.attach(hub);
  const view = () => siteView(site, { version: VERSION, revision, demo: options.demo });
  const { dataFolder } = options;
  const onTrouble = (words: Words): void => voice.log("error", words);
  const paperwork = openPaperwork({
    site,
    view,
    journal,
    history: minutes,
    dataFolder,
    version: VERSION,
    press,
    clock,
    onTrouble,
    onDamage,
    onSigned: (round, atMs) => room.expected.signed(round, atMs, gateway.desk.now()),
  });
  ends.defer(() => paperwork.stop());
  const { openHelpDesk } = await import("./helpdesk/open.ts");
  const helpdesk = openHelpDesk({ site, journal, dataFolder, clock, subject: room.subject, room: gateway.desk, wake: room.wake });
  ends.defer(() => helpdesk.stop());
  const report = (where: string, error: unknown): void =>
    voice.log("error", { zh: `内部错误（${where}）：${String(error)}`, en: `internal error (${where}): ${String(error)}` });
  const { openCommissioning } = await import("./commissioning/desk.ts");
  const commissioning = openCommissioning({
    ...{ site, clock, note: people.note, report },
    lend: (bus, to, limitMs, work) => gateway.wires.lend(bus, to, limitMs, work),
  });
  ends.defer(() => commissioning.stop());
  const { openReview } = await import("./review/open.ts");
  const review = openReview({ site, siteText: room.siteText, journal, history: minutes, live: () => gateway.desk.alarms(), clock });
  ends.defer(() => review.stop());
  const { openMetrics } = await import("./metrics/open.ts");
  const metrics = openMetrics({
    ...{ site, version: VERSION, revision, dataFolder, clock, journal, table: gateway.table, wires: gateway.wires },
    journalWorks: () => gateway.desk.journalWorks,
    alarms: () => gateway.desk.alarms(),
    clockState: () => time.state(),
  });
  ends.defer(() => metrics.stop());
  const started = await startServer({
    host: options.host,
    port: options.port,
    hostNames: certificate?.hostNames ?? [],
    dashboardFolder: fileURLToPath(dashboardFolder()),
    certificate,
    entrance: people.entrance,
    people: people.desk,
    presence: people.presence,
    gate: new Gate({ allow: site.network.allow, clock, note: people.note }),
    audit: openAuditDesk({ journal, timezone: site.timezone, clock, note: people.note }),
    doors: access.desk,
    exports: { exporter: paperwork.exporter, note: people.note, wallMs: () => clock.wallMs() },
    record: (bus, forMs) => recordingOf(room, bus, forMs, clock),
    calm: gateway.desk,
    configuration,
    outputs: room.outputs,
    commissioning,
    clock: time.desk,
    review,
    metrics: metrics.scrape,
    onCall: { desk: duty, rotas: site.rotas, timezone: site.timezone },
    incidents: helpdesk.desk,
    assets: { book, today: () => siteDay(site.timezone, clock) },
    targets: room.targets,
    storage: openStorageDesk({
      ...{ dataFolder, journal, historyUsage: () => minutes.usage(), clock, note: people.note, deleted: () => keeper.look() },
      limits: () => site.storage,
      targets: () => site.targets.map(({ id }) => id),
    }),
    hub,
    report,
    ports: {
      // Made when it is asked for, which is rare: it is as large as all that the box knows of its points.
      get site() {
        return view();
      },
      pointValues: () => gateway.pointValues(),
      rules: (filter) => ruleViews(site, filter),
      history: (points, lastMinutes) => gateway.history(points, lastMinutes),
      minutes,
      alarms: () => gateway.desk.alarms(),
      health: () => gateway.health(),
      buses: () => gateway.wires.buses(),
      traps: () => gateway.wires.traps(),
      doctor: () => gateway.wires.doctor(),
      inspection: paperwork.desk,
      forecasts: room.forecasts,
      acknowledge: (keys, doer, note) => gateway.desk.acknowledge(keys, doer, note),
    },
  });
  if ("problem" in started) return started;
  ends.defer(() => started.server.close());
  return { server: started.server, fingerprint: certificate?.fingerprint ?? null };
}

/** Null where there is no line to listen to. */
function recordingOf({ site, siteText, gateway }: Room, bus: string, forMs: number, clock: Clock): AsyncIterable<string> | null {
  const entry = site.buses.find(({ id }) => id === bus);
  return entry === undefined || !hasLine(entry)
    ? null
    : recordLive({ room: gateway.wires, site, siteText, version: VERSION, clock }, bus, forMs);
}

/** The built dashboard: beside the bundle on a box, in dist/ when run from source. */
function dashboardFolder(): URL {
  return import.meta.url.endsWith(".ts") ? new URL("../dist/dashboard/", import.meta.url) : new URL("../dashboard/", import.meta.url);
}

/** Says where the gateway is to be found, and how to come in for the first time. */
export async function announce({ voice, dataFolder, clock, demo }: RunOptions, url: string, fingerprint: string | null): Promise<void> {
  const { firstEntry } = await import("./people/first-entry.ts");
  const { code, token, problems } = await firstEntry(dataFolder, demo, clock);
  voice.say({ zh: `Roomward ${VERSION} 已启动：${url}`, en: `Roomward ${VERSION} is running at ${url}` });
  for (const problem of problems) voice.log("error", problem);
  if (fingerprint !== null)
    voice.say({
      zh: `证书指纹（SHA-256），请与浏览器所示核对：${fingerprint}`,
      en: `Fingerprint of the certificate (SHA-256), compare it with what the browser shows: ${fingerprint}`,
    });
  if (token !== null)
    voice.say({ zh: `登录（令牌只显示这一次）：${url}/#token=${token}`, en: `Sign in (this token is shown once): ${url}/#token=${token}` });
  if (code !== null)
    voice.say({
      zh: `还没有管理员。用一次性代码（24 小时内有效）建立首个管理员：${url}/#code=${code}`,
      en: `There is no administrator yet. Make the first one with this one-time code (good for 24 hours): ${url}/#code=${code}`,
    });
}
