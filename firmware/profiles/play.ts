import type { DeviceReader, Pace } from "../../drivers/driver.ts";
import { type ModbusRecording, unitOf } from "../../drivers/modbus/recording.ts";
import { deviceOver } from "../../drivers/modbus/session.ts";
import type { Profile } from "../../drivers/profile.ts";
import { emptyReadings, isGood, type QualityName, qualityName } from "../../drivers/reading.ts";
import { recordedDevices } from "../../drivers/snmp/recorded-rows.ts";
import { openRecording, type SnmpRecording } from "../../drivers/snmp/recording.ts";
import { sessionOver } from "../../drivers/snmp/session.ts";
import { findPoint } from "../../drivers/vocabulary.ts";

/** What a point says of a recording: a number in its unit, a state's name, or null with the reason as quality. */
export interface PlayedPoint {
  readonly point: string;
  readonly value: number | string | null;
  readonly unit: string;
  readonly quality: QualityName;
  /** Only where the recording says what a person saw: whether this is it. */
  readonly expected?: { readonly value: number | string | null; readonly met: boolean };
}

const TIME_STANDS = { monotonicMs: () => 0 };
/** What a recording has not is learned as on a wire: some of it in every round. */
const ROUNDS_TO_LEARN = 8;

/** Plays raw words against a profile, as the driver reads them on a wire. */
export async function playModbus(
  profile: Extract<Profile, { protocol: "modbus" }>,
  recording: ModbusRecording,
): Promise<readonly PlayedPoint[]> {
  const device = deviceOver(unitOf(recording), { profile, unit: 1, channel: recording.channel }, TIME_STANDS);
  const played = await pointsOf(device, ROUNDS_TO_LEARN);
  const unheard = Object.keys(recording.expect).filter((name) => !device.pointNames.includes(name));
  return [
    ...played.map((point): PlayedPoint => {
      const wanted = recording.expect[point.point];
      return wanted === undefined ? point : { ...point, expected: { value: wanted, met: isSame(point.value, wanted) } };
    }),
    ...unheard.map((point): PlayedPoint => {
      const value = recording.expect[point] ?? null;
      return { point, value: null, unit: "", quality: "never", expected: { value, met: false } };
    }),
  ];
}

/** Plays a recorded agent against a profile, all of its rows; where a row is a device, each of them in turn. */
export async function playSnmp(
  profile: Extract<Profile, { protocol: "snmp" }>,
  recording: SnmpRecording,
  pace: Pace,
): Promise<readonly PlayedPoint[]> {
  const devices = recordedDevices(profile, recording);
  const played: PlayedPoint[] = [];
  for (const rows of devices.length === 0 ? [{}] : devices)
    played.push(...(await pointsOf(sessionOver(openRecording(recording), pace).device({ profile, rows }))));
  return played;
}

async function pointsOf(device: DeviceReader, rounds = 1): Promise<readonly PlayedPoint[]> {
  const readings = emptyReadings(device.pointNames.length);
  for (let round = 0; round < rounds; round += 1) await device.read(readings);
  return device.pointNames.map((point, column) => {
    const definition = findPoint(point);
    const quality = readings.qualities[column] ?? 255;
    const raw = readings.values[column] ?? Number.NaN;
    const value = !isGood(quality) ? null : definition?.kind === "state" ? (definition.states[raw]?.name ?? null) : raw;
    return { point, value, unit: definition?.unit ?? "", quality: qualityName(quality) };
  });
}

const RELATIVE_TOLERANCE = 1e-6;

function isSame(value: number | string | null, wanted: number | string | null): boolean {
  if (typeof value !== "number" || typeof wanted !== "number") return value === wanted;
  return Math.abs(value - wanted) <= RELATIVE_TOLERANCE * Math.max(1, Math.abs(wanted));
}
