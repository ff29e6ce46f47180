import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import * as z from "zod";
import { listProfiles } from "../../drivers/catalogue.ts";
import { SourceText } from "../../drivers/source-text.ts";
import { MARK } from "./format.ts";

/** What of a device is part of how it is read; names, assets and parents are nobody's business who mends a driver. */
const DEVICE_KEYS = ["id", "bus", "profile", "unit", "address", "channel", "rows", "every"] as const;
const AREA = { id: "recorded", name: "recorded" };

/** As much of a site file that passed its check as is needed here. */
const siteTextSchema = z.looseObject({
  site: z.looseObject({ id: z.string(), timezone: z.string().optional() }),
  buses: z.array(z.looseObject({ id: z.string() })),
  devices: z.array(z.looseObject({ bus: z.string(), profile: z.string() })),
  profiles: z.record(z.string(), z.unknown()).optional(),
});

/**
 * The head of a recording: a site file with one bus, its devices, and the profiles that the product does not have, so that the recording says
 * on any other box what it said on this one.
 */
export function recordingHead(
  siteText: string,
  bus: string,
  { version, wallMs }: { readonly version: string; readonly wallMs: number },
): string {
  const { site, buses, devices, profiles = {} } = siteTextSchema.parse(new SourceText(siteText).value());
  const recorded = devices.filter((device) => device.bus === bus);
  const used = new Set(recorded.map(({ profile }) => profile));
  const brought = Object.entries({ ...boxProfiles(used), ...profiles }).filter(([id]) => used.has(id));
  const head = {
    site: { id: site.id, name: site.id, ...(site.timezone === undefined ? {} : { timezone: site.timezone }) },
    areas: [AREA],
    buses: buses.filter(({ id }) => id === bus),
    devices: recorded.map((device) => ({
      ...Object.fromEntries(DEVICE_KEYS.filter((key) => key in device).map((key) => [key, device[key]])),
      area: AREA.id,
    })),
    ...(brought.length === 0 ? {} : { profiles: Object.fromEntries(brought) }),
  };
  return `${MARK} · ${bus} · ${new Date(wallMs).toISOString()} · roomward ${version}\n${stringify(head)}---\n`;
}

function boxProfiles(used: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  const own = listProfiles().filter(({ id, origin }) => used.has(id) && origin !== "product");
  return Object.fromEntries(own.map(({ id, file }) => [id, new SourceText(readFileSync(file, "utf8")).value()]));
}
