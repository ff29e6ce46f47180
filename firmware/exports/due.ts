import { createHash } from "node:crypto";
import type { InspectionSummary } from "../contract/inspection.ts";

/** What is to be made. `late`: its time passed while the box was off or did not know the time. */
export type ExportJob =
  | {
      readonly kind: "sheet";
      readonly key: string;
      readonly stamp: string;
      readonly sheet: string;
      readonly late: boolean;
      /** With the figures of the whole day. */
      readonly closed: boolean;
    }
  | {
      readonly kind: "summary";
      readonly key: string;
      readonly stamp: string;
      readonly period: "week" | "month";
      /** First and last day, YYYY-MM-DD. */
      readonly first: string;
      readonly last: string;
    };

export interface Now {
  /** YYYY-MM-DD and HH:MM of the site's zone. */
  readonly today: string;
  readonly time: string;
}

/** By then the figures of the day that is over are written down. */
const DAY_SETTLED_AT = "00:05";
/** Of a SHA-256 in hex: enough to tell documents of one name apart. */
const HASH_LENGTH = 24;

/**
 * Which documents are missing, or say something else than the sheet does now. `made` is what was made, by key, as `markOf` notes it.
 * The caller knows the time of day; without it nothing is due.
 */
export function dueExports(
  lines: readonly InspectionSummary[],
  times: ReadonlyMap<string, string>,
  made: ReadonlyMap<string, string>,
  now: Now,
): readonly ExportJob[] {
  return [...sheetJobs(lines, times, now), ...summaryJobs(lines, now)].filter((job) => !isMade(job, made.get(job.key) ?? "", now));
}

/** What is noted of a document that was made: of what, on which day, whether the day that it is about was over, and what it says. */
export function markOf(job: ExportJob, { today }: Now, content: string): string {
  return `${job.stamp} ${today} ${job.kind === "sheet" && job.closed ? "c" : "o"} ${content.slice(0, HASH_LENGTH)}`;
}

/** Whether the document that was noted says the same, whatever the clock has done since. */
export function saysSame(mark: string, content: string): boolean {
  return mark.split(" ")[3] === content.slice(0, HASH_LENGTH);
}

function isMade(job: ExportJob, mark: string, { today }: Now): boolean {
  const [stamp = "", day = "", closed] = mark.split(" ");
  // More than a day later than now: by a clock that ran ahead, of a day that was still to come.
  if (day !== "" && dayBefore(day) > today) return false;
  // A clock that was set back over midnight opens the day once more; its document is made again when it is over again.
  return stamp.startsWith(job.stamp) || (closed === "c" && job.kind === "sheet" && !job.closed);
}

function sheetJobs(lines: readonly InspectionSummary[], times: ReadonlyMap<string, string>, { today, time }: Now): ExportJob[] {
  return lines.flatMap((line): ExportJob[] => {
    const at = times.get(line.template) ?? "00:00";
    if (line.day > today || (line.day === today && time < at)) return [];
    // The gateway is about to write down the whole day; a box whose history does not answer is not waited for.
    if (line.day === dayBefore(today) && !line.closed) return [];
    // Half-filled answers do not make it new every minute; a signature, a review, a correction and the end of the day do.
    const stamp = stampOf([line.state, line.signedAtMs, line.abnormal, line.corrected, line.closed]);
    return [{ kind: "sheet", key: line.id, stamp, sheet: line.id, late: line.day < today, closed: line.closed }];
  });
}

/** Last week (Monday to Sunday, ISO 8601) and last month, once their last day is settled; not those before the box knew its rounds. */
function summaryJobs(lines: readonly InspectionSummary[], { today, time }: Now): ExportJob[] {
  const day = Temporal.PlainDate.from(today);
  const monday = day.subtract({ days: day.dayOfWeek - 1 });
  const firstOfMonth = day.with({ day: 1 });
  const week = { first: monday.subtract({ days: 7 }), last: monday.subtract({ days: 1 }) };
  const month = { first: firstOfMonth.subtract({ months: 1 }), last: firstOfMonth.subtract({ days: 1 }) };
  const job = (period: "week" | "month", span: typeof week, name: string): ExportJob[] => {
    const [first, last] = [span.first.toString(), span.last.toString()];
    const within = lines.filter((line) => line.day >= first && line.day <= last);
    if (within.length === 0 || (last === dayBefore(today) && time < DAY_SETTLED_AT)) return [];
    const stamp = stampOf(within.map(({ id, state, corrected, abnormal }) => [id, state, corrected, abnormal]));
    return [{ kind: "summary", key: `${period}-${name}`, stamp, period, first, last }];
  };
  const weekName = `${week.first.yearOfWeek}-w${String(week.first.weekOfYear).padStart(2, "0")}`;
  return [...job("week", week, weekName), ...job("month", month, month.first.toString().slice(0, 7))];
}

function stampOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, HASH_LENGTH);
}

function dayBefore(day: string): string {
  return Temporal.PlainDate.from(day).subtract({ days: 1 }).toString();
}
