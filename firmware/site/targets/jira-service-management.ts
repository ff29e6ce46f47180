import * as z from "zod";
import { httpUrl, id, language, trust } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

export const jiraServiceManagementTarget = z.strictObject({
  kind: z.literal("jira-service-management"),
  id,
  /** Where `/alerts` is below; Opsgenie's is `https://api.opsgenie.com/v2`. */
  url: httpUrl.default("https://api.atlassian.com/jsm/ops/integration/v2"),
  apiKey: z.string().min(8).max(256).meta({ description: "the API key of the integration (GenieKey)", zh: "集成的 API 密钥（GenieKey）" }),
  teams: z
    .array(z.string().min(1).max(100))
    .max(20)
    .meta({ description: "names of the teams that respond, at most 20", zh: "响应团队的名称，最多 20 个" })
    .default([]),
  tags: z
    .array(z.string().min(1).max(50))
    .max(20)
    .meta({ description: "tags of the alerts, at most 20 of 50 characters", zh: "告警标签，最多 20 个、每个 50 字" })
    .default([]),
  ...trust,
  language,
  ...targetWording,
});
