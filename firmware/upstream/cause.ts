import type { IncidentEvent } from "../incidents/event.ts";

/** A probable cause of IANA-ITU-ALARM-TC-MIB (M.3100), by number and name. */
export interface ProbableCause {
  readonly number: number;
  readonly name: string;
}

const CAUSES: readonly (readonly [about: RegExp, number: number, name: string])[] = [
  [/=ahead$/, 549, "thresholdCrossed"],
  [/^output\.source=(battery|none)$/, 106, "commercialPowerFailure"],
  [/^battery\.(charge|runtime|status)=(low|depleted)$/, 112, "lowBatteryThreshold"],
  [/^battery\./, 105, "batteryFailure"],
  [/^ambient\.temperature=high/, 123, "highTemperature"],
  [/^ambient\.temperature=low/, 130, "lowTemperature"],
  [/^ambient\.humidity=high/, 122, "highHumidity"],
  [/^ambient\.humidity=low/, 128, "lowHumidity"],
  [/=(forced|denied)$/, 126, "intrusionDetection"],
  [/^door\./, 118, "enclosureDoorOpen"],
  [/^leak\./, 121, "flood"],
  [/^(cooling|compressor|fan)\./, 134, "coolingSystemFailure"],
  [/=(lost|busSilent|adapterMissing)$/, 135, "externalEquipmentFailure"],
  [/=stale$/, 136, "externalPointFailure"],
];

/** What a network management system sorts by; `other` where M.3100 has no word. */
export function probableCause({ resource, type }: Pick<IncidentEvent, "resource" | "type">): ProbableCause {
  const point = resource.point?.slice(resource.device.length + 1) ?? "";
  const [, number, name] = CAUSES.find(([about]) => about.test(`${point}=${type}`)) ?? [null, 1024, "other"];
  return { number, name };
}
