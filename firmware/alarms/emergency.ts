import type { Rule } from "./rule.ts";

/** Points that stand for water, smoke and fire. A broken cable or a lost detector is trouble, but no emergency. */
const EMERGENCY = /^(leak(\.[^.]+)?\.detected|smoke\.detected|fire\.(alarm|released))$/;

/** People or the house are in danger: such an alarm is never shelved, suppressed or taken out of service, and its sound comes back soon. */
export function isEmergency({ kind, device, pointId }: Pick<Rule, "kind" | "device" | "pointId">): boolean {
  return kind !== "silence" && pointId !== null && EMERGENCY.test(pointId.slice(device.length + 1));
}
