import type { IdentifyVerdict, Scored } from "../../drivers/identify.ts";
import type { Words } from "../contract/alarm.ts";
import type { Found } from "../contract/commissioning.ts";

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

export function lastsWords(ms: number): Words {
  return { zh: `最长 ${spanZh(ms)}。`, en: `This takes ${spanEn(ms)} at most.` };
}

function spanZh(ms: number): string {
  return ms < 120_000 ? `${seconds(ms)} 秒` : `${Math.ceil(ms / 60_000)} 分钟`;
}

function spanEn(ms: number): string {
  return ms < 120_000 ? `${seconds(ms)} s` : `${Math.ceil(ms / 60_000)} minutes`;
}

/** What to do about what was found: above all, what garbled answers mean. */
export function scanAdvice(found: readonly Found[]): readonly Words[] {
  const advice: Words[] = [];
  const garbled = found.filter(({ verdict }) => verdict === "garbled");
  const there = found.filter(({ verdict }) => verdict !== "garbled");
  const mixed = there.filter((one) => one.garbled > 0);
  if (garbled.length > 0)
    advice.push({
      zh: `${garbled.length} 处有应答但无法辨认：请检查终端电阻、A/B 极性、波特率和校验位，以及是否有两台设备地址相同。`,
      en: `${garbled.length} places answered with what cannot be understood: check termination, polarity (A/B), speed and parity, and whether two devices have the same address.`,
    });
  if (mixed.length > 0)
    advice.push({
      zh: `${mixed.map(({ place }) => place ?? "?").join("、")} 时好时坏：线路受扰，请检查终端电阻和屏蔽接地。`,
      en: `${mixed.map(({ place }) => place ?? "?").join(", ")} answered well and badly by turns: the line is disturbed; check termination and shield grounding.`,
    });
  if (there.some(({ protocol }) => protocol === "megatec" || protocol === "upslink"))
    advice.push({
      zh: "此口接的是 UPS：其他协议的字节可能使其动作，未再询问其他协议。",
      en: "A UPS is at this port: bytes of other protocols might switch it, so nothing else was asked.",
    });
  if (found.length === 0)
    advice.push({
      zh: "没有任何应答：请检查供电、A/B 线是否接反或断开、端口是否选对；用 --units 和 --bauds 扩大范围。",
      en: "Nothing answered: check power, whether A and B are swapped or open, and whether this is the right port; --units and --bauds widen the search.",
    });
  return advice;
}

export function answersAnythingWords(): Words {
  return {
    zh: "此网络端点对任何单元号都作答：后面只有一台设备，单元号不起作用。只列出一个。",
    en: "This endpoint answers whatever unit is asked: one device is behind it, and the unit id does not matter. It is listed once.",
  };
}

export function cannotReachWords(wire: string, detail: string): Words {
  const isBusy = /in use|lock/i.test(detail);
  return {
    zh: `无法使用 ${wire}：${detail}。${isBusy ? "端口被占用，可能正由网关使用：加 --running --data 目录，由网关代办；或先停止网关。" : "请检查接线和站点文件中的端口。"}`,
    en: `${wire} cannot be used: ${detail}. ${isBusy ? "The port is in use, perhaps by the gateway: add --running --data DIR and the gateway does it, or stop the gateway first." : "Check cable and port in the site file."}`,
  };
}

export function verdictWords(verdict: IdentifyVerdict | "silent", ranked: readonly Scored[]): Words {
  const [best] = ranked;
  switch (verdict) {
    case "sure":
      return {
        zh: `很可能是 ${best?.profile}（${best?.confidence} %）。`,
        en: `Most likely ${best?.profile} (${best?.confidence} %).`,
      };
    case "notSure":
      return {
        zh: "不能确定：下列型号都有可能。请对照铭牌，或用 read 读出数值与面板比较。",
        en: "Not sure: each of these may be it. Compare with the name plate, or read values and compare them with the display.",
      };
    case "unknown":
      return {
        zh: "没有相符的型号。设备在线，但已有模板都不适合：请写一个新模板，或联系支持。",
        en: "No profile fits. The device is there, but none of the known families match: write a profile, or ask for support.",
      };
    case "silent":
      return {
        zh: "没有应答：请先用 scan 查找地址和线路参数。",
        en: "No answer: find its address and line settings with scan first.",
      };
    default:
      return verdict satisfies never;
  }
}

export const refusals = {
  noSuchBus: (bus: string, known: readonly string[]): Words => ({
    zh: `没有总线“${bus}”。现有：${known.join("、") || "无"}。`,
    en: `There is no bus "${bus}". There is: ${known.join(", ") || "none"}.`,
  }),
  unfit: (what: string, kind: string): Words => ({
    zh: `${kind} 总线不支持 ${what}。`,
    en: `A bus of kind ${kind} has no ${what}.`,
  }),
  needsUnit: (): Words => ({ zh: "请指明单元号，如 identify rs485-1 3。", en: "Name the unit, e.g. identify rs485-1 3." }),
  lent: (bus: string, to: string): Words => ({
    zh: `总线 ${bus} 正借给 ${to} 调试。请等其完成，或先取消。`,
    en: `Bus ${bus} is lent to ${to} for commissioning. Wait until that is done, or cancel it first.`,
  }),
  scanning: (to: string): Words => ({
    zh: `${to} 正在扫描网络。请等其完成，或先取消。`,
    en: `${to} is scanning the network. Wait until that is done, or cancel it first.`,
  }),
  notNoted: (): Words => ({
    zh: "审计日志写不进去，未执行。请检查磁盘后重试。",
    en: "The audit log could not be written, so nothing was done. Check the disk and try again.",
  }),
  ended: (): Words => ({
    zh: "网关正在停止或切换配置，未完成。请稍候重试。",
    en: "The gateway is stopping or changing its configuration; this was not finished. Try again in a moment.",
  }),
  takenBack: (): Words => ({ zh: "超过时限，总线已收回。", en: "The time was over and the bus was taken back." }),
  coilValue: (): Words => ({ zh: "线圈只能写一个 0 或 1。", en: "A coil takes one value, 0 or 1." }),
  refused: (what: string): Words => ({ zh: `设备拒绝：${what}。`, en: `The device refuses: ${what}.` }),
  noAnswer: (what: string): Words => ({ zh: `没有可用的应答：${what}。`, en: `No usable answer: ${what}.` }),
  broken: (what: string): Words => ({ zh: `内部错误：${what}。`, en: `Something inside failed: ${what}.` }),
} as const;
