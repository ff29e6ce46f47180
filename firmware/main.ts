import { openConfiguration } from "./configuration/open.ts";
import type { Words } from "./contract/alarm.ts";
import { keepJournal } from "./journal/arrival.ts";
import { JournalError } from "./journal/journal.ts";
import { mendDurables } from "./platform/durable-mend.ts";
import { makeFolder } from "./platform/folder.ts";
import type { Voice } from "./platform/voice.ts";
import { feedWatchdog } from "./platform/watchdog.ts";
import { type Rooms, runRoom } from "./room.ts";
import { damageOf, EXIT, type Running, type RunOptions } from "./run-options.ts";
import { openClock } from "./timekeeping/open.ts";

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
      if (progress.isUp || options.signal.aborted) throw error;
      // No fault of the configuration: the next room begins without a journal.
      const isMended = error instanceof JournalError ? rooms.kept.giveUp(error.fault) : configuration.returnFrom(error);
      if (!(await isMended)) throw error;
    } finally {
      rooms.onWrong(() => {});
    }
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
