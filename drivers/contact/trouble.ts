import type { BusFault } from "../driver.ts";
import type { LostReason } from "../reading.ts";
import type { Words } from "../vocabulary.ts";

/** Why digital inputs, or one of them, cannot be read. Of the whole chip first, then of one line. */
export type ContactTrouble =
  | { readonly kind: "noPackage"; readonly said: string }
  | { readonly kind: "noSysfs" }
  | { readonly kind: "noNumbers" }
  | { readonly kind: "notPermitted"; readonly code: string }
  | { readonly kind: "noHeader"; readonly labels: readonly string[] }
  | { readonly kind: "noChip"; readonly label: string; readonly labels: readonly string[] }
  | { readonly kind: "twoChips"; readonly label: string }
  | { readonly kind: "noLine"; readonly line: number; readonly label: string; readonly lines: number }
  | { readonly kind: "busy"; readonly line: number }
  | { readonly kind: "output"; readonly line: number }
  | { readonly kind: "notExported"; readonly line: number; readonly said: string }
  | { readonly kind: "lineNotPermitted"; readonly line: number; readonly said: string }
  | { readonly kind: "gone"; readonly line: number }
  | { readonly kind: "restless"; readonly line: number }
  | { readonly kind: "closed" };

/**
 * The trouble as a fault of the bus. What no line can be read through is `adapterMissing`; what is wrong with one line is that line's alone
 * (`refused`), so that a line in other hands does not silence its neighbours.
 */
export function faultOf(trouble: ContactTrouble): BusFault {
  const { reason, detail, advice } = told(trouble);
  return { reason, detail: `GPIO: ${detail}`, advice };
}

interface Told {
  readonly reason: LostReason;
  readonly detail: string;
  readonly advice: Words;
}

function told(trouble: ContactTrouble): Told {
  switch (trouble.kind) {
    case "noPackage":
      return missing(`the package onoff cannot be loaded (${trouble.said})`, {
        zh: "开关量输入不可用：本机没有可用的 onoff 程序包。请安装与本机处理器相符的 Roomward 安装包；从源码运行时请装好 g++、make、python3 后重新 npm install。",
        en: "Digital inputs are unavailable: the package onoff is not installed for this machine. Install the Roomward package of this processor; when running from source, install g++, make and python3 and run npm install again.",
      });
    case "noSysfs":
      return missing("there is no /sys/class/gpio", {
        zh: "开关量输入不可用：内核没有 /sys/class/gpio（未启用 CONFIG_GPIO_SYSFS），或本机没有 GPIO。请换用带此功能的内核（如 Raspberry Pi OS），或改用 Modbus 开关量模块。",
        en: "Digital inputs are unavailable: the kernel has no /sys/class/gpio (built without CONFIG_GPIO_SYSFS), or this machine has no GPIO. Use a kernel that has it, e.g. of Raspberry Pi OS, or a Modbus input module.",
      });
    case "noNumbers":
      return missing("there is no /sys/class/gpio/export", {
        zh: "开关量输入不可用：此内核的 sysfs 已不按全局编号提供 GPIO（未启用 CONFIG_GPIO_SYSFS_LEGACY）。请换用带此功能的内核，或改用 Modbus 开关量模块。",
        en: "Digital inputs are unavailable: sysfs of this kernel no longer offers lines by global number (built without CONFIG_GPIO_SYSFS_LEGACY). Use a kernel that does, or a Modbus input module.",
      });
    case "notPermitted":
      return missing(`/sys/class/gpio/export cannot be written (${trouble.code})`, {
        zh: "开关量输入不可用：没有写 /sys/class/gpio 的权限。请把运行 Roomward 的用户加入 gpio 组并重启服务；系统没有为该组授权的 udev 规则时，安装包会带来。",
        en: "Digital inputs are unavailable: /sys/class/gpio may not be written. Put the user of Roomward into the group gpio and restart the service; the package brings the udev rule that gives it to that group.",
      });
    case "noHeader":
      return missing(`no chip of a Raspberry Pi header; there are: ${listed(trouble.labels)}`, {
        zh: `开关量输入不可用：没有找到树莓派排针的 GPIO 芯片。请在站点文件的总线上写明 chip；现有：${listed(trouble.labels)}。`,
        en: `Digital inputs are unavailable: no chip of a Raspberry Pi header was found. Name the chip in the site file (chip of the bus); there are: ${listed(trouble.labels)}.`,
      });
    case "noChip":
      return missing(`no chip is labelled ${trouble.label}; there are: ${listed(trouble.labels)}`, {
        zh: `开关量输入不可用：没有标签为 ${trouble.label} 的 GPIO 芯片。请更正站点文件中总线的 chip；现有：${listed(trouble.labels)}。`,
        en: `Digital inputs are unavailable: no GPIO chip is labelled ${trouble.label}. Correct chip of the bus in the site file; there are: ${listed(trouble.labels)}.`,
      });
    case "twoChips":
      return missing(`more than one chip is labelled ${trouble.label}`, {
        zh: `开关量输入不可用：有多个 GPIO 芯片的标签都是 ${trouble.label}，无法分辨。请只保留一个，或改用标签唯一的芯片。`,
        en: `Digital inputs are unavailable: several GPIO chips are labelled ${trouble.label} and cannot be told apart. Leave only one of them, or use a chip with a label of its own.`,
      });
    case "noLine":
      return refused(`${trouble.label} has lines 0 to ${trouble.lines - 1}, not ${trouble.line}`, {
        zh: `芯片 ${trouble.label} 只有 0–${trouble.lines - 1} 号线，没有 ${trouble.line} 号。请更正站点文件中的 channel（BCM 编号，不是针脚号）。`,
        en: `${trouble.label} has lines 0 to ${trouble.lines - 1}, not ${trouble.line}. Correct channel in the site file (the BCM number, not the pin of the header).`,
      });
    case "busy":
      return refused(`line ${trouble.line} is in use (EBUSY)`, {
        zh: `GPIO ${trouble.line} 已被内核驱动或其他程序占用。请停用该程序或 config.txt 中占用它的 dtoverlay（用 gpioinfo 查看占用者），或换一根线。`,
        en: `GPIO ${trouble.line} is in use by a kernel driver or another program. End that program, or the dtoverlay in config.txt that claims it (gpioinfo shows who has it), or wire another line.`,
      });
    case "output":
      return refused(`line ${trouble.line} is driven as an output by another program`, {
        zh: `GPIO ${trouble.line} 正被其他程序用作输出，未改动它。请停用该程序并释放此线，或换一根线。`,
        en: `GPIO ${trouble.line} is an output of another program; it was left alone. End that program and release the line, or wire another one.`,
      });
    case "notExported":
      return refused(`line ${trouble.line} is not handed out (${trouble.said})`, {
        zh: `内核不给出 GPIO ${trouble.line}（${trouble.said}）。请核对 channel（BCM 编号），或换一根线。`,
        en: `The kernel does not hand out GPIO ${trouble.line} (${trouble.said}). Compare channel (the BCM number), or wire another line.`,
      });
    case "lineNotPermitted":
      return refused(`line ${trouble.line} may not be used (${trouble.said})`, {
        zh: `没有使用 GPIO ${trouble.line} 的权限。请检查 udev 规则是否把它交给 gpio 组，以及运行 Roomward 的用户是否在该组。`,
        en: `GPIO ${trouble.line} may not be used. See that the udev rule gives it to the group gpio, and that the user of Roomward is in that group.`,
      });
    case "gone":
      return refused(`line ${trouble.line} was taken away while it was read`, {
        zh: `GPIO ${trouble.line} 在读取时被收回：其他程序释放了它，或扩展板已拔下。会自动重新打开；若反复出现，请检查其他使用 GPIO 的程序。`,
        en: `GPIO ${trouble.line} was taken away while it was read: another program released it, or its board was unplugged. It is opened again by itself; when it happens again and again, look for other programs that use GPIO.`,
      });
    case "restless":
      return {
        reason: "garbled",
        detail: `line ${trouble.line} does not hold still`,
        advice: {
          zh: `GPIO ${trouble.line} 一直在抖动，读数不可信。请检查触点和接线是否松动、有无上拉电阻，长线请加光耦。`,
          en: `GPIO ${trouble.line} never holds still, so it says nothing. Look for a loose contact or wire and a missing pull-up; put an optocoupler between a long wire and the box.`,
        },
      };
    case "closed":
      return missing("the bus is closed", { zh: "总线已关闭。", en: "The bus is closed." });
    default:
      return trouble satisfies never;
  }
}

function missing(detail: string, advice: Words): Told {
  return { reason: "adapterMissing", detail, advice };
}

function refused(detail: string, advice: Words): Told {
  return { reason: "refused", detail, advice };
}

const LABELS_MAX = 8;

function listed(labels: readonly string[]): string {
  return labels.length === 0 ? "-" : labels.slice(0, LABELS_MAX).join(", ");
}
