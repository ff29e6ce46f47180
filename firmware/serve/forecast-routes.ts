import { forecastRecordReplySchema, forecastsReplySchema } from "../contract/forecast.ts";
import type { ForecastPort } from "./ports.ts";
import { type Route, route } from "./routes.ts";

/** What is ahead of the room. */
export function forecastRoutes(forecasts: ForecastPort): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/forecasts",
      summary: "Limits, batteries and wear that are ahead: when, between when, how sure, and how such forecasts did before.",
      access: "room.see",
      reply: forecastsReplySchema,
      answer: () => forecasts.reply(),
    }),
    route({
      method: "GET",
      path: "/api/v1/forecasts/record",
      summary: "Every forecast that was told lately and what came of it, with the errors by kind and by point.",
      access: "room.see",
      reply: forecastRecordReplySchema,
      answer: () => forecasts.record(),
    }),
  ];
}
