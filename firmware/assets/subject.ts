import type { Asset } from "../contract/asset-fields.ts";
import { daysLeft } from "../contract/asset-fields.ts";
import type { DescribeSubject } from "../incidents/event.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { areaPath } from "../site/place.ts";

/** The site's calendar day as `2026-09-20`; null while the box does not know the time of day. */
export function siteDay(timezone: string, clock: Pick<Clock, "wallMs" | "wallTrusted">): string | null {
  if (!clock.wallTrusted()) return null;
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(clock.wallMs())).toZonedDateTimeISO(timezone).toPlainDate().toString();
}

/** What a service desk is told of the device behind an alarm, as the asset register has it at that moment. */
export function subjectsOf(
  site: Pick<Site, "name" | "timezone" | "areas" | "devices">,
  assetOf: (device: string) => Asset | null,
  clock: Pick<Clock, "wallMs" | "wallTrusted">,
): DescribeSubject {
  const devices = new Map(site.devices.map((device) => [device.id, device]));
  const reporter = { zh: `机房守望 · ${site.name.zh}`, en: `Roomward · ${site.name.en}` };
  return ({ key, device: id }) => {
    const [, area = ""] = key.split("/");
    const device = devices.get(id);
    const asset = assetOf(id);
    const place = areaPath(site, area);
    const within = asset === null || asset.location === "" ? "" : ` / ${asset.location}`;
    const today = asset === null || asset.warrantyUntil === "" ? null : siteDay(site.timezone, clock);
    const left = asset === null || today === null ? null : daysLeft(asset.warrantyUntil, today);
    return {
      reporter,
      category: device?.profile.class ?? area,
      device: device?.name ?? { zh: id, en: id },
      location: { zh: `${place.zh}${within}`, en: `${place.en}${within}` },
      maker: asset?.maker ?? "",
      model: asset?.model ?? "",
      serial: asset?.serial ?? "",
      assetNumber: asset?.number ?? "",
      owner: asset?.owner ?? "",
      provider: asset?.provider ?? "",
      contract: asset?.contract ?? "",
      servicePhone: asset?.phone ?? "",
      warrantyUntil: asset?.warrantyUntil ?? "",
      inWarranty: left === null ? null : left >= 0,
    };
  };
}
