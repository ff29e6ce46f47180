import * as z from "zod";
import { httpUrl, id, language, signIn, trust } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

const access = {
  apiKey: z.string().min(1).max(512).optional(),
  ...signIn,
};

export const servicenowEventsTarget = z.strictObject({
  kind: z.literal("servicenow-events"),
  id,
  url: httpUrl.meta({
    description:
      "the whole address: `https://NAME.service-now.com/api/global/em/jsonv2`, or of a MID server `http://10.0.0.5:8097/api/mid/em/jsonv2`",
    zh: "完整地址：`https://NAME.service-now.com/api/global/em/jsonv2`，或 MID 服务器的 `http://10.0.0.5:8097/api/mid/em/jsonv2`",
  }),
  ...access,
  node: z
    .enum(["device", "assetNumber", "serial"])
    .meta({
      description: "what names the device in the CMDB: its id (`device`), or `assetNumber` or `serial` of the asset register",
      zh: "设备在 CMDB 中的名称：设备 id（`device`），或资产台账中的 `assetNumber`、`serial`",
    })
    .default("device"),
  ...trust,
  language,
});

export const servicenowIncidentTarget = z.strictObject({
  kind: z.literal("servicenow-incident"),
  id,
  url: httpUrl.meta({
    description: "the instance, e.g. `https://NAME.service-now.com`",
    zh: "实例地址，如 `https://NAME.service-now.com`",
  }),
  ...access,
  closeCode: z
    .string()
    .min(1)
    .max(40)
    .meta({ description: "the resolution code of an incident that is over", zh: "事件恢复时填写的解决代码" })
    .default("Solved (Permanently)"),
  fields: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,79}$/), z.string().max(200))
    .meta({
      description: "further fields of a new incident, e.g. `{ caller_id: roomward, assignment_group: Facilities }`",
      zh: "新建事件的其他字段，如 `{ caller_id: roomward, assignment_group: Facilities }`",
    })
    .default({}),
  ...trust,
  language,
  ...targetWording,
});
