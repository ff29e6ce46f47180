import * as z from "zod";
import { duration, id, words } from "./schema-words.ts";
import { scopeSchema } from "./scope-schema.ts";
import { endOfSpan, timeOfDay, weekdays } from "./week-schema.ts";

export const ESCALATION_MAX = { rotas: 16, people: 64, shifts: 168, handOvers: 12, plans: 32, steps: 8, repeats: 48 } as const;

const personEntrySchema = z.strictObject({
  id,
  name: words,
  phone: z.string().min(1).max(40).optional().meta({ description: "a phone number, in quotes", zh: "电话号码，加引号" }),
  mail: z
    .email()
    .max(254)
    .optional()
    .meta({ description: "a mail address, e.g. `wang@example.com`", zh: "邮箱地址，如 `wang@example.com`" }),
  target: id.optional().meta({
    description: "the target that reaches this person: with `mail` a mail target that lends its server, else one of the person's own",
    zh: "联系此人的上级目标：写了 `mail` 时为借用其服务器的邮件目标，否则为此人专用的目标",
  }),
});

const shiftEntrySchema = z.strictObject({ days: weekdays, from: timeOfDay, to: endOfSpan, who: id });

/** Who is on call, in turn or by a fixed table of the week. */
export const rotaEntrySchema = z.strictObject({
  id,
  name: words,
  people: z
    .array(personEntrySchema)
    .max(ESCALATION_MAX.people)
    .meta({ description: `1 to ${ESCALATION_MAX.people} people`, zh: `1 到 ${ESCALATION_MAX.people} 人` }),
  handOver: z
    .strictObject({ at: z.array(timeOfDay).min(1).max(ESCALATION_MAX.handOvers).default(["08:00"]), days: weekdays })
    .optional()
    .meta({ description: "when the next one takes over: { at: [`08:00`], days: [mon] }", zh: "换班时刻：{ at: [`08:00`], days: [mon] }" }),
  order: z.array(id).min(1).max(ESCALATION_MAX.people).optional().meta({
    description: "ids of people, in the order of their turns; as listed when left out",
    zh: "轮值顺序（人员编号）；省略时按所列顺序",
  }),
  starts: z.iso
    .date()
    .meta({
      description: "the day whose first hand-over begins the order, YYYY-MM-DD in quotes",
      zh: "从哪天的首次换班开始轮值，YYYY-MM-DD，加引号",
    })
    .default("2026-01-05"),
  table: z.array(shiftEntrySchema).min(1).max(ESCALATION_MAX.shifts).optional().meta({
    description: "instead of an order, the shifts of every week: { days, from, to, who }",
    zh: "固定排班表（代替轮值）：{ days, from, to, who }",
  }),
  note: z.boolean().default(true).meta({ description: "whether a written hand-over is expected", zh: "换班时是否要求书面交接" }),
});

const delay = duration(0, 604_800_000, {
  zh: "带单位的时长，0s 到 168h，如 `20min`",
  en: "a duration with its unit, 0s to 168h, e.g. `20min`",
});
const every = duration(60_000, 86_400_000, {
  zh: "带单位的间隔，1min 到 24h，如 `5min`",
  en: "an interval with its unit, 1min to 24h, e.g. `5min`",
});
const targets = z.array(id).max(32).default([]);

const stepEntrySchema = z.strictObject({
  after: delay.optional(),
  targets: targets.meta({ description: "ids of targets that are told", zh: "要通知的上级目标编号" }),
  onCall: z.array(id).max(ESCALATION_MAX.rotas).default([]).meta({
    description: "ids of rotas: whoever is on call then is told",
    zh: "排班编号：通知当时的值班人",
  }),
  repeat: z
    .strictObject({ every, times: z.int().min(1).max(ESCALATION_MAX.repeats) })
    .optional()
    .meta({ description: "{ every: 5min, times: 2 }", zh: "{ every: 5min, times: 2 }" }),
  fallback: targets.meta({
    description: "ids of targets to be told instead, one after the other, when one of the step does not take it",
    zh: "本步目标送不到时依次改用的目标编号",
  }),
});

/** Whom an alarm calls, in which steps; the first plan that fits an alarm is its plan. */
export const planEntrySchema = z.strictObject({
  id,
  name: words.optional(),
  when: scopeSchema.prefault({}),
  until: z
    .enum(["acknowledged", "cleared"])
    .meta({
      description: "`acknowledged` (or back to normal), or `cleared`: also when somebody has it",
      zh: "`acknowledged`（确认或恢复即停）或 `cleared`（恢复才停）",
    })
    .default("acknowledged"),
  steps: z.array(stepEntrySchema).min(1).max(ESCALATION_MAX.steps),
});

export type RotaEntry = z.infer<typeof rotaEntrySchema>;
export type PlanEntry = z.infer<typeof planEntrySchema>;
/** Steps that do not say when: at once, after 20 and after 90 minutes. */
export const STEP_AFTER_MS: readonly number[] = [0, 1_200_000, 5_400_000];
