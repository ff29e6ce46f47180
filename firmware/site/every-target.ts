import * as z from "zod";
import { id } from "./schema-words.ts";
import { scopeSchema } from "./scope-schema.ts";

/** What every kind of target can have beside its own: of what it is told, and how. */
export const everyTarget = {
  only: scopeSchema.optional().meta({
    description: "which alarms it is told: { severity, areas, classes, devices, tags, schedule }; all when left out",
    zh: "只通知哪些告警：{ severity, areas, classes, devices, tags, schedule }；省略为全部",
  }),
  rate: z
    .int()
    .min(1)
    .max(6_000)
    .meta({ description: "messages per minute, 1–6000; left out: as many as it takes", zh: "每分钟最多的消息数，1–6000；不写则不限" })
    .optional(),
  collapse: z
    .boolean()
    .meta({
      description: "true: what a waiting clear of the same incident has overtaken is not sent, only the clear is; left out: all is sent",
      zh: "true：同一事件的恢复已在排队时，之前未发的消息不再发送，只发恢复；不写则全部发送",
    })
    .optional(),
  fallback: id
    .meta({
      description: "id of another target that is told what waits for this one longer than a minute while it cannot be reached or refuses",
      zh: "另一个上级目标的编号：本目标不可达或拒收时，等待超过一分钟的消息改为通知它",
    })
    .optional(),
};
