import type { OnDamage } from "../platform/durable-json.ts";
import { ForecastDesk, type ForecastParts, TURN_MS } from "./desk.ts";
import { forecastsFile, NOTHING_STORED } from "./forecasts-file.ts";

export interface ForecastOptions extends Omit<ForecastParts, "file" | "stored"> {
  readonly dataFolder: string;
  readonly onDamage: OnDamage;
}

export interface OpenForecasts {
  readonly desk: ForecastDesk;
  close(): Promise<void>;
}

/** Begins to look ahead. What is lost of earlier forecasts costs only what they taught: a new file is begun. */
export async function openForecasts(options: ForecastOptions): Promise<OpenForecasts> {
  const { dataFolder, onDamage, clock, onTrouble } = options;
  const file = forecastsFile(dataFolder, clock, onDamage);
  const found = await file.read();
  if (found.outcome === "damaged" && !found.unreadable) {
    const problem = await file.setAsideLost();
    if (problem !== null) onTrouble(problem);
  }
  const desk = new ForecastDesk({ ...options, file, stored: found.outcome === "read" ? found.data : NOTHING_STORED });
  const stop = clock.every(TURN_MS, () => desk.turn());
  return {
    desk,
    async close() {
      stop();
      await desk.close();
    },
  };
}
