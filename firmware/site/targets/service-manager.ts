import * as z from "zod";
import { httpUrl, id, language, signIn, trust } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

const word = z.string().min(1).max(40);
const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._]{0,79}$/)
  .meta({ description: "a name of letters, digits, dots and underscores", zh: "由字母、数字、点和下划线组成的名称" });
const action = name.meta({
  description: "the name of an action of the resource, or `update`: the status is set instead",
  zh: "资源动作的名称；或 `update`：直接修改状态",
});

export const serviceManagerTarget = z.strictObject({
  kind: z.literal("service-manager"),
  id,
  url: httpUrl.meta({
    description: "the REST address, e.g. `https://sm.example:13443/SM/9/rest`",
    zh: "REST 地址，如 `https://sm.example:13443/SM/9/rest`",
  }),
  ...signIn,
  collection: name.default("incidents"),
  resource: name.default("Incident"),
  /** No field of Service Manager as it comes is known to be free for this. */
  markField: name.meta({
    description: "a text field of incidents that REST shows, lets write and query, and that nobody else uses: it keeps our mark",
    zh: "事件单的一个文本字段：REST 可读、可写、可查询，且无他用；用于存放本产品的标记",
  }),
  fields: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9._]{0,79}$/), z.string().max(200))
    .meta({
      description: "further fields of a new incident, e.g. `{ Category: incident, Area: failure, AssignmentGroup: Facilities }`",
      zh: "新建事件单的其他字段，如 `{ Category: incident, Area: failure, AssignmentGroup: Facilities }`",
    })
    .default({}),
  closureCode: word
    .meta({ description: "the closure code of an incident that is over", zh: "事件恢复时填写的关闭代码" })
    .default("Automatically Closed"),
  statuses: z
    .strictObject({ new: z.array(word).max(10), open: word, resolved: word, closed: word })
    .partial()
    .meta({
      description: "what the statuses are called: { new: [Open, Categorize], open: Work In Progress, resolved: Resolved, closed: Closed }",
      zh: "各状态的名称：{ new: [Open, Categorize], open: Work In Progress, resolved: Resolved, closed: Closed }",
    })
    .default({}),
  actions: z
    .strictObject({ resolve: action, reopen: action })
    .partial()
    .meta({
      description: "how an incident is resolved and opened again: { resolve: resolve, reopen: reopen }, `update` sets the status",
      zh: "如何解决和重开事件单：{ resolve: resolve, reopen: reopen }；`update` 表示直接修改状态",
    })
    .default({}),
  ...trust,
  language,
  ...targetWording,
});
