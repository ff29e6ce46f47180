import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { isActive } from "../live/order.ts";
import { t } from "../text/words.ts";

/** The ISA-18.2 state of an alarm in words. */
export function stateWord(alarm: AlarmRecord): string {
  if (alarm.held) return t.value.held;
  if (alarm.state === "B" && !isActive(alarm)) return t.value.stateLatched;
  return t.value[`state${alarm.state}`];
}
