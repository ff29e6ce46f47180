import type { Words } from "../contract/alarm.ts";
import type { AuditVerdict } from "../journal/journal.ts";

const WRONG: Readonly<Record<"altered" | "removed" | "added", Words>> = {
  altered: { zh: "已被改动，或被换了位置", en: "was altered, or stands in another's place" },
  removed: { zh: "被删除", en: "was removed" },
  added: { zh: "不是网关写入的", en: "was not written by the gateway" },
};

/** What came of reading the whole audit log, and what to do with it. */
export function auditVerdictWords(file: string, verdict: AuditVerdict): Words {
  if (!verdict.ok) {
    const { zh, en } = WRONG[verdict.wrong];
    return {
      zh: `${file}：审计日志第 ${verdict.number} 行${zh}，其后各行不可信。请保留此文件，与备份比对，并查明谁能接触本机。`,
      en: `${file}: line ${verdict.number} of the audit log ${en}; what follows cannot be trusted. Keep this file, compare it with a backup, and find out who can reach this machine.`,
    };
  }
  const { rows, dropped, head } = verdict;
  const orOlder =
    dropped === 0
      ? { zh: "", en: "" }
      : { zh: `，或您所记的链头早于第 ${dropped} 行`, en: `, or what you noted is older than line ${dropped}` };
  if (!verdict.knowsHead)
    return {
      zh: `${file}：审计日志前后一致，但没有您所记下的链头：日志曾被整体重写或换掉${orOlder.zh}。请保留此文件并与备份比对。`,
      en: `${file}: the audit log agrees with itself, but the head that you noted is not in it: it was rewritten as a whole, or replaced${orOlder.en}. Keep this file and compare it with a backup.`,
    };
  const without =
    dropped === 0
      ? { zh: "", en: "" }
      : { zh: `（更早的 ${dropped} 行已到期删除）`, en: ` (the ${dropped} before them were dropped for their age)` };
  return {
    zh: `${file}：审计日志 ${rows} 行完整${without.zh}。链头 ${head}，请记在别处，下次用 --head 核对。`,
    en: `${file}: all ${rows} lines of the audit log are as written${without.en}. Head ${head}; note it down elsewhere and check it next time with --head.`,
  };
}
