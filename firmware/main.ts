import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { OpenAccess } from "./access/open.ts";
import { type Restamp, timesOf } from "./alarms/restamp.ts";
import type { AssetBook } from "./assets/book.ts";
import { siteDay, subjectsOf } from "./assets/subject.ts";
import type { ConfigurationDesk } from "./configuration/desk.ts";
import { type Configuration, openConfiguration } from "./configuration/open.ts";
import { journalBehindWords, runsNowWords } from "./configuration/words.ts";
import type { Words } from "./contract/alarm.ts";
import type { Asset } from "./contract/asset-fields.ts";
import { Gateway, type GatewayParts } from "./gateway.ts";
import { type History, openHistory } from "./history/open.ts";
import { scaleOf } from "./history/scale.ts";
import { type KeptJournal, keepJournal } from "./journal/arrival.ts";
import { type ClockMemory, type Journal, JournalError } from "./journal/journal.ts";
import type { BoxClock } from "./platform/box-clock.ts";
import type { Clock } from "./platform/clock.ts";
import type { OnDamage } from "./platform/durable-json.ts";
import { mendDurables } from "./platform/durable-mend.ts";
import { makeFolder } from "./platform/folder.ts";
import type { LogLevel, Voice } from "./platform/voice.ts";
import { feedWatchdog } from "./platform/watchdog.ts";
import { recallLastHour } from "./recall.ts";
import { openPress, type Press } from "./report/press.ts";
import type { Site } from "./site/model.ts";
import { siteView } from "./site/view.ts";
import { openStorageDesk } from "./storage/desk.ts";
import { keepStorage, type StorageKeeper } from "./storage/keeper.ts";
import { historyLimitsOf } from "./storage/limits.ts";
import { keepTime, openClock, type Timekeeping } from "./timekeeping/open.ts";
import { VERSION } from "./version.ts";

/** A journal that takes nothing is looked at this often before another configuration is switched to. */
const JOURNAL_LOOK_MS = 1_000;

/** How a run of the program ended, as exit codes: 2 is a fault of the site file or of the command line, 1 of the machine. */
export const EXIT = { ok: 0, machine: 1, input: 2, broken: 70 } as const;

export interface RunOptions {
  readonly siteFile: string;
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly demo: boolean;
  readonly clock: Clock;
  /** The folder that stands for the root of the file system, where the clock's programs and devices are looked for. */
  readonly machine?: string;
  readonly voice: Voice;
  /** Opens a wire; without it by the drivers of the box. */
  readonly openBus?: GatewayParts["openBus"];
  /** Aborts when the person or the system wants the gateway to end. */
  readonly signal: AbortSignal;
  /** Whom to tell when the configuration is to be looked at again: SIGHUP. */
  readonly onHangup?: (listener: () => void) => void;
  /** Whom to tell when a command wants to read the history beside the gateway: SIGUSR2. */
  readonly onShare?: (listener: () => void) => void;
  /** Called between the steps of a change of the configuration; for tests that end the process there. */
  readonly atStep?: (step: string) => void;
}

/**
 * Runs the gateway until `signal` aborts. Trouble at the start is said in one sentence and nothing has been started. Another configuration
 * is a new room in the same process: the journal's thread and the boot id stay.
 */
export async function run(asked: RunOptions): Promise<number> {
  const { voice } = asked;
  // From here on the time is the one that can be believed; the system's clock is asked by nobody else.
  const clock = await openClock(asked.clock, asked.dataFolder, asked.machine ?? "/");
  const options: Running = { ...asked, clock, system: asked.clock, bootId: asked.clock.uuid() };
  let showWrong = (_isWrong: boolean): void => {};
  const opened = await openConfiguration({
    ...{ siteFile: asked.siteFile, dataFolder: asked.dataFolder, clock, atStep: asked.atStep },
    log: (level, words) => voice.log(level, words),
    onDamage: damageOf(asked),
    onTrouble: (isWrong) => showWrong(isWrong),
  });
  if ("problems" in opened) {
    for (const words of opened.problems) voice.say(words);
    const count = opened.problems.length;
    return failed(voice, EXIT.input, {
      zh: `站点文件有 ${count} 处问题，未启动。`,
      en: `${count} problems in the site file; nothing was started.`,
    });
  }
  const { configuration } = opened;
  const folder = prepareFolder(options.dataFolder);
  if (folder !== null) return failed(voice, EXIT.machine, folder);
  const beats = new AbortController();
  // A large journal after a power cut is read as a whole before it opens: that takes minutes and is no reason to start again.
  let alive = async (): Promise<unknown> => null;
  void feedWatchdog(process.env, clock, beats.signal, () => alive());
  try {
    const { bootId } = options;
    for (const words of await mendDurables(options.dataFolder, clock)) voice.log("error", words);
    const opened = await keepJournal({
      ...{ directory: options.dataFolder, bootId, clock },
      bytesMax: () => configuration.running.site.storage.journalMax,
      log: (level, words) => voice.log(level, words),
      onTrouble: (words) => voice.log("error", words),
    });
    if ("problem" in opened) return failed(voice, EXIT.machine, opened.problem);
    const { kept } = opened;
    alive = () => kept.take().journal.audit(1);
    try {
      // The folder is this process's alone from here on, unless its card takes nothing, not even a lock.
      await configuration.settle();
      options.onHangup?.(() => void configuration.reload());
      options.onShare?.(() => rooms.share());
      const rooms: Rooms = {
        ...{ kept, configuration, port: options.port, isFirst: true, onWrong: (show) => (showWrong = show), share: () => {} },
        ...{ knownTimes: null, before: null },
      };
      return await runRooms(options, rooms);
    } finally {
      await kept.close();
    }
  } finally {
    beats.abort();
  }
}

/** With the clock of the box. */
interface Running extends RunOptions {
  readonly clock: BoxClock;
  readonly system: Clock;
  readonly bootId: string;
}

/** What stays from one configuration to the next. */
interface Rooms {
  readonly kept: KeptJournal;
  readonly configuration: Configuration;
  /** The port that was got at the first start. */
  port: number;
  isFirst: boolean;
  /** Times that the journal had before this boot; null until there is a journal. */
  knownTimes: ReadonlySet<number> | null;
  /** What the boot before this one told wrongly, until a room has put it right. */
  before: ClockMemory["before"];
  readonly onWrong: (show: (isWrong: boolean) => void) => void;
  /** Lets a command read the history of the room that runs. */
  share: () => void;
}

/** One room after the other. One that does not come up gives way to what ran before. */
async function runRooms(options: Running, rooms: Rooms): Promise<number> {
  const { configuration } = rooms;
  for (;;) {
    const progress = { isUp: false };
    try {
      const code = await runRoom(options, rooms, progress);
      if (code !== "next") return code;
      configuration.switch();
    } catch (error) {
      if (progress.isUp) throw error;
      // No fault of the configuration: the next room begins without a journal.
      const isMended = error instanceof JournalError ? rooms.kept.giveUp(error.fault) : configuration.returnFrom(error);
      if (!(await isMended)) throw error;
    } finally {
      rooms.onWrong(() => {});
    }
  }
}

/** One room from its first reading to its end; "next": another configuration is to run. Whatever happens, nothing of it is left behind. */
async function runRoom(options: Running, rooms: Rooms, progress: { isUp: boolean }): Promise<number | "next"> {
  const ends = new AsyncDisposableStack();
  try {
    return await runRoomUntil(ends, options, rooms, progress);
  } finally {
    await ends.disposeAsync();
    options.atStep?.("ended");
  }
}

async function runRoomUntil(
  ends: AsyncDisposableStack,
  options: Running,
  rooms: Rooms,
  progress: { isUp: boolean },
): Promise<number | "next"> {
  const { voice, clock, signal, dataFolder } = options;
  const { kept, configuration } = rooms;
  const { journal, absent } = kept.take();
  await takeUp(options, rooms);
  const { site, text } = configuration.running;
  const revision = createHash("sha256").update(VERSION).update(text).digest("hex").slice(0, 16);
  const log = (level: LogLevel, words: Words): void => voice.log(level, words);
  const onDamage = damageOf(options);
  const history = openHistory({
    ...{ directory: dataFolder, points: site.points.map(scaleOf), clock, log },
    limits: historyLimitsOf(site.storage),
  });
  ends.defer(() => history.close());
  rooms.share = () => history.share();
  const live = await journal.liveAlarms();
  // Until the register is open the site file's own values are told; nothing rings that soon.
  let assetOf = (id: string): Asset | null => site.devices.find((device) => device.id === id)?.asset ?? null;
  const deliveries = await journal.deliveriesOf(live.map(({ incident }) => incident));
  let wake = (): void => {};
  const { openAccess } = await import("./access/open.ts");
  const press = openPress(clock);
  const access = await openAccess({
    ...{ site, dataFolder, journal, live, clock, press },
    alarm: (key, active) => gateway.doorAlarm(key, active),
    onTrouble: (words) => voice.log("error", words),
    onDamage,
  });
  ends.defer(() => access.close());
  ends.defer(() => press.close());
  const gateway = new Gateway({
    site,
    journal,
    knownTimes: rooms.knownTimes ?? new Set(),
    live,
    deliveries,
    minutes: history,
    lastIncidentNumber: await journal.lastIncidentNumber(),
    subject: subjectsOf(site, (device) => assetOf(device), clock),
    clock,
    version: VERSION,
    wakeUpstream: () => wake(),
    log,
    doors: access.room,
    openBus: options.openBus,
  });
  history.watch((works) => gateway.boxAlarm("history", !works));
  ends.defer(() => gateway.stop());
  const time = keepTime({
    ...{ clock, system: options.system, dataFolder, bootId: options.bootId, journal, history },
    ...{ room: gateway, doors: access.room, log, before: rooms.before },
    codes: (by) => codesRestamped(options, by),
  });
  ends.defer(() => time.close());
  await gateway.start();
  if (absent !== null) gateway.journalHealth("keeper", "failing", absent.message);
  rooms.onWrong((isWrong) => gateway.boxAlarm("configuration", isWrong));
  gateway.boxAlarm("configuration", configuration.isWrong);
  const keeper = keepStorage({
    ...{ dataFolder, journal, clock, room: gateway },
    limits: () => site.storage,
    targets: () => site.targets.map(({ id }) => id),
    onTrouble: (words) => voice.log("warn", words),
  });
  ends.defer(() => keeper.stop());
  // Reading has begun; what people and targets need is loaded while the first answers are on the wire.
  const { openAssets } = await import("./assets/open.ts");
  const onTrouble = (words: Words): void => voice.log("error", words);
  const assets = await openAssets({ site, dataFolder, journal, clock, onTrouble, onDamage, room: gateway });
  ends.defer(() => assets.close());
  assetOf = (device) => assets.book.of(device);
  assets.remind();
  const upstreamEnds = ends.use(new AsyncDisposableStack());
  const servingEnds = ends.use(new AsyncDisposableStack());
  const room = {
    site,
    revision,
    journal,
    minutes: history,
    gateway,
    access,
    book: assets.book,
    press,
    time,
    keeper,
    configuration: configuration.desk,
  };
  // Both to their end, also when one fails: what the other has opened by then is closed with the room.
  const [upstream, served] = await Promise.allSettled([
    startUpstream(upstreamEnds, site, journal, gateway, options),
    startServing(servingEnds, { ...options, port: rooms.port }, room),
  ]);
  if (upstream.status === "rejected") throw upstream.reason;
  if (served.status === "rejected") throw served.reason;
  wake = upstream.value;
  if ("problem" in served.value) return failed(voice, EXIT.machine, served.value.problem);
  progress.isUp = true;
  const { server, fingerprint } = served.value;
  rooms.port = server.port;
  rooms.before = null;
  if (rooms.isFirst) await announce(options, server.url, fingerprint);
  else log("info", runsNowWords(configuration.running.revision?.number ?? 0));
  rooms.isFirst = false;
  options.atStep?.("started");
  const leaving = new AbortController();
  ends.defer(() => leaving.abort());
  void recallLastHour({ history, gateway, clock, signal: leaving.signal, onTrouble });
  await configuration.started(journal);
  options.atStep?.("booked");
  const changed = configuration.changed(AbortSignal.any([signal, leaving.signal]));
  if (absent !== null) await Promise.race([changed, kept.arrived()]);
  else {
    await changed;
    await untilJournalWorks(gateway, options);
  }
  options.atStep?.("ending");
  log("info", signal.aborted ? { zh: "正在停止", en: "stopping" } : { zh: "正在重新开始监测", en: "watching begins anew" });
  return signal.aborted ? EXIT.ok : "next";
}

/** What is asked of the journal before the first room that has one. */
async function takeUp({ clock }: Running, rooms: Rooms): Promise<void> {
  if (rooms.knownTimes !== null) return;
  const { journal, absent } = rooms.kept.take();
  const { trustedMs, before } = await journal.clockMemory();
  // Once time has been told it does not begin anew.
  if (rooms.isFirst) clock.remember(trustedMs ?? 0);
  if (absent !== null) return;
  rooms.knownTimes = new Set((await journal.liveAlarms()).flatMap(timesOf));
  rooms.before = before;
}

/** What waits in memory for a journal that takes nothing now would be lost with its room. */
async function untilJournalWorks(gateway: Gateway, { clock, signal, voice }: RunOptions): Promise<void> {
  if (!signal.aborted && gateway.health().journal !== "ok") voice.log("warn", journalBehindWords());
  while (!signal.aborted && gateway.health().journal !== "ok") await clock.sleep(JOURNAL_LOOK_MS, signal);
}

/** @returns what wakes the dispatcher. */
async function startUpstream(
  ends: AsyncDisposableStack,
  site: Site,
  journal: Journal,
  gateway: Gateway,
  { clock, voice }: RunOptions,
): Promise<() => void> {
  if (site.targets.length === 0) return () => {};
  // A start is where a wrong address or secret has been mended: what a target refused for good is offered once more.
  for (const { id } of site.targets) await journal.release(id);
  const { startDispatcher } = await import("./upstream/dispatcher.ts");
  const { dialectOf } = await import("./upstream/dialects.ts");
  const dialects = await Promise.all(site.targets.map(async (target) => [target.id, await dialectOf(target, site, clock)] as const));
  const { watchDecisions } = await import("./upstream/decisions.ts");
  const onTrouble = (words: Words): void => voice.log("error", words);
  const dispatcher = startDispatcher({
    journal,
    clock,
    dialects: new Map(dialects),
    onTarget(target, { state, detail }) {
      voice.log(state === "ok" ? "info" : "warn", { zh: `上级 ${target}：${state} ${detail}`, en: `target ${target}: ${state} ${detail}` });
      gateway.targetHealth(target, state === "ok");
    },
    onDelivery: (incident) => void gateway.deliveriesChanged([incident]),
    onTrouble,
  });
  ends.defer(() => dispatcher.stop());
  const watch = watchDecisions({ dialects, clock, room: gateway, onTrouble });
  ends.defer(() => watch.stop());
  return () => dispatcher.wake();
}

/** What is served: the room as it runs. */
interface Room {
  readonly site: Site;
  readonly revision: string;
  readonly journal: Journal;
  readonly minutes: History;
  readonly gateway: Gateway;
  readonly access: OpenAccess;
  readonly book: AssetBook;
  readonly press: Press;
  readonly time: Timekeeping;
  readonly keeper: StorageKeeper;
  readonly configuration: ConfigurationDesk;
}

async function startServing(ends: AsyncDisposableStack, options: RunOptions, room: Room) {
  const { site, revision, journal, minutes, gateway, access, book, press, time, keeper, configuration } = room;
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
      alarms: () => gateway.alarms(),
      deliveries: () => gateway.deliveries(),
      buses: () => gateway.buses(),
      clock: () => time.state(),
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
  });
  ends.defer(() => paperwork.stop());
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
    configuration,
    clock: time.desk,
    assets: { book, today: () => siteDay(site.timezone, clock) },
    storage: openStorageDesk({
      ...{ dataFolder, journal, historyUsage: () => minutes.usage(), clock, note: people.note, deleted: () => keeper.look() },
      limits: () => site.storage,
      targets: () => site.targets.map(({ id }) => id),
    }),
    hub,
    report: (where, error) =>
      voice.log("error", { zh: `内部错误（${where}）：${String(error)}`, en: `internal error (${where}): ${String(error)}` }),
    ports: {
      // Made when it is asked for, which is rare: it is as large as all that the box knows of its points.
      get site() {
        return view();
      },
      pointValues: () => gateway.pointValues(),
      history: (points, lastMinutes) => gateway.history(points, lastMinutes),
      minutes,
      alarms: () => gateway.alarms(),
      incidents: async (query) => gateway.withTickets(await journal.incidents(query)),
      health: () => gateway.health(),
      buses: () => gateway.buses(),
      inspection: paperwork.desk,
      acknowledge: (keys, doer, note) => gateway.acknowledge(keys, doer, note),
    },
  });
  if ("problem" in started) return started;
  ends.defer(() => started.server.close());
  return { server: started.server, fingerprint: certificate?.fingerprint ?? null };
}

async function codesRestamped({ dataFolder, clock, voice }: RunOptions, by: Restamp): Promise<void> {
  const { restampCodes } = await import("./people/users.ts");
  const problem = await restampCodes(dataFolder, by, clock);
  if (problem !== null) voice.log("warn", problem);
}

/** The built dashboard: beside the bundle on a box, in dist/ when run from source. */
function dashboardFolder(): URL {
  return import.meta.url.endsWith(".ts") ? new URL("../dist/dashboard/", import.meta.url) : new URL("../dashboard/", import.meta.url);
}

async function announce({ voice, dataFolder, clock, demo }: RunOptions, url: string, fingerprint: string | null): Promise<void> {
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

function prepareFolder(folder: string): Words | null {
  try {
    makeFolder(folder);
    return null;
  } catch (error) {
    return {
      zh: `无法建立数据目录 ${folder}：${String(error)}。请检查磁盘和权限。`,
      en: `The data folder ${folder} cannot be made: ${String(error)}. Check disk and permissions.`,
    };
  }
}

/** A data file that was not whole, whichever it is. The alarm `damaged` is raised from here. */
function damageOf({ voice }: RunOptions): OnDamage {
  return ({ words }) => voice.log("error", words);
}

function failed(voice: Voice, code: number, words: Words): number {
  voice.log("error", words);
  return code;
}
