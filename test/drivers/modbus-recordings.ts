import { readdirSync, readFileSync } from "node:fs";
import { loadProfile } from "../../drivers/catalogue.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import { type ModbusRecording, modbusRecordingSchema } from "../../drivers/modbus/recording.ts";

const FOLDER = new URL("../recordings/modbus/", import.meta.url);

/** Every recording of raw words in `test/recordings/modbus`, tomorrow's included. */
export function modbusRecordings(): readonly (readonly [name: string, recording: ModbusRecording])[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => [file, modbusRecordingSchema.parse(JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")))] as const);
}

/** A shipped Modbus profile; anything wrong with it fails the test that asks. */
export function modbusProfile(id: string): ModbusProfile {
  const answer = loadProfile(id);
  if ("problems" in answer) throw new Error(JSON.stringify(answer.problems));
  if (answer.profile.protocol !== "modbus") throw new Error(`${id} is no Modbus profile`);
  return answer.profile;
}
