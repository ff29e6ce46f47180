import type { Site } from "../site/model.ts";
import type { TargetEntry } from "../site/target-schema.ts";
import type { WebhookTemplate } from "./dialects/webhook.ts";
import { placesOf } from "./place.ts";

/** How a webhook of the site file wants its body; null: it takes our own. */
export function webhookTemplate(target: Extract<TargetEntry, { kind: "webhook" }>, site: Site): WebhookTemplate | null {
  const { body, contentType, language = "zh" } = target;
  return body === undefined ? null : { body, contentType, language, timezone: site.timezone, places: placesOf(site) };
}
