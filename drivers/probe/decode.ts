import { putGood, putQuality, putRaw } from "../house-value.ts";
import { QUALITY, type Readings } from "../reading.ts";
import type { Finding } from "./finding.ts";
import type { ProbeColumn } from "./plan.ts";
import { ANSWERS } from "./profile.ts";

/** Fills all columns of one probe. What is down has no response time: there is nothing to measure, which is neither a fault nor zero. */
export function putFinding(columns: readonly ProbeColumn[], finding: Finding, into: Readings): void {
  for (const column of columns) {
    if (finding.outcome === "lost") putQuality(column.to, QUALITY[finding.reason], into);
    else if (column.tells === "state" || column.tells === "answer")
      putGood(column.to, column.byAnswer[ANSWERS.indexOf(finding.answer)] as number, into);
    else {
      const raw = measured(column.tells, finding);
      if (raw === undefined) putQuality(column.to, QUALITY.nothingToMeasure, into);
      else putRaw(column.to, raw, into);
    }
  }
}

function measured(
  tells: Exclude<ProbeColumn["tells"], "state" | "answer">,
  found: Extract<Finding, { outcome: "found" }>,
): number | undefined {
  switch (tells) {
    case "milliseconds":
      return found.responseMs;
    case "loss":
      return found.lossPercent;
    case "status":
      return found.status;
    case "certificate":
      return found.certificateDays;
    default:
      return tells satisfies never;
  }
}
