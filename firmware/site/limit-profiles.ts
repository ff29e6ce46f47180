import { chosenSegment } from "../../drivers/vocabulary.ts";
import type { Severity, Words } from "../contract/alarm.ts";

type Limits = Partial<Record<Severity, number>>;

/** What a standard says of one point. `unverified`: not read in the standard itself. */
export interface ClauseLimits {
  readonly high?: Limits;
  readonly low?: Limits;
  readonly rate?: readonly { readonly within: number; readonly rise: Limits; readonly fall: Limits }[];
  readonly clause: Words;
  readonly unverified?: true;
}

export interface LimitProfile {
  readonly id: string;
  readonly title: Words;
  /** By the name in the vocabulary, `#` for a segment that the site chooses. */
  readonly points: Readonly<Record<string, ClauseLimits>>;
}

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;
const band = (low: number, high: number): Pick<ClauseLimits, "high" | "low"> => ({ high: { major: high }, low: { minor: low } });
const changeOf = (degrees: number, within: number) => ({ within, rise: { minor: degrees }, fall: { minor: degrees } });

/** The same limits for a point with and without a segment of the site's. */
function measured(names: readonly string[], limits: ClauseLimits): Readonly<Record<string, ClauseLimits>> {
  return Object.fromEntries(names.map((name) => [name, limits]));
}
const TEMPERATURES = ["ambient.temperature", "ambient.#.temperature", "inlet.temperature"];
const HUMIDITIES = ["ambient.humidity", "ambient.#.humidity"];
const DEW_POINTS = ["ambient.dewpoint", "ambient.#.dewpoint"];

const GB_A = { zh: "GB 50174-2017 附录 A", en: "GB 50174-2017 appendix A" };
const gb = (zh: string, en: string): { readonly clause: Words } => ({ clause: { zh: `${GB_A.zh}：${zh}`, en: `${GB_A.en}: ${en}` } });
const ASHRAE = "ASHRAE TC9.9 2021";
const ashrae = (zh: string, en: string): { readonly clause: Words } => ({ clause: { zh: `${ASHRAE}：${zh}`, en: `${ASHRAE}: ${en}` } });

const COLD_AISLE = gb("冷通道或机柜进风区域", "cold aisle or rack inlet");
const OFF = gb("停机状态", "equipment switched off");

function coldAisle(id: string, title: Words, degreesPerHour: number, rate: Words): LimitProfile {
  return {
    id,
    title,
    points: {
      ...measured(TEMPERATURES, {
        ...band(18, 27),
        rate: [changeOf(degreesPerHour, HOUR_MS)],
        clause: { zh: `${COLD_AISLE.clause.zh}，${rate.zh}`, en: `${COLD_AISLE.clause.en}, ${rate.en}` },
      }),
      ...measured(HUMIDITIES, { high: { minor: 60 }, low: {}, ...COLD_AISLE }),
      ...measured(DEW_POINTS, { high: { minor: 15 }, low: { minor: 5.5 }, ...COLD_AISLE }),
    },
  };
}

/** Allowable classes: their numbers were not read in the guideline itself. */
function allowable(name: string, low: number, high: number): LimitProfile {
  return {
    id: `ashrae-2021-${name.toLowerCase()}`,
    title: { zh: `ASHRAE ${name} 级允许范围`, en: `ASHRAE allowable range of class ${name}` },
    points: measured(TEMPERATURES, {
      ...band(low, high),
      rate: [changeOf(20, HOUR_MS), changeOf(5, QUARTER_MS)],
      ...ashrae(`${name} 级允许范围`, `allowable range of class ${name}`),
      unverified: true,
    }),
  };
}

const PROFILES: readonly LimitProfile[] = [
  coldAisle("gb50174-2017-cold-aisle", { zh: "GB 50174-2017 冷通道（磁盘）", en: "GB 50174-2017 cold aisle, disks" }, 20, {
    zh: "磁盘温度变化率 < 20 °C/h",
    en: "disks below 20 °C/h",
  }),
  coldAisle("gb50174-2017-cold-aisle-tape", { zh: "GB 50174-2017 冷通道（磁带）", en: "GB 50174-2017 cold aisle, tapes" }, 5, {
    zh: "磁带温度变化率 < 5 °C/h",
    en: "tapes below 5 °C/h",
  }),
  {
    id: "gb50174-2017-off",
    title: { zh: "GB 50174-2017 停机", en: "GB 50174-2017 switched off" },
    points: {
      ...measured(TEMPERATURES, { ...band(5, 45), ...OFF }),
      ...measured(HUMIDITIES, { high: { minor: 80 }, low: { minor: 8 }, ...OFF }),
      ...measured(DEW_POINTS, { high: { minor: 27 }, low: {}, ...OFF }),
    },
  },
  {
    id: "gb50174-2017-auxiliary",
    title: { zh: "GB 50174-2017 辅助区", en: "GB 50174-2017 auxiliary area" },
    points: {
      ...measured(TEMPERATURES, { ...band(18, 28), ...gb("辅助区（开机）", "auxiliary area, in use") }),
      ...measured(HUMIDITIES, { high: { minor: 75 }, low: { minor: 35 }, ...gb("辅助区（开机）", "auxiliary area, in use") }),
    },
  },
  {
    id: "gb50174-2017-auxiliary-off",
    title: { zh: "GB 50174-2017 辅助区停机", en: "GB 50174-2017 auxiliary area, switched off" },
    points: {
      ...measured(TEMPERATURES, { ...band(5, 35), ...gb("辅助区（停机）", "auxiliary area, switched off") }),
      ...measured(HUMIDITIES, { high: { minor: 80 }, low: { minor: 20 }, ...gb("辅助区（停机）", "auxiliary area, switched off") }),
    },
  },
  {
    id: "gb50174-2017-battery-room",
    title: { zh: "GB 50174-2017 电池室", en: "GB 50174-2017 battery room" },
    points: measured(TEMPERATURES, { ...band(20, 30), ...gb("不间断电源系统电池室", "battery room of the UPS") }),
  },
  {
    id: "ashrae-2021-recommended",
    title: { zh: "ASHRAE 推荐范围", en: "ASHRAE recommended range" },
    points: {
      ...measured(TEMPERATURES, {
        ...band(18, 27),
        rate: [changeOf(20, HOUR_MS), changeOf(5, QUARTER_MS)],
        ...ashrae("推荐范围；变化 ≤ 20 °C/h 且任意 15 min ≤ 5 °C", "recommended range; at most 20 °C/h and 5 °C in any 15 min"),
      }),
      ...measured(HUMIDITIES, {
        high: { minor: 70 },
        low: {},
        ...ashrae("推荐范围（无腐蚀性气体）", "recommended range without corrosive gases"),
      }),
      ...measured(DEW_POINTS, { high: { minor: 15 }, low: { minor: -9 }, ...ashrae("推荐范围", "recommended range"), unverified: true }),
    },
  },
  allowable("A1", 15, 32),
  allowable("A2", 10, 35),
  allowable("A3", 5, 40),
  allowable("A4", 5, 45),
];

/** Limits of standards, by the id that a site file names. */
export const LIMIT_PROFILES: ReadonlyMap<string, LimitProfile> = new Map(PROFILES.map((profile) => [profile.id, profile]));
export const LIMIT_PROFILE_IDS: readonly string[] = PROFILES.map(({ id }) => id);

/** What a profile says of a point; undefined: nothing. */
export function clauseFor(profile: string, name: string): ClauseLimits | undefined {
  const segment = chosenSegment(name);
  const general = segment === "" ? name : name.replace(`.${segment}.`, ".#.");
  return LIMIT_PROFILES.get(profile)?.points[general];
}
