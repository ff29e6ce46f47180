import * as z from "zod";
import { SEVERITIES } from "../contract/severity.ts";
import { FORMULA_MAX } from "../points/formula.ts";
import { LIMIT_PROFILE_IDS } from "./limit-profiles.ts";
import { delay, duration, id, words } from "./schema-words.ts";

/** What a site may have of everything that judges; what is above it is said, not cut off. */
export const RULE_MAX = { schedules: 32, computed: 500, conditions: 500, expected: 100, windowsPerPoint: 4 } as const;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const window = duration(MINUTE_MS, DAY_MS, { zh: "时间窗，1min 到 24h，如 `15min`", en: "a window of time, 1min to 24h, e.g. `15min`" });
const severity = z.enum(SEVERITIES);
const limits = z
  .partialRecord(severity, z.number())
  .meta({ description: "severity (critical, major, minor, warning) → limit", zh: "严重程度（critical、major、minor、warning）→ 限值" });
const amounts = z.partialRecord(severity, z.number().positive()).meta({
  description: "severity (critical, major, minor, warning) → how much, above 0",
  zh: "严重程度（critical、major、minor、warning）→ 大于 0 的变化量",
});
const text = words.meta({ description: "what happened, for people", zh: "发生了什么（告警文字）" });
const action = words.meta({ description: "what to do now", zh: "现在该做什么" });
export const limitProfile = z.enum(LIMIT_PROFILE_IDS as [string, ...string[]]).meta({
  description: `limits of a standard, one of ${LIMIT_PROFILE_IDS.join(", ")}`,
  zh: `标准限值，${LIMIT_PROFILE_IDS.join("、")} 之一`,
});
const during = z
  .union([id, z.array(id).min(1).max(RULE_MAX.schedules)])
  .meta({ description: "ids of schedules; the rule holds while one of them is on", zh: "时间段编号；其中之一生效时本规则有效" });
const reAlarm = duration(MINUTE_MS, 31 * DAY_MS, {
  zh: "带单位的时长，1min 到 31d：确认后仍未恢复则再次响铃",
  en: "a duration with its unit, 1min to 31d: an acknowledged alarm that stays rings again",
});
const formula = z.string().min(1).max(FORMULA_MAX.characters);
const deadband = z.number().min(0);

/** `false` switches off what a more general rule says. */
const orOff = <Schema extends z.ZodType>(schema: Schema) => z.union([z.literal(false), schema]);

const rate = z.strictObject({ within: window, rise: amounts.optional(), fall: amounts.optional(), deadband: deadband.optional() }).meta({
  description: "how much it may change within a time, e.g. `{ within: 15min, rise: { major: 5 } }`",
  zh: "时间窗内允许的变化，如 `{ within: 15min, rise: { major: 5 } }`",
});
const deviation = z
  .strictObject({ from: formula, above: amounts.optional(), below: amounts.optional(), deadband: deadband.optional() })
  .meta({
    description: "how far it may be from another value, e.g. `{ from: return.temperature.setpoint, above: { minor: 3 } }`",
    zh: "与另一数值的允许偏差，如 `{ from: return.temperature.setpoint, above: { minor: 3 } }`",
  });
const increase = z.strictObject({ within: window, high: amounts, wrap: z.int().min(2).max(Number.MAX_SAFE_INTEGER).optional() }).meta({
  description: "how much a counter may go up, e.g. `{ within: 1h, high: { minor: 3 } }`",
  zh: "计数器在时间窗内允许的增量，如 `{ within: 1h, high: { minor: 3 } }`",
});
const flat = z
  .strictObject({
    for: duration(MINUTE_MS, 31 * DAY_MS, { zh: "带单位的时长，1min 到 31d", en: "a duration with its unit, 1min to 31d" }),
    tolerance: z.number().min(0).default(0),
    severity: severity.default("minor"),
  })
  .meta({ description: "a value that no longer moves, e.g. `{ for: 6h }`", zh: "数值长时间不变，如 `{ for: 6h }`" });

/** What a rule does not say is as a more general one has it for that point; an empty `{}` switches a limit off. */
export const ruleEntrySchema = z.strictObject({
  points: z.array(z.string().min(1)).min(1).meta({
    description: "point ids; `*` stands for any text, e.g. `th-*/ambient.temperature`",
    zh: "测点编号，`*` 代表任意文字，如 `th-*/ambient.temperature`",
  }),
  during: during.optional(),
  limits: limitProfile.optional(),
  high: limits.optional(),
  low: limits.optional(),
  state: z.record(z.string(), severity).optional().meta({ description: "state name → severity", zh: "状态名 → 严重程度" }),
  rate: orOff(z.union([rate, z.array(rate).min(1).max(RULE_MAX.windowsPerPoint)])).optional(),
  deviation: orOff(deviation).optional(),
  increase: orOff(increase).optional(),
  flat: orOff(flat).optional(),
  deadband: deadband.optional(),
  on: delay.optional(),
  off: delay.optional(),
  latched: z.boolean().optional(),
  reAlarm: reAlarm.optional(),
  action: action.optional(),
});

const time = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: 'a time of the day in quotes, e.g. `"22:00"`', zh: '一天中的时间，加引号，如 `"22:00"`' });
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const days = z.array(z.enum(WEEKDAYS)).min(1).max(7).meta({ description: "days, e.g. `[sat, sun]`", zh: "星期，如 `[sat, sun]`" });

/** Times of the site's own clock. With neither time it is the whole day. */
export const scheduleEntrySchema = z.strictObject({ id, days: days.default([...WEEKDAYS]), from: time.optional(), to: time.optional() });

/** A point that the box works out from others. */
export const computedEntrySchema = z.strictObject({
  point: z.string().min(3).max(120).meta({
    description: "`device/name`, the name one of the vocabulary; `*` in the device stands for any text",
    zh: "`设备/测点名`，测点名取自词汇表；设备编号中的 `*` 代表任意文字",
  }),
  formula: formula.meta({
    description: "e.g. `sum(pdu-*/input.realpower)` or `dewpoint(ambient.temperature, ambient.humidity)`",
    zh: "如 `sum(pdu-*/input.realpower)` 或 `dewpoint(ambient.temperature, ambient.humidity)`",
  }),
});

/** An alarm that several points make together. */
export const conditionEntrySchema = z.strictObject({
  id,
  device: id.meta({ description: "the device that the alarm is about", zh: "告警所属设备" }),
  when: formula.meta({
    description: "e.g. `crac-1/cooling.status is stopped and max(th-*/ambient.temperature) > 27`",
    zh: "如 `crac-1/cooling.status is stopped and max(th-*/ambient.temperature) > 27`",
  }),
  severity,
  text,
  action: action.optional(),
  during: during.optional(),
  on: delay.prefault("30s"),
  off: delay.prefault("30s"),
  latched: z.boolean().default(false),
  reAlarm: reAlarm.optional(),
});

/** Something that has to happen again and again: an alarm when it did not. */
export const expectedEntrySchema = z.strictObject({
  id,
  event: z
    .union([
      z.strictObject({ point: z.string().min(3), becomes: z.string().min(1) }),
      z.strictObject({ point: z.string().min(3), moves: z.literal(true) }),
      z.strictObject({ sheet: z.string().min(1) }),
    ])
    .meta({
      description: "`{ point: …, becomes: STATE }`, `{ point: …, moves: true }` or `{ sheet: ROUND }` (an inspection sheet signed)",
      zh: "`{ point: …, becomes: 状态 }`、`{ point: …, moves: true }` 或 `{ sheet: 巡检 }`（巡检表已签）",
    }),
  every: duration(MINUTE_MS, 400 * DAY_MS, {
    zh: "最长间隔，1min 到 400d，如 `31d`",
    en: "the longest time between two of them, 1min to 400d, e.g. `31d`",
  }).optional(),
  by: time.optional(),
  days: days.optional(),
  severity: severity.default("minor"),
  text,
  action: action.optional(),
});

export type RuleEntry = z.infer<typeof ruleEntrySchema>;
export type ScheduleEntry = z.infer<typeof scheduleEntrySchema>;
export type ComputedEntry = z.infer<typeof computedEntrySchema>;
export type ConditionEntry = z.infer<typeof conditionEntrySchema>;
export type ExpectedEntry = z.infer<typeof expectedEntrySchema>;
