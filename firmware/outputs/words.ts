import type { BusFault } from "../../drivers/driver.ts";
import type { Words } from "../contract/alarm.ts";
import type { PointEntry } from "../points/table.ts";
import type { Site } from "../site/model.ts";
import type { Blocked } from "./linkage.ts";
import type { Condition, Linkage, OutputPlace, Scope } from "./output.ts";
import type { Why } from "./wanted.ts";

export const onOff = (isOn: boolean | null): Words =>
  isOn === null ? { zh: "未知", en: "not known" } : isOn ? { zh: "开", en: "on" } : { zh: "关", en: "off" };

/** `do-1 · unit 3 coil 0` */
export function whereText(bus: string, place: OutputPlace): string {
  if (place.kind === "line") return `${bus} · GPIO ${place.line}`;
  return `${bus} · unit ${place.unit} ${place.table === "coil" ? "coil" : "register"} ${place.address}`;
}

/** Why an output is to be as it is. */
export function whyWords(why: Why, { linkages }: Pick<Site, "linkages">): Words {
  switch (why.kind) {
    case "locked":
      return { zh: `检修锁定（${why.by}：${why.reason}）`, en: `Locked out for maintenance (${why.by}: ${why.reason})` };
    case "forced":
      return { zh: `手动（${why.by}：${why.reason}）`, en: `By hand (${why.by}: ${why.reason})` };
    case "test":
      return { zh: `${why.by} 正在试动作`, en: `Tested by ${why.by}` };
    case "linkage": {
      const name = linkages.find(({ id }) => id === why.linkage)?.name ?? { zh: why.linkage, en: why.linkage };
      return { zh: `联动：${name.zh}（${why.alarms.join("、")}）`, en: `Linkage ${name.en} (${why.alarms.join(", ")})` };
    }
    case "alarms":
      return {
        zh: `${why.count} 条告警：${why.alarms.join("、")}`,
        en: `${why.count} ${why.count === 1 ? "alarm" : "alarms"}: ${why.alarms.join(", ")}`,
      };
    case "spent":
      return { zh: "已开到最长时间", en: "It was on for as long as it may be" };
    case "quiet":
      return { zh: `此时段不动作（${why.count} 条告警）`, en: `Not at this time of day (${why.count} alarms)` };
    case "silenced":
      return { zh: `${why.count} 条告警已消音`, en: `${why.count} alarms are silenced` };
    case "normal":
      return { zh: "无动作要求", en: "Nothing asks for anything" };
    case "ending":
      return { zh: "网关停止，置安全状态", en: "The gateway ends: safe state" };
    default:
      return why satisfies never;
  }
}

export function conditionWords(condition: Condition, site: Pick<Site, "points" | "outputs">): Words {
  switch (condition.kind) {
    case "alarms":
      return scopeWords(condition.scope);
    case "point": {
      const { point, test, number } = condition;
      const definition: PointEntry["definition"] | undefined = site.points[number]?.definition;
      if ("state" in test) {
        const state = definition?.kind === "state" ? definition.states[test.state] : undefined;
        return { zh: `${point} 为 ${state?.zh ?? test.name}`, en: `${point} is ${state?.en ?? test.name}` };
      }
      const unit = definition?.kind === "state" ? "" : ` ${definition?.unit ?? ""}`;
      return "above" in test
        ? { zh: `${point} 高于 ${test.above}${unit}`, en: `${point} is above ${test.above}${unit}` }
        : { zh: `${point} 低于 ${test.below}${unit}`, en: `${point} is below ${test.below}${unit}` };
    }
    case "output": {
      const name = site.outputs.find(({ id }) => id === condition.output)?.name ?? { zh: condition.output, en: condition.output };
      const state = onOff(condition.isOn);
      return { zh: `输出 ${name.zh} 为${state.zh}`, en: `output ${name.en} is ${state.en}` };
    }
    default:
      return condition satisfies never;
  }
}

function scopeWords({ severities, areas, types, points }: Scope): Words {
  const parts = [severities, types, points, areas === null ? null : [...areas]].flatMap((list) => (list === null ? [] : [list.join(", ")]));
  const narrowed = parts.join(" · ");
  return narrowed === "" ? { zh: "任何告警", en: "any alarm" } : { zh: `告警：${narrowed}`, en: `an alarm: ${narrowed}` };
}

export function doesWords({ output, isOn }: Linkage, { outputs }: Pick<Site, "outputs">): Words {
  const name = outputs.find(({ id }) => id === output)?.name ?? { zh: output, en: output };
  const state = onOff(isOn);
  return { zh: `${name.zh} → ${state.zh}`, en: `${name.en} → ${state.en}` };
}

export function blockedWords(blocked: Blocked, linkage: Linkage, site: Pick<Site, "points" | "outputs">): Words {
  if (blocked.by === "lock") return { zh: "输出已检修锁定", en: "Its output is locked out for maintenance" };
  const condition = linkage.unless[blocked.place];
  const words = condition === undefined ? { zh: "联锁", en: "an interlock" } : conditionWords(condition, site);
  return blocked.isKnown
    ? { zh: `联锁：${words.zh}`, en: `Interlock: ${words.en}` }
    : { zh: `联锁未知，不动作：${words.zh}`, en: `Interlock not known, so it does not act: ${words.en}` };
}

export function troubleWords({ detail, advice }: BusFault): Words {
  return advice ?? { zh: `${detail}。请检查模块供电、通信线和地址。`, en: `${detail}. Check power, cable and address of the module.` };
}

export const refusals = {
  noOutput: (id: string): Words => ({
    zh: `没有输出 ${id}，页面可能已过时，请刷新。`,
    en: `There is no output ${id}; the page may be out of date, load it again.`,
  }),
  noLinkage: (id: string): Words => ({
    zh: `没有联动 ${id}，页面可能已过时，请刷新。`,
    en: `There is no linkage ${id}; the page may be out of date, load it again.`,
  }),
  locked: (by: string): Words => ({
    zh: `输出已由 ${by} 检修锁定，未动作。确认现场无人作业后先解除锁定。`,
    en: `The output is locked out by ${by}; nothing was switched. See that nobody works on it, then take the lock off first.`,
  }),
  forced: (by: string): Words => ({
    zh: `输出正由 ${by} 手动控制，未动作。请先结束手动。`,
    en: `${by} holds the output by hand; nothing was switched. End that first.`,
  }),
  notLocked: (): Words => ({ zh: "输出没有锁定，无需解除。", en: "The output is not locked; there is nothing to take off." }),
  nothingToEnd: (): Words => ({ zh: "没有正在进行的手动或试动作。", en: "Nobody holds the output by hand." }),
  notActed: (): Words => ({ zh: "此联动没有动作，无需复位。", en: "This linkage has not acted; there is nothing to reset." }),
};

/** Why no linkage of this site acts. */
export function unsignedWords(): Words {
  return {
    zh: "联动未启用：正在运行的站点文件不是由签名 U 盘装入的（或装入后被改动）。请由规划人员用 roomward bundle make 签名并用 U 盘装入；其余功能不受影响。",
    en: "Linkages are off: the site file that runs did not come from a signed stick, or was changed since. Have the planner sign it (roomward bundle make) and bring it on a stick; everything else works.",
  };
}
