import * as z from "zod";
import { type AssetField, byField, expectedIn, fits, isDateField } from "../contract/asset-fields.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { subnetOf } from "../platform/subnet.ts";
import { calmSchema } from "./calm-schema.ts";
import { contactWiring, gpioBusSchema } from "./contact-schema.ts";
import { ESCALATION_MAX, planEntrySchema, rotaEntrySchema } from "./escalation-schema.ts";
import { forecastsSchema } from "./forecast-schema.ts";
import { inspectionEntrySchema } from "./inspection-schema.ts";
import { lineBusSchemas, serialLine, serialPath } from "./line-schema.ts";
import { LINKAGES_MAX, linkageEntrySchema, OUTPUTS_MAX, outputEntrySchema } from "./output-schema.ts";
import { probeBusSchema, probeSettingsSchema } from "./probe-schema.ts";
import {
  computedEntrySchema,
  conditionEntrySchema,
  expectedEntrySchema,
  limitProfile,
  RULE_MAX,
  ruleEntrySchema,
  scheduleEntrySchema,
} from "./rule-schema.ts";
import { delay, duration, host, id, pause, port, timeout, words } from "./schema-words.ts";
import { serviceLevelsSchema } from "./service-level-schema.ts";
import { snmpAccess, snmpSecurity } from "./snmp-schema.ts";
import { storageSchema } from "./storage-schema.ts";
import { targetEntrySchema } from "./target-schema.ts";

const period = duration(100, 86_400_000, {
  zh: "带单位的轮询周期，100ms 到 24h，如 `2s`；省略时用型号的周期",
  en: "a poll period with its unit, 100ms to 24h, e.g. `2s`; the profile's when left out",
});

export const siteHeadSchema = z.strictObject({
  id,
  name: words,
  timezone: z
    .string()
    .refine(isTimezone)
    .meta({ description: "an IANA time zone, e.g. `Asia/Shanghai`", zh: "IANA 时区，如 `Asia/Shanghai`" })
    .default("Asia/Shanghai"),
});

export const areaEntrySchema = z.strictObject({ id, name: words, parent: id.optional(), limits: limitProfile.optional() });

const tcp = { id, host, port: port.default(502), timeout: timeout.prefault("1s"), pause };
export const busEntrySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("modbus-tcp"), ...tcp }),
  z.strictObject({ kind: z.literal("modbus-rtu-tcp"), ...tcp }),
  z.strictObject({
    kind: z.literal("modbus-rtu"),
    id,
    path: serialPath,
    ...serialLine({ baudRate: 9_600, parity: "none" }),
    timeout: timeout.prefault("500ms"),
    pause,
  }),
  z.strictObject({
    kind: z.literal("snmp"),
    id,
    host,
    port: port.default(161),
    version: z.union([z.literal(1), z.literal("1"), z.literal("2c"), z.literal(3), z.literal("3")]).default("2c"),
    ...snmpAccess,
    timeout: timeout.prefault("5s"),
    retries: z.int().min(0).max(5).default(1),
  }),
  ...lineBusSchemas,
  gpioBusSchema,
  probeBusSchema,
]);

/** First values of what is known of a device; what is edited on the box stands over them. */
const assetEntrySchema = z.strictObject(byField(assetText));

function assetText(field: AssetField) {
  const { zh, en } = expectedIn(field);
  const hint = isDateField(field) ? { zh, en } : { zh: `${zh}；纯数字请加引号`, en: `${en}; digits alone in quotes` };
  return z
    .string()
    .min(1)
    .refine((text) => fits(field, text))
    .meta({ description: hint.en, zh: hint.zh })
    .optional();
}

export const deviceEntrySchema = z.strictObject({
  id,
  name: words.optional(),
  area: id,
  bus: id,
  profile: z.string().min(1).meta({ description: "a profile id, e.g. `ups/ietf-rfc1628`", zh: "型号编号，如 `ups/ietf-rfc1628`" }),
  unit: z.int().min(0).max(255).optional().meta({
    description: "the Modbus unit id, 0–255, the address (ADR) of YD/T 1363.3, 1–254, or of an OSDP reader, 0–126",
    zh: "Modbus 从站地址 0–255，电总地址 ADR 1–254，或 OSDP 读卡器地址 0–126",
  }),
  address: z
    .string()
    .regex(/^([0-9]{12}|A{12})$/)
    .optional()
    .meta({
      description: 'the twelve digits on a DL/T 645 meter, in quotes, e.g. `"000000000161"`; `AAAAAAAAAAAA` for the only one on its line',
      zh: 'DL/T 645 电表的 12 位表号，加引号，如 `"000000000161"`；线上只有一块表时可用 `AAAAAAAAAAAA`',
    }),
  channel: z.int().min(0).max(1_023).default(0),
  ...contactWiring,
  rows: z.record(z.string(), z.array(z.string().min(1)).max(256)).default({}),
  probe: probeSettingsSchema.optional(),
  every: period.optional(),
  tags: z.array(id).max(32).default([]).meta({
    description: "words of your own by which targets and plans pick it, e.g. `tenant-a`",
    zh: "自定标签，供上级目标和升级计划筛选，如 `tenant-a`",
  }),
  parents: z.array(id).default([]).meta({ description: "what feeds or cools it", zh: "给它供电或制冷的设备" }),
  asset: assetEntrySchema.optional(),
});

/** Traps and informs of devices on SNMP buses; without it none are listened for. What a bus is asked with is good for them, too. */
export const snmpTrapsSchema = z.strictObject({
  port: port.default(162),
  address: z
    .union([z.ipv4(), z.ipv6()])
    .meta({ description: "one address of the box; all of them when left out", zh: "本机的一个 IP 地址；省略时为全部地址" })
    .optional(),
  community: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: "the community of traps and informs, where it is not the bus's own", zh: "陷阱的团体名（与总线的不同时填写）" })
    .optional(),
  users: z
    .array(z.strictObject({ user: z.string().min(1).max(32), ...snmpSecurity }))
    .max(16)
    .meta({
      description: "up to 16 SNMPv3 users of traps and informs, beside those of the buses",
      zh: "陷阱所用的 SNMPv3 用户，最多 16 个；总线的用户不必重复",
    })
    .default([]),
});

/** Who may connect to the box at all, and where the box may tell targets; what is left out is not limited. */
export const networkSchema = z
  .strictObject({
    allow: z
      .array(
        z
          .string()
          .refine((text) => subnetOf(text) !== null)
          .meta({
            description: "an address or subnet, e.g. `10.2.0.0/16` or `fd00::/8`",
            zh: "IP 地址或网段，如 `10.2.0.0/16` 或 `fd00::/8`",
          }),
      )
      .min(1)
      .max(64)
      .meta({
        description: "1 to 64 addresses or subnets that may connect; leave it out to let all",
        zh: "允许连接的 1 到 64 个地址或网段；不限制时请删去",
      })
      .optional(),
    targets: z
      .array(
        z
          .string()
          .refine((text) => subnetOf(text) !== null || host.safeParse(text).success)
          .meta({
            description: "an address, a subnet or a host name, e.g. `10.2.0.0/16` or `events.pagerduty.com`",
            zh: "IP 地址、网段或主机名，如 `10.2.0.0/16` 或 `events.pagerduty.com`",
          }),
      )
      .min(1)
      .max(64)
      .meta({
        description: "1 to 64 addresses, subnets or names where targets may be; nothing is told anywhere else; leave it out to let all",
        zh: "上级目标所在的 1 到 64 个地址、网段或主机名，其他地方一律不连接；不限制时请删去",
      })
      .optional(),
  })
  .default({});
/** A door with what is wired to it. A reader's `told` direction is the one that it says itself. */
const doorEntrySchema = z.strictObject({
  id,
  name: words.optional(),
  area: id,
  contact: id.optional().meta({ description: "the device with the door contact", zh: "接门磁的设备" }),
  readers: z
    .array(z.strictObject({ device: id, direction: z.enum(["in", "out", "told"]) }))
    .max(4)
    .default([]),
  exitButton: z
    .union([z.boolean(), id])
    .meta({
      description: "false, true (there is one that is not wired to the box), or the device that it is wired to",
      zh: "false、true（有按钮但未接到本机），或接按钮的设备",
    })
    .default(false),
  openTooLong: delay.prefault("60s"),
  cardOpensFor: delay.prefault("10s"),
  refusals: z
    .strictObject({ count: z.int().min(1).max(20).default(3), within: delay.prefault("5min") })
    .prefault({})
    .meta({ description: "so many refused cards within this time are an alarm", zh: "此时间内刷卡被拒达到次数即告警" }),
  severity: z
    .strictObject({
      leftOpen: z.enum(SEVERITIES).default("minor"),
      forced: z.enum(SEVERITIES).default("critical"),
      refused: z.enum(SEVERITIES).default("minor"),
    })
    .prefault({}),
});
export const accessSchema = z.strictObject({ doors: z.array(doorEntrySchema).max(64).default([]) });

/** Limits of a box; what is above them is said, not cut off. */
export const exportsSchema = z
  .strictObject({
    language: z.enum(["zh", "en"]).default("zh"),
    keepDays: z.int().min(31).max(4_000).default(400).meta({ description: "how long finished documents are kept", zh: "导出文件保留天数" }),
  })
  .prefault({});

export const SITE_MAX = {
  areas: 500,
  buses: 512,
  devices: 2_000,
  rules: 2_000,
  targets: 32,
  inspection: 16,
  fileBytes: 1_048_576,
} as const;

/** The whole file, for editors (`roomward schema`) and for documentation. */
export const siteFileSchema = z
  .strictObject({
    site: siteHeadSchema,
    areas: z.array(areaEntrySchema).min(1).max(SITE_MAX.areas),
    buses: z.array(busEntrySchema).min(1).max(SITE_MAX.buses),
    devices: z.array(deviceEntrySchema).min(1).max(SITE_MAX.devices),
    schedules: z.array(scheduleEntrySchema).max(RULE_MAX.schedules).default([]),
    computed: z.array(computedEntrySchema).max(RULE_MAX.computed).default([]),
    alarms: calmSchema,
    rules: z.array(ruleEntrySchema).max(SITE_MAX.rules).default([]),
    conditions: z.array(conditionEntrySchema).max(RULE_MAX.conditions).default([]),
    expected: z.array(expectedEntrySchema).max(RULE_MAX.expected).default([]),
    targets: z.array(targetEntrySchema).max(SITE_MAX.targets).default([]),
    rotas: z.array(rotaEntrySchema).max(ESCALATION_MAX.rotas).default([]),
    escalation: z.array(planEntrySchema).max(ESCALATION_MAX.plans).default([]),
    snmpTraps: snmpTrapsSchema.optional(),
    network: networkSchema,
    access: accessSchema.prefault({}),
    exports: exportsSchema,
    forecasts: forecastsSchema,
    storage: storageSchema,
    serviceLevels: serviceLevelsSchema,
    inspection: z.array(inspectionEntrySchema).max(SITE_MAX.inspection).default([]),
    outputs: z.array(outputEntrySchema).max(OUTPUTS_MAX).default([]),
    linkages: z.array(linkageEntrySchema).max(LINKAGES_MAX).default([]),
    profiles: z.record(z.string(), z.looseObject({})).optional().meta({
      description: "device profiles that the site brings along, by id `<class>/<maker>-<family>`; they hold over others of the same id",
      zh: "随站点文件提供的设备模板，按编号 `<class>/<maker>-<family>`；与其他同编号模板相比优先",
    }),
  })
  .meta({ description: "Roomward site file", zh: "Roomward 站点文件" });

export type AreaEntry = z.infer<typeof areaEntrySchema>;
export type BusEntry = z.infer<typeof busEntrySchema>;
export type DeviceEntry = z.infer<typeof deviceEntrySchema>;
export type DoorEntry = z.infer<typeof doorEntrySchema>;
export type SnmpTraps = z.infer<typeof snmpTrapsSchema>;

function isTimezone(name: string): boolean {
  try {
    // Not Intl: its tables would stay in the memory of a box that never prints a local time.
    new Temporal.ZonedDateTime(0n, name);
    return true;
  } catch {
    return false;
  }
}
