import type { Words } from "../../drivers/vocabulary.ts";
import type { Disturbances } from "./physics/room.ts";

/** Something that may be done to the demo room, and what a watcher will then see. */
export interface Scenario {
  readonly title: Words;
  readonly seen: Words;
}

export const SCENARIO_NAMES = ["mains-failure", "crac-failure", "leak", "door-open", "door-forced", "dead-slave"] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];
/** Ends every scenario at once. */
export const ALL_CLEAR = "all-clear" as const;

export const SCENARIOS: Readonly<Record<ScenarioName | typeof ALL_CLEAR, Scenario>> = {
  "mains-failure": {
    title: { zh: "市电中断", en: "Mains failure" },
    seen: {
      zh: "两台 UPS 转电池供电，约 20 分钟（模拟时间）放空；进线电压为 0；两台空调停机，机房每分钟约升温 1 °C。",
      en: "Both UPS go to battery and are empty after about 20 simulated minutes; the supply reads 0 V; both coolers stop and the room warms by about 1 °C a minute.",
    },
  },
  "crac-failure": {
    title: { zh: "1 号空调故障", en: "Cooler 1 fails" },
    seen: {
      zh: "1 号空调停机并报故障；机柜顶部温度几分钟内升高，约 11 分钟（模拟时间）后超过 27 °C；2 号空调满载仍不够。",
      en: "Cooler 1 stops with a fault; the tops of the racks warm within minutes and pass 27 °C after about 11 simulated minutes; cooler 2 runs at its limit and is not enough.",
    },
  },
  leak: {
    title: { zh: "地板下漏水", en: "Water under the floor" },
    seen: { zh: "漏水绳报警。", en: "The leak rope reports water." },
  },
  "door-open": {
    title: { zh: "前门未关", en: "Front door left open" },
    seen: { zh: "前门显示打开；机房湿度慢慢上升。", en: "The front door reads open; the room slowly becomes more humid." },
  },
  "door-forced": {
    title: { zh: "后门被强行打开", en: "Back door forced" },
    seen: {
      zh: "后门无人刷卡而打开：几秒内报“未经许可被打开”，并记入进出记录。",
      en: "The back door opens and nobody showed a card: within seconds it is an alarm and a line of the entry log.",
    },
  },
  "dead-slave": {
    title: { zh: "5 号探头失联", en: "Probe 5 falls silent" },
    seen: {
      zh: "5 号温湿度探头不再应答；其他探头照常更新。",
      en: "Probe 5 no longer answers; the other probes on the same wire keep their pace.",
    },
  },
  [ALL_CLEAR]: {
    title: { zh: "全部恢复", en: "All clear" },
    seen: {
      zh: "结束所有情景；温度和电池按物理规律慢慢恢复。",
      en: "Every scenario ends; temperatures and batteries recover at the pace of physics.",
    },
  },
};

export function isScenario(name: string): name is ScenarioName {
  return SCENARIO_NAMES.some((known) => known === name);
}

/** What the running scenarios mean for the physics. */
export function disturbancesOf(running: ReadonlySet<ScenarioName>): Disturbances {
  return {
    mainsFailed: running.has("mains-failure"),
    coolerFailed: running.has("crac-failure"),
    leaking: running.has("leak"),
    doorOpen: running.has("door-open"),
  };
}
