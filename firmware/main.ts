import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { problemWords } from "../drivers/source-text.ts";
import type { OpenAccess } from "./access/open.ts";
import type { AssetBook } from "./assets/book.ts";
import { siteDay, subjectsOf } from "./assets/subject.ts";
import type { Words } from "./contract/alarm.ts";
import type { Asset } from "./contract/asset-fields.ts";
import { Gateway } from "./gateway.ts";
import { type History, openHistory } from "./history/open.ts";
import { scaleOf } from "./history/scale.ts";
import type { Journal } from "./journal/journal.ts";
import { openJournal } from "./journal/open.ts";
import type { Clock } from "./platform/clock.ts";
import { makeFolder } from "./platform/folder.ts";
import type { Voice } from "./platform/voice.ts";
import { feedWatchdog } from "./platform/watchdog.ts";
import { openPress, type Press } from "./report/press.ts";
import { loadSite } from "./site/load.ts";
import type { Site } from "./site/model.ts";
import { siteView } from "./site/view.ts";
import { VERSION } from "./version.ts";

/** How a run of the program ended, as exit codes: 2 is a fault of the site file or of the command line, 1 of the machine. */
export const EXIT = { ok: 0, machine: 1, input: 2, broken: 70 } as const;

export interface RunOptions {
  readonly siteFile: string;
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly demo: boolean;
  readonly clock: Clock;
  readonly voice: Voice;
  /** Aborts when the person or the system wants the gateway to end. */
  readonly signal: AbortSignal;
}

/** Runs the gateway until `signal` aborts. Trouble at the start is said in one sentence and nothing has been started. */
export async function run(options: RunOptions): Promise<number> {
  const { voice, clock } = options;
  const text = readSiteFile(options.siteFile);
  if (typeof text !== "string") return failed(voice, EXIT.input, text);
  const loaded = loadSite(text);
  if ("problems" in loaded) {
    for (const problem of loaded.problems) voice.say(problemWords(options.siteFile, problem));
    const count = loaded.problems.length;
    return failed(voice, EXIT.input, {
      zh: `站点文件有 ${count} 处问题，未启动。`,
      en: `${count} problems in the site file; nothing was started.`,
    });
  }
  const folder = prepareFolder(options.dataFolder);
  if (folder !== null) return failed(voice, EXIT.machine, folder);
  const beats = new AbortController();
  // A large journal after a power cut is read as a whole before it opens: that takes minutes and is no reason to start again.
  let alive = async (): Promise<unknown> => null;
  void feedWatchdog(process.env, clock, beats.signal, () => alive());
  try {
    const bootId = clock.uuid();
    const opened = await openJournal({ directory: options.dataFolder, bootId, clock, onTrouble: (words) => voice.log("error", words) });
    if ("problem" in opened) return failed(voice, EXIT.machine, opened.problem);
    const { journal } = opened;
    alive = () => journal.audit(1);
    const revision = createHash("sha256").update(VERSION).update(text).digest("hex").slice(0, 16);
    try {
      const history = openHistory({
        directory: options.dataFolder,
        points: loaded.site.points.map(scaleOf),
        clock,
        log: (level, words) => voice.log(level, words),
      });
      try {
        return await runWithJournal(options, loaded.site, revision, journal, history);
      } finally {
        await history.close();
      }
    } finally {
      await journal.close();
    }
  } finally {
    beats.abort();
  }
}

async function runWithJournal(options: RunOptions, site: Site, revision: string, journal: Journal, history: History): Promise<number> {
  const { voice, clock, signal } = options;
  const live = await journal.liveAlarms();
  // Until the register is open the site file's own values are told; nothing rings that soon.
  let assetOf = (id: string): Asset | null => site.devices.find((device) => device.id === id)?.asset ?? null;
  const deliveries = await journal.deliveriesOf(live.map(({ incident }) => incident));
  let wake = (): void => {};
  const { openAccess } = await import("./access/open.ts");
  const press = openPress(clock);
  const access = await openAccess({
    ...{ site, dataFolder: options.dataFolder, journal, live, clock, press },
    alarm: (key, active) => gateway.doorAlarm(key, active),
    onTrouble: (words) => voice.log("error", words),
  });
  const gateway = new Gateway({
    site,
    journal,
    live,
    deliveries,
    minutes: history,
    lastIncidentNumber: await journal.lastIncidentNumber(),
    subject: subjectsOf(site, (device) => assetOf(device), clock),
    clock,
    version: VERSION,
    wakeUpstream: () => wake(),
    log: (level, words) => voice.log(level, words),
    doors: access.room,
  });
  history.watch((works) => gateway.boxAlarm("history", !works));
  await gateway.start();
  try {
    // Reading has begun; what people and targets need is loaded while the first answers are on the wire.
    const { openAssets } = await import("./assets/open.ts");
    const onTrouble = (words: Words): void => voice.log("error", words);
    const assets = await openAssets({ site, dataFolder: options.dataFolder, journal, clock, onTrouble, room: gateway });
    assetOf = (device) => assets.book.of(device);
    assets.remind();
    const [upstream, served] = await Promise.all([
      startUpstream(site, journal, gateway, options),
      startServing(options, { site, revision, journal, minutes: history, gateway, access, book: assets.book, press }),
    ]);
    wake = upstream.wake;
    try {
      if ("problem" in served) return failed(voice, EXIT.machine, served.problem);
      await announce(options, served.server.url, served.fingerprint);
      await untilAborted(signal);
      voice.log("info", { zh: "正在停止", en: "stopping" });
      await served.server.close();
      await served.paperwork.stop();
      await served.people.close();
      return EXIT.ok;
    } finally {
      await upstream.stop();
      await assets.close();
    }
  } finally {
    await gateway.stop();
    await press.close();
    await access.close();
  }
}

async function startUpstream(
  site: Site,
  journal: Journal,
  gateway: Gateway,
  { clock, voice }: RunOptions,
): Promise<{ wake(): void; stop(): Promise<void> }> {
  if (site.targets.length === 0) return { wake: () => {}, stop: async () => {} };
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
  const watch = watchDecisions({ dialects, clock, room: gateway, onTrouble });
  return {
    wake: () => dispatcher.wake(),
    async stop() {
      await watch.stop();
      await dispatcher.stop();
    },
  };
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
}

async function startServing(options: RunOptions, { site, revision, journal, minutes, gateway, access, book, press }: Room) {
  const { clock, voice } = options;
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
  const certificate = isLoopback(options.host) ? null : await certificateOf(options.dataFolder, clock);
  if (certificate !== null && "problem" in certificate) return certificate;
  const people = await openPeople(options.dataFolder, journal, clock, (words) => voice.log("warn", words));
  const hub = openHub(
    {
      version: VERSION,
      revision,
      points: gateway.table,
      alarms: () => gateway.alarms(),
      deliveries: () => gateway.deliveries(),
      buses: () => gateway.buses(),
      stillValid: (id) => people.entrance.stillValid(id),
    },
    clock,
  );
  gateway.attach(hub);
  const view = () => siteView(site, { version: VERSION, revision, demo: options.demo });
  const { dataFolder } = options;
  const onTrouble = (words: Words): void => voice.log("error", words);
  const paperwork = openPaperwork({ site, view, journal, history: minutes, dataFolder, version: VERSION, press, clock, onTrouble });
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
    assets: { book, today: () => siteDay(site.timezone, clock) },
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
  if (!("problem" in started)) return { ...started, people, paperwork, fingerprint: certificate?.fingerprint ?? null };
  await paperwork.stop();
  await people.close();
  return started;
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

function readSiteFile(file: string): string | Words {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return {
      zh: `无法读取站点文件 ${file}：${String(error)}。请检查路径和权限。`,
      en: `The site file ${file} cannot be read: ${String(error)}. Check path and permissions.`,
    };
  }
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

function failed(voice: Voice, code: number, words: Words): number {
  voice.log("error", words);
  return code;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
