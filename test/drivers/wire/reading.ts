import { loadProfile } from "../../../drivers/catalogue.ts";
import type { DeviceReader, ReadReport } from "../../../drivers/driver.ts";
import type { Profile } from "../../../drivers/profile.ts";
import { emptyReadings, qualityName, type Readings } from "../../../drivers/reading.ts";
import { findPoint } from "../../../drivers/vocabulary.ts";

/** A profile of the catalogue that speaks the given protocol. */
export function profileOf<Protocol extends Profile["protocol"]>(
  id: string,
  protocol: Protocol,
): Extract<Profile, { readonly protocol: Protocol }> {
  const loaded = loadProfile(id);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  const { profile } = loaded;
  const speaks = (one: Profile): one is Extract<Profile, { readonly protocol: Protocol }> => one.protocol === protocol;
  if (!speaks(profile)) throw new Error(`${id} speaks ${profile.protocol}`);
  return profile;
}

/** What a device said, by point name: a number, the name of a state, or `!reason` where there is no value. */
export interface Seen {
  readonly points: Readonly<Record<string, number | string>>;
  readonly report: ReadReport;
}

/** A device whose readings are kept from one read to the next, as acquisition keeps them. */
export function watched(reader: DeviceReader): () => Promise<Seen> {
  const readings = emptyReadings(reader.pointNames.length);
  return async () => {
    const report = await reader.read(readings);
    return { points: Object.fromEntries(reader.pointNames.map((name, column) => [name, said(name, readings, column)])), report };
  };
}

function said(name: string, { values, qualities }: Readings, column: number): number | string {
  const quality = qualities[column] ?? 255;
  if (quality !== 0) return `!${qualityName(quality)}`;
  const value = values[column] ?? Number.NaN;
  const definition = findPoint(name);
  return definition?.kind === "state" ? (definition.states[value]?.name ?? "?") : value;
}
