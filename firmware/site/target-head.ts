import { id } from "./schema-words.ts";
import { scopeSchema } from "./scope-schema.ts";

/** What every kind of target has. */
export const targetHead = {
  id,
  only: scopeSchema.optional().meta({
    description: "which alarms it is told: { severity, areas, classes, devices, tags, schedule }; all when left out",
    zh: "只通知哪些告警：{ severity, areas, classes, devices, tags, schedule }；省略为全部",
  }),
};
