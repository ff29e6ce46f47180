import { createHash } from "node:crypto";
import { type Restamp, timesOf } from "./alarms/restamp.ts";
import { subjectsOf } from "./assets/subject.ts";
import type { Configuration } from "./configuration/open.ts";
import { journalBehindWords, runsNowWords } from "./configuration/words.ts";
import type { Words } from "./contract/alarm.ts";
import type { Asset } from "./contract/asset-fields.ts";
import { openExpected } from "./expected-room.ts";
import { Gateway } from "./gateway.ts";
import { endedBefore } from "./helpdesk/lately.ts";
import { openHistory } from "./history/open.ts";
import { scaleOf } from "./history/scale.ts";
import type { KeptJournal } from "./journal/arrival.ts";
import type { ClockMemory } from "./journal/journal.ts";
import { openOutputs, staysIn } from "./outputs/open.ts";
import type { LogLevel } from "./platform/voice.ts";
import { recallLastHour } from "./recall.ts";
import { openPress } from "./report/press.ts";
import { damageOf, EXIT, type Running, type RunOptions } from "./run-options.ts";
import { announce, type Room, startServing } from "./serving.ts";
import { keepStorage } from "./storage/keeper.ts";
import { historyLimitsOf } from "./storage/limits.ts";
import { keepTime } from "./timekeeping/open.ts";
import type { Dispatcher } from "./upstream/dispatcher.ts";
import type { TargetWatch } from "./upstream/target-watch.ts";
import { VERSION } from "./version.ts";

/** A journal that takes nothing is looked at this often before another configuration is switched to. */
const JOURNAL_LOOK_MS = 1_000;

/** What stays from one configuration to the next. */
export interface Rooms {
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

/** One room from its first reading to its end; "next": another configuration is to run. Whatever happens, nothing of it is left behind. */
export async function runRoom(options: Running, rooms: Rooms, progress: { isUp: boolean }): Promise<number | "next"> {
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
  if (absent === null) rooms.knownTimes ??= new Set(live.flatMap(timesOf));
  // Until the register is open the site file's own values are told; nothing rings that soon.
  let assetOf = (id: string): Asset | null => site.devices.find((device) => device.id === id)?.asset ?? null;
  const deliveries = await journal.deliveriesOf(live.map(({ incident }) => incident));
  let upstreams: Pick<Dispatcher, "wake" | "resent" | "whileQuiet"> = { wake: () => {}, resent: () => {}, whileQuiet: (_, work) => work() };
  const { openAccess } = await import("./access/open.ts");
  const press = openPress(clock);
  const access = await openAccess({
    ...{ site, dataFolder, journal, live, clock, press },
    alarm: (key, active) => gateway.desk.condition(key, active),
    onTrouble: (words) => voice.log("error", words),
    onDamage,
  });
  ends.defer(() => access.close());
  ends.defer(() => press.close());
  const expected = await openExpected({
    ...{ site, dataFolder, clock, onDamage },
    alarm: (key, missing, now) => gateway.desk.condition(key, missing, now),
    onTrouble: (words) => voice.log("error", words),
  });
  ends.defer(() => expected.close());
  const { DutyDesk } = await import("./escalation/duty-desk.ts");
  const duty = new DutyDesk({
    ...{ rotas: site.rotas, plans: site.plans, timezone: site.timezone, journal, clock },
    room: { alarms: () => gateway.desk.alarms(), escalations: () => gateway.desk.escalations() },
    onTrouble: (words) => voice.log("error", words),
  });
  await duty.open();
  ends.defer(() => duty.close());
  const { openEscalation } = await import("./escalation/open.ts");
  const escalator = await openEscalation({ site, journal, live, clock, onCall: (rota) => duty.onCall(rota) });
  const subject = subjectsOf(site, (device) => assetOf(device), clock);
  const gateway = new Gateway({
    site,
    journal,
    knownTimes: rooms.knownTimes ?? new Set(),
    live,
    deliveries,
    minutes: history,
    lately: await endedBefore(journal, clock, site.serviceLevels.reopenWithinMs),
    windows: await journal.maintenance(),
    lastIncidentNumber: await journal.lastIncidentNumber(),
    subject,
    clock,
    ...{ bootId: options.bootId, escalator },
    version: VERSION,
    wakeUpstream: () => upstreams.wake(),
    log,
    doors: access.room,
    expected,
    openBus: options.openBus,
  });
  history.watch((works) => gateway.desk.boxAlarm("history", !works));
  ends.defer(() => gateway.stop());
  const time = keepTime({
    ...{ clock, system: options.system, dataFolder, bootId: options.bootId, journal, history },
    ...{ doors: access.room, log, before: rooms.before },
    room: {
      restamp: (by) => gateway.restamp(by),
      restamped: () => gateway.desk.restamped(),
      boxAlarm: (condition, active) => gateway.desk.boxAlarm(condition, active),
    },
    codes: (by) => codesRestamped(options, by),
  });
  ends.defer(() => time.close());
  await gateway.start();
  duty.follow();
  if (absent !== null) gateway.desk.journalHealth("keeper", "failing", absent.message);
  rooms.onWrong((isWrong) => gateway.desk.boxAlarm("configuration", isWrong));
  gateway.desk.boxAlarm("configuration", configuration.isWrong);
  const outputs = await openOutputs({
    ...{ site, dataFolder, journal, clock, log, onDamage },
    isSigned: configuration.isSigned,
    room: {
      alarms: () => gateway.desk.alarms(),
      table: gateway.table,
      atOutput: ({ bus, place }) => gateway.wires.outputAt(bus, place),
      outputAlarm: (key, active) => gateway.desk.condition(key, active),
    },
  });
  // Outputs that go on in the next room stay as they are: a change of the configuration is no reason to open a valve.
  ends.defer(() => outputs.close(signal.aborted ? () => false : staysIn(configuration.upcoming?.site ?? null, site)));
  const keeper = keepStorage({
    ...{ dataFolder, journal, clock, room: gateway.desk },
    // What is about to run may be what makes room for the journal that it waits for.
    limits: () => (configuration.upcoming?.site ?? site).storage,
    targets: () => (configuration.upcoming?.site ?? site).targets.map(({ id }) => id),
    onTrouble: (words) => voice.log("warn", words),
  });
  ends.defer(() => keeper.stop());
  // Reading has begun; what people and targets need is loaded while the first answers are on the wire.
  const { openAssets } = await import("./assets/open.ts");
  const onTrouble = (words: Words): void => voice.log("error", words);
  const assets = await openAssets({
    site,
    dataFolder,
    journal,
    clock,
    onTrouble,
    onDamage,
    room: { alarms: () => gateway.desk.alarms(), judgeComputed: (point, value) => gateway.judgeComputed(point, value) },
  });
  ends.defer(() => assets.close());
  assetOf = (device) => assets.book.of(device);
  assets.remind();
  const { openForecasts } = await import("./forecast/open.ts");
  const forecasts = await openForecasts({ ...{ site, room: gateway, history, clock, dataFolder }, onTrouble, onDamage });
  ends.defer(() => forecasts.close());
  const { openTargetDesk } = await import("./upstream/target-desk.ts");
  const { TargetWatch } = await import("./upstream/target-watch.ts");
  const watch = new TargetWatch(clock);
  const targets = openTargetDesk({
    ...{ targets: site.targets, journal, clock, watch },
    resent: (target, left) => upstreams.resent(target, left),
    whileQuiet: (target, work) => upstreams.whileQuiet(target, work),
  });
  const upstreamEnds = ends.use(new AsyncDisposableStack());
  const servingEnds = ends.use(new AsyncDisposableStack());
  const room = {
    site,
    siteText: text,
    revision,
    journal,
    minutes: history,
    gateway,
    access,
    expected,
    book: assets.book,
    forecasts: forecasts.desk,
    press,
    time,
    keeper,
    duty,
    configuration: configuration.desk,
    subject,
    wake: () => upstreams.wake(),
    outputs,
    targets,
  };
  // Both to their end, also when one fails: what the other has opened by then is closed with the room.
  const [upstream, served] = await Promise.allSettled([
    startUpstream(upstreamEnds, { site, journal, gateway, watch }, options),
    startServing(servingEnds, { ...options, port: rooms.port }, room),
  ]);
  if (upstream.status === "rejected") throw upstream.reason;
  if (served.status === "rejected") throw served.reason;
  upstreams = upstream.value ?? upstreams;
  if ("problem" in served.value) {
    log("error", served.value.problem);
    return EXIT.machine;
  }
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
  const left = AbortSignal.any([signal, leaving.signal]);
  if (absent !== null) await Promise.race([configuration.changed(left), kept.arrived()]);
  else
    do {
      await configuration.changed(left);
      await untilJournalWorks(gateway, configuration, options);
      // What was to run was taken back meanwhile.
    } while (!signal.aborted && configuration.upcoming === null);
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
  if (absent === null) rooms.before = before;
}

/** What waits in memory for a journal that takes nothing now would be lost with its room. */
async function untilJournalWorks(gateway: Gateway, configuration: Configuration, { clock, signal, voice }: RunOptions): Promise<void> {
  const mustWait = (): boolean => !signal.aborted && configuration.upcoming !== null && gateway.health().journal !== "ok";
  if (mustWait()) voice.log("warn", journalBehindWords());
  while (mustWait()) await clock.sleep(JOURNAL_LOOK_MS, signal);
}

/** @returns null where there is nobody to tell. */
async function startUpstream(
  ends: AsyncDisposableStack,
  { site, journal, gateway, watch }: Pick<Room, "site" | "journal" | "gateway"> & { readonly watch: TargetWatch },
  options: Running,
): Promise<Dispatcher | null> {
  const { clock, voice, dataFolder } = options;
  if (site.targets.length === 0) return null;
  // A start is where a wrong address or secret has been mended: what a target refused for good is offered once more.
  for (const { id } of site.targets) await journal.release(id);
  const { startDispatcher } = await import("./upstream/dispatcher.ts");
  const { dialectOf } = await import("./upstream/dialect-of.ts");
  const onTrouble = (words: Words): void => voice.log("error", words);
  const live = { table: gateway.table, dataFolder, onDamage: damageOf(options), onTrouble };
  const dialects = await Promise.all(site.targets.map(async (target) => [target.id, await dialectOf(target, site, clock, live)] as const));
  const { watchDecisions } = await import("./upstream/decisions.ts");
  const dispatcher = startDispatcher({
    journal,
    clock,
    dialects: new Map(dialects),
    settings: new Map(site.targets.map((target) => [target.id, target])),
    watch,
    onTarget(target, { state, detail }) {
      voice.log(state === "ok" ? "info" : "warn", { zh: `上级 ${target}：${state} ${detail}`, en: `target ${target}: ${state} ${detail}` });
      gateway.desk.targetHealth(target, state === "ok");
    },
    onDelivery: (incidents) => void gateway.desk.deliveriesChanged(incidents),
    onTrouble,
  });
  const { watchTickets } = await import("./upstream/reconciler.ts");
  const tickets = watchTickets({ dialects, journal, clock, dispatcher, watch, onTrouble });
  // Together: a comparison may wait for what is on the way.
  ends.defer(async () => void (await Promise.all([tickets.stop(), dispatcher.stop()])));
  const decisions = watchDecisions({ dialects, clock, room: gateway.desk, onTrouble });
  ends.defer(() => decisions.stop());
  return dispatcher;
}

async function codesRestamped({ dataFolder, clock, voice }: RunOptions, by: Restamp): Promise<void> {
  const { restampCodes } = await import("./people/users.ts");
  const problem = await restampCodes(dataFolder, by, clock);
  if (problem !== null) voice.log("warn", problem);
}
