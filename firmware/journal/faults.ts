import type { Words } from "../contract/alarm.ts";
import { UnusableDatabase } from "../platform/sqlite.ts";
import type { JournalFault, JournalFaultReason } from "./journal.ts";

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html): the low byte of an extended code. */
const REASONS: ReadonlyMap<number, JournalFaultReason> = new Map([
  [5, "locked"], // SQLITE_BUSY
  [6, "locked"], // SQLITE_LOCKED
  [8, "readOnly"], // SQLITE_READONLY
  [11, "corrupt"], // SQLITE_CORRUPT
  [13, "diskFull"], // SQLITE_FULL
  [14, "readOnly"], // SQLITE_CANTOPEN
  [18, "refused"], // SQLITE_TOOBIG
  [19, "refused"], // SQLITE_CONSTRAINT
  [20, "refused"], // SQLITE_MISMATCH
  [26, "corrupt"], // SQLITE_NOTADB
]);
const ERRNO: Readonly<Record<string, JournalFaultReason>> = {
  ENOSPC: "diskFull",
  EDQUOT: "diskFull",
  EROFS: "readOnly",
  EACCES: "readOnly",
};

/** An entry that the journal will never take. */
export class RefusedEntry extends Error {}
/** The folder belongs to another live process. */
export class FolderInUse extends Error {}

/** What may not be deleted fills the journal's own quota, on a disk that may have room. */
export class QuotaUsedUp extends Error {
  readonly bytesMax: number;
  constructor(bytesMax: number) {
    super(`the quota of ${bytesMax} bytes is used up`);
    this.bytesMax = bytesMax;
  }
}

/** Names what went wrong in SQLite or the file system. */
export function faultOf(error: unknown, directory: string): JournalFault {
  if (error instanceof QuotaUsedUp) return { ok: false, reason: "diskFull", message: quotaWords(directory, error.bytesMax) };
  return fault(reasonOf(error), directory, error instanceof Error ? error.message : String(error));
}

/** Codes of the disk that nobody foresaw are `io`: the caller tries again. An error without one is ours: trying again is no use. */
export function reasonOf(error: unknown): JournalFaultReason {
  if (error instanceof FolderInUse) return "locked";
  if (error instanceof UnusableDatabase) return "unusable";
  if (error instanceof QuotaUsedUp) return "diskFull";
  if (!(error instanceof Error)) return "refused";
  if ("errcode" in error && typeof error.errcode === "number") return REASONS.get(error.errcode & 0xff) ?? "io";
  if ("syscall" in error && "code" in error && typeof error.code === "string") return ERRNO[error.code] ?? "io";
  return "refused";
}

export function fault(reason: JournalFaultReason, directory: string, detail: string): JournalFault {
  return { ok: false, reason, message: WORDS[reason](directory, detail) };
}

const WORDS: Readonly<Record<JournalFaultReason, (directory: string, detail: string) => Words>> = {
  diskFull: (directory) => ({
    zh: `数据目录 ${directory} 所在磁盘已满，报警事件无法记录。监测继续；请清理磁盘空间，系统会自动恢复记录。`,
    en: `The disk of ${directory} is full; alarm events cannot be recorded. Monitoring goes on. Free some space, recording resumes by itself.`,
  }),
  readOnly: (directory, detail) => ({
    zh: `无法写入数据目录 ${directory}（${detail}）。请检查目录是否存在、权限是否正确、存储卡是否变为只读。`,
    en: `Cannot write to the data folder ${directory} (${detail}). Check that it exists, who may write to it, and whether the card has become read-only.`,
  }),
  corrupt: (directory, detail) => ({
    zh: `${directory} 中的事件日志 journal.db 已损坏（${detail}）。损坏的文件已另存，新日志已启用；请备份数据目录并检查存储卡。`,
    en: `The event journal journal.db in ${directory} is damaged (${detail}). The damaged file was set aside and a new one is in use. Back up the folder and check the card.`,
  }),
  io: (directory, detail) => ({
    zh: `读写 ${directory} 中的事件日志失败（${detail}）。系统会重试；若反复出现，请更换存储卡。`,
    en: `Reading or writing the event journal in ${directory} failed (${detail}). It is tried again; if this repeats, replace the card.`,
  }),
  locked: (directory, detail) => ({
    zh: `数据目录 ${directory} 正被另一个 roomward 进程使用（${detail}）。请先停止它，或为本进程指定另一个数据目录。`,
    en: `The data folder ${directory} is in use by another roomward process (${detail}). Stop that one first, or give this one another data folder.`,
  }),
  unusable: (directory, detail) => ({
    zh: `${directory} 中的事件日志无法使用（${detail}）。请升级 roomward，或把数据目录放到支持 SQLite WAL 的本地磁盘上。`,
    en: `The event journal in ${directory} cannot be used (${detail}). Update roomward, or put the data folder on a local disk that supports SQLite WAL.`,
  }),
  refused: (directory, detail) => ({
    zh: `事件日志（${directory}）拒绝了一条记录（${detail}）。这是程序错误，请将此信息报告给供应商。`,
    en: `The event journal in ${directory} refused an entry (${detail}). This is a fault of the program: please report it with this text.`,
  }),
  stopped: (directory, detail) => ({
    zh: `事件日志（${directory}）已停止（${detail}）。系统会自动重启它；若未恢复，请重启 roomward。`,
    en: `The event journal in ${directory} has stopped (${detail}). It is restarted by itself; if it does not come back, restart roomward.`,
  }),
};

/** Told once when a damaged journal was replaced. */
export function setAsideWords(file: string, aside: string): Words {
  return {
    zh: `事件日志 ${file} 已损坏，已另存为 ${aside}，并新建了日志。此前的事件历史和未送达的通知在旧文件中；请备份该文件并检查存储卡。`,
    en: `The event journal ${file} was damaged. It was kept as ${aside} and a new one was started. Earlier history and undelivered messages are in the old file: keep a copy of it and check the card.`,
  };
}

/** Told once when the end of a journal's log could not be read. */
export function logDamageWords(file: string, aside: string | null, commits: number): Words {
  return {
    zh: `事件日志 ${file} 的预写日志有一处损坏，其后至少 ${commits} 次写入无法读取，日志从损坏之前继续。${aside === null ? "没有空间保留损坏的文件" : `损坏的文件已复制为 ${aside}`}；请检查存储卡。`,
    en: `The log of the event journal ${file} is damaged at one place; at least ${commits} writes after it cannot be read, and the journal goes on from before it. ${aside === null ? "There was no room to keep the damaged files" : `The damaged files were copied to ${aside}`}. Check the card.`,
  };
}

export function vanishedWords(directory: string): Words {
  return {
    zh: `运行中的日志库被删除或替换（${directory}）。已重新建立，当前告警会再次写入；此前的记录请从备份恢复。`,
    en: `The journal in ${directory} was deleted or replaced while in use. A new one was started and live alarms are recorded again; restore older records from a backup.`,
  };
}

/** Told when the room is watched without a journal. */
export function absentWords(fault: Words): Words {
  return {
    zh: `${fault.zh}监测照常进行，但在日志库可用之前，告警只显示、不记录也不上报，重启后不保留。系统至少每分钟重试一次。`,
    en: `${fault.en} The room is watched all the same, but until the journal can be used alarms are only shown: not recorded, not told to targets, and gone after a restart. It is tried again at least once a minute.`,
  };
}

/** Told when a journal that was absent could be opened. */
export function arrivedWords(): Words {
  return {
    zh: "日志库已可用，监测将带着其中的告警重新开始，之后的报警事件照常记录",
    en: "the journal can be used now; watching begins anew with the alarms it knows, and events are recorded from here on",
  };
}

function quotaWords(directory: string, bytesMax: number): Words {
  const mib = Math.round(bytesMax / 1_048_576);
  return {
    zh: `${directory} 中的事件日志已用完配额 ${mib} MiB，其中都是尚未送达上级或尚未恢复的事件，不能删除，新事件暂存内存。请恢复与上级的连接，或在站点文件中调大 storage.journalMax。`,
    en: `The event journal in ${directory} has used up its ${mib} MiB with what may not be deleted: events that were not delivered or are still open. New ones wait in memory. Bring the targets back, or raise storage.journalMax in the site file.`,
  };
}

/** Told when the disk is full and its reserve is given to the journal. */
export function ballastWords(directory: string): Words {
  return {
    zh: `${directory} 所在磁盘已满，已释放预留空间（ballast），事件日志继续记录。请尽快清理磁盘。`,
    en: `The disk of ${directory} is full. Its reserve (the file ballast) was given to the event journal, which goes on. Free some space soon.`,
  };
}
