import type { Scrape } from "../metrics/scrape.ts";
import { METRICS_MEDIA_TYPE } from "../metrics/text.ts";
import { Download } from "./download.ts";
import { type Route, route } from "./routes.ts";

/** Where every Prometheus looks unless it is told otherwise. */
export const METRICS_PATH = "/metrics";

/** Many gateways on one screen: each tells a Prometheus that exists already. */
export function metricsRoutes(scrape: Pick<Scrape, "pieces">): readonly Route[] {
  return [
    route({
      method: "GET",
      path: METRICS_PATH,
      summary:
        "Every reading, how buses and devices answer, alarms, incidents and the box itself, for Prometheus (text format 0.0.4). What is not known is absent.",
      access: "room.see",
      downloads: METRICS_MEDIA_TYPE,
      answer: () => new Download(null, METRICS_MEDIA_TYPE, scrape.pieces()),
    }),
  ];
}
