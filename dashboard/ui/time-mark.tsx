import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { t } from "../text/words.ts";

/** Beside a time that was told while the box did not know the time of day: still uncertain, or put right since. */
export function TimeMark({ mark }: { readonly mark: AlarmRecord["timeMark"] }) {
  if (mark === undefined) return null;
  return <span class="label"> · {mark === "uncertain" ? t.value.timeUncertain : t.value.timeCorrected}</span>;
}
