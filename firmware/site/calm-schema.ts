import * as z from "zod";
import { CALM_SETTINGS, type CalmSettings } from "../alarms/calm.ts";
import { duration } from "./schema-words.ts";

const upToDay = duration(0, 86_400_000, { zh: "带单位的时长，0s 到 24h，如 `60s`", en: "a duration with its unit, 0s to 24h, e.g. `60s`" });
const { groupWithinMs, flood } = CALM_SETTINGS;

/** What keeps the room calm; all of it can be left out. */
export const calmSchema = z
  .strictObject({
    group: upToDay.prefault(`${groupWithinMs / 1_000}s`).meta({
      description: "alarms of one place within this time are one incident; `0s`: each is its own",
      zh: "同一位置在此时间内的告警合为一个事件；`0s` 为不合并",
    }),
    flood: z
      .strictObject({
        opensAbove: z.int().min(1).max(10_000).default(flood.opensAbove),
        endsBelow: z.int().min(1).max(10_000).default(flood.endsBelow),
        within: upToDay.prefault(`${flood.withinMs / 60_000}min`),
      })
      .prefault({})
      .refine(({ opensAbove, endsBelow }) => endsBelow <= opensAbove)
      .meta({
        description:
          "more alarms than `opensAbove` within the time are told as one flood, until there are fewer than `endsBelow`, which may not be more",
        zh: "此时间内告警多于 opensAbove 条即合并上报，少于 endsBelow 条时结束；endsBelow 不大于 opensAbove",
      }),
  })
  .prefault({})
  .meta({ description: "how alarms are kept calm", zh: "告警合并与风暴" });

export function calmOf({ group, flood }: z.infer<typeof calmSchema>): CalmSettings {
  return { groupWithinMs: group, flood: { opensAbove: flood.opensAbove, endsBelow: flood.endsBelow, withinMs: flood.within } };
}
