import { keyNames } from "../../firmware/contract/key-names.ts";
import type { NumberedPoint, Room } from "../live/store.ts";

/** The most telling points of a device, most telling first. */
export function keyPoints(room: Room, deviceId: string): readonly NumberedPoint[] {
  const device = room.device(deviceId);
  if (device === undefined) return [];
  const own = new Map(room.pointsOf(deviceId).map((point) => [point.name, point]));
  return keyNames(device.class, [...own.keys()]).flatMap((name) => own.get(name) ?? []);
}
