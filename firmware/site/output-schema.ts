import * as z from "zod";
import { SEVERITIES } from "../contract/severity.ts";
import { duration, id, words } from "./schema-words.ts";

export const OUTPUTS_MAX = 64;
export const LINKAGES_MAX = 64;
const LIST_MAX = 64;
const CONDITIONS_MAX = 8;
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** YAML 1.2 reads `on` as a text; who writes true or false means the same. */
const isOn = z
  .union([z.enum(["on", "off"]), z.boolean()])
  .meta({ description: "`on` or `off`", zh: "`on` 或 `off`" })
  .transform((word) => word === "on" || word === true);
const texts = (description: string, zh: string) =>
  z.array(z.string().min(1).max(255)).min(1).max(LIST_MAX).meta({ description, zh }).optional();

const scopeSchema = z
  .strictObject({
    severities: z
      .array(z.enum(SEVERITIES))
      .min(1)
      .meta({ description: "severities (critical, major, minor, warning)", zh: "严重程度（critical、major、minor、warning）" })
      .optional(),
    areas: texts("areas, with everything in them", "区域（含其下级）"),
    types: texts("alarm types, e.g. `leak`, `high`, `lost`", "告警类型，如 `leak`、`high`、`lost`"),
    points: texts("point ids; `*` stands for any text", "测点编号，`*` 代表任意文字"),
  })
  .meta({
    description: "which alarms: { severities, areas, types, points }; what is left out is all",
    zh: "哪些告警：{ severities, areas, types, points }；不写的为全部",
  });
export type ScopeEntry = z.infer<typeof scopeSchema>;

const minute = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: "a time of day HH:MM of the site's time zone", zh: "站点时区的时刻 HH:MM" })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

export const outputEntrySchema = z.strictObject({
  id,
  name: words.optional(),
  area: id,
  kind: z.enum(["siren", "beacon", "relay"]),
  at: z
    .strictObject({
      bus: id,
      line: z.int().min(0).max(63).optional().meta({ description: "a GPIO line 0–63 (the BCM number)", zh: "GPIO 线号 0–63（BCM 编号）" }),
      unit: z.int().min(0).max(255).optional().meta({ description: "the Modbus unit id, 0–255", zh: "Modbus 从站地址 0–255" }),
      coil: z.int().min(0).max(65_535).optional().meta({ description: "a coil address 0–65535", zh: "线圈地址 0–65535" }),
      register: z.int().min(0).max(65_535).optional().meta({ description: "a holding register 0–65535", zh: "保持寄存器地址 0–65535" }),
      on: z
        .int()
        .min(0)
        .max(65_535)
        .optional()
        .meta({ description: "what stands in the register while it is on", zh: "寄存器中表示“开”的值" }),
      off: z
        .int()
        .min(0)
        .max(65_535)
        .optional()
        .meta({ description: "what stands in the register while it is off", zh: "寄存器中表示“关”的值" }),
      multiple: z
        .boolean()
        .optional()
        .meta({ description: "true: the module knows only functions 15 and 16", zh: "true：模块只支持功能码 15、16" }),
    })
    .meta({
      description: "where it is: { bus, line }, { bus, unit, coil } or { bus, unit, register }",
      zh: "位置：{ bus, line }、{ bus, unit, coil } 或 { bus, unit, register }",
    }),
  active: z
    .enum(["high", "low"])
    .meta({ description: "what the line or coil is at while it is on, `high` or `low`", zh: "“开”时线或线圈的电平：`high` 或 `low`" })
    .default("high"),
  when: scopeSchema.optional(),
  quiet: z
    .array(
      z.strictObject({
        from: minute,
        to: minute,
        days: z
          .array(z.enum(DAYS))
          .min(1)
          .meta({ description: "days mon to sun; all when left out", zh: "星期 mon 到 sun；省略为每天" })
          .optional(),
      }),
    )
    .max(14)
    .meta({ description: "times { from, to, days } in which alarms do not switch it on", zh: "告警不动作的时段 { from, to, days }" })
    .default([]),
  onAtMost: duration(200, 86_400_000, {
    zh: "带单位的时长，200ms 到 24h：一次最多开多久；警笛省略时为 3min",
    en: "a duration with its unit, 200ms to 24h: the longest that one reason keeps it on; 3min for a siren when left out",
  }).optional(),
  normally: isOn.optional(),
  safe: z
    .union([z.enum(["on", "off", "asItIs"]), z.boolean()])
    .meta({
      description: "what it is left at when the gateway ends or it is locked out: `off`, `on` or `asItIs`; a relay says it",
      zh: "网关停止或检修锁定时的状态：`off`、`on` 或 `asItIs`；继电器必须写明",
    })
    .optional(),
  rest: duration(100, 3_600_000, {
    zh: "带单位的时长，100ms 到 1h：两次切换的最短间隔",
    en: "a duration with its unit, 100ms to 1h: the least time between two switches",
  }).prefault("2s"),
});
export type OutputEntry = z.infer<typeof outputEntrySchema>;

const condition = {
  alarms: scopeSchema.optional(),
  point: z.string().min(1).max(255).optional().meta({ description: "a point id, e.g. `leak-1/leak`", zh: "测点编号，如 `leak-1/leak`" }),
  state: z.string().min(1).max(64).optional().meta({ description: "a state of the point", zh: "测点的状态名" }),
  above: z.number().optional(),
  below: z.number().optional(),
  output: id.optional(),
  is: isOn.optional(),
};
const conditionSchema = z.strictObject(condition).meta({
  description: "a condition: { alarms }, { point, state }, { point, above }, { point, below } or { output, is }",
  zh: "一个条件：{ alarms }、{ point, state }、{ point, above }、{ point, below } 或 { output, is }",
});
export type ConditionEntry = z.infer<typeof conditionSchema>;

export const linkageEntrySchema = z.strictObject({
  id,
  name: words.optional(),
  when: z
    .strictObject({
      ...condition,
      for: duration(0, 3_600_000, {
        zh: "带单位的时长，0s 到 1h：条件持续多久才动作",
        en: "a duration with its unit, 0s to 1h: how long it must hold",
      }).prefault("0s"),
    })
    .meta({
      description: "when it acts: { alarms }, { point, state }, { point, above }, { point, below } or { output, is }, with `for`",
      zh: "何时动作：{ alarms }、{ point, state }、{ point, above }、{ point, below } 或 { output, is }，可加 `for`",
    }),
  set: z.strictObject({ output: id, is: isOn }).meta({ description: "what it switches: { output, is }", zh: "动作：{ output, is }" }),
  unless: z.union([z.literal("none"), z.array(conditionSchema).min(1).max(CONDITIONS_MAX)]).meta({
    description: "its interlocks: 1 to 8 conditions under which it must not act, or `none` where there is really none",
    zh: "联锁条件：1 到 8 个不得动作的条件；确实没有时写 `none`",
  }),
  ends: z
    .enum(["person", "condition"])
    .meta({
      description: "`person`: until somebody resets it; `condition`: with its condition",
      zh: "`person`：人工复位后结束；`condition`：条件消失即结束",
    })
    .default("person"),
});
export type LinkageEntry = z.infer<typeof linkageEntrySchema>;
