import { describe, expect, test } from "vitest";
import { profileIds } from "../../drivers/catalogue.ts";
import { playModbus } from "../../firmware/profiles/play.ts";
import { modbusProfile, modbusRecordings } from "./modbus-recordings.ts";

const recordings = modbusRecordings();

describe.each(recordings)("recording %s", (_, recording) => {
  test("is read as a person saw it", async () => {
    const played = await playModbus(modbusProfile(recording.profile), recording);
    expect(Object.keys(recording.expect).length).toBeGreaterThan(0);
    expect(played.filter(({ expected }) => expected?.met === false)).toEqual([]);
  });
});

test("every Modbus family has a recording", () => {
  const recorded = new Set(recordings.map(([, { profile }]) => profile));
  const modbus = profileIds().filter((id) => {
    try {
      return modbusProfile(id).protocol === "modbus";
    } catch {
      return false;
    }
  });
  expect(modbus.filter((id) => !recorded.has(id))).toEqual([]);
});
