import * as z from "zod";
import { duration } from "./schema-words.ts";

export const WARNINGS_MAX = 200;

const warningSchema = z.strictObject({
  points: z.array(z.string().min(1)).min(1).meta({
    description: "point ids with limits; `*` stands for any text, e.g. `th-*/ambient.temperature`",
    zh: "设有限值的测点编号，`*` 代表任意文字，如 `th-*/ambient.temperature`",
  }),
  within: duration(300_000, 7_200_000, {
    zh: "带单位的时长，5min 到 2h，如 `30min`：预计在此时间内到达限值即预警",
    en: "a duration with its unit, 5min to 2h, e.g. `30min`: a limit that is foretold within it is an early warning",
  }).prefault("30min"),
});

/** What the house does with its forecasts. Without the section they are shown and kept, and ring nothing. */
export const forecastsSchema = z
  .strictObject({
    warn: z.array(warningSchema).max(WARNINGS_MAX).default([]).meta({
      description: "points whose limit rings an early warning before it is met; the last entry that fits counts",
      zh: "到达限值之前先行预警的测点；以最后一条符合的为准",
    }),
  })
  .prefault({});
export type ForecastsEntry = z.infer<typeof forecastsSchema>;
