import * as z from "zod";
import { httpUrl, id, language, trust } from "../schema-words.ts";

const url = httpUrl.meta({
  description: "the whole webhook address of the robot, with its key; it is a secret",
  zh: "机器人的完整 webhook 地址（含密钥），属于机密",
});
const secret = z
  .string()
  .min(1)
  .max(256)
  .meta({ description: "the secret that signs its messages (security setting “sign”)", zh: "加签密钥（安全设置“加签”/“签名校验”）" })
  .optional();

export const wecomTarget = z.strictObject({ kind: z.literal("wecom"), id, url, ...trust, language });
export const dingtalkTarget = z.strictObject({ kind: z.literal("dingtalk"), id, url, secret, ...trust, language });
export const feishuTarget = z.strictObject({ kind: z.literal("feishu"), id, url, secret, ...trust, language });
