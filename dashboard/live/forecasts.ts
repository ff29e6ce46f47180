import type { ForecastsReply } from "../../firmware/contract/forecast.ts";
import { type Answer, ask } from "./api.ts";

export const getForecasts = (): Promise<Answer<ForecastsReply>> => ask("GET", "/api/v1/forecasts");
