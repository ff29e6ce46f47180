import type { Words } from "../contract/alarm.ts";
import type { AuditVerdict } from "../journal/audit.ts";

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
  if (!verdict.knowsHead)
    return {
      zh: `${file}：审计日志前后一致，但没有您所记下的链头：日志曾被整体重写或换掉。请保留此文件并与备份比对。`,
      en: `${file}: the audit log agrees with itself, but the head that you noted is not in it: it was rewritten as a whole, or replaced. Keep this file and compare it with a backup.`,
    };
  return {
    zh: `${file}：审计日志 ${verdict.rows} 行完整。链头 ${verdict.head}，请记在别处，下次用 --head 核对。`,
    en: `${file}: all ${verdict.rows} lines of the audit log are as written. Head ${verdict.head}; note it down elsewhere and check it next time with --head.`,
  };
}
