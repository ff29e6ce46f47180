import type { Words } from "../../firmware/contract/alarm.ts";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";
import type { Site } from "../../firmware/site/model.ts";
import { type BoxIdentity, identityText } from "./box.ts";
import type { BoxRow } from "./manifest.ts";
import type { Applied } from "./site-place.ts";

export function noRow(box: BoxIdentity): Words {
  const identity = identityText(box);
  return {
    zh: `安装包中没有本机。未作任何更改；请把本机的序列号或 MAC 地址（${identity}）告诉规划人员，加入盒子表后重新制作。`,
    en: `This box is not in the bundle. Nothing was changed; tell the planner its serial number or MAC address (${identity}), to be added to the table of boxes, and have the stick made again.`,
  };
}

export function twoRows(one: BoxRow, other: BoxRow): Words {
  return {
    zh: `安装包中有两行都指本机（${one.name} 与 ${other.name}），内容不同。未作任何更改；请由规划人员修正盒子表。`,
    en: `Two rows of the bundle mean this box (${one.name} and ${other.name}) and differ. Nothing was changed; have the planner mend the table of boxes.`,
  };
}

export function older(applied: Applied, next: Applied): Words {
  return {
    zh: `安装包签发于 ${time(next.issued)}，早于本机已用的（${time(applied.issued)}）。未作任何更改；请使用新的 U 盘，或由规划人员重新制作。`,
    en: `The bundle was issued ${time(next.issued)}, before the one this box runs (${time(applied.issued)}). Nothing was changed; use the newer stick, or have the planner make the bundle again.`,
  };
}

export function otherContent(applied: Applied): Words {
  return {
    zh: `安装包与本机已用的（${applied.bundle}）编号相同而内容不同。未作任何更改；请由规划人员重新制作。`,
    en: `The bundle has the number of the one this box runs (${applied.bundle}), but other content. Nothing was changed; have the planner make it again.`,
  };
}

export function nothingToDo(next: Applied): Words {
  return {
    zh: `本机已在使用这个安装包（${time(next.issued)}）。无需操作，可以拔出 U 盘。`,
    en: `This box runs this bundle already (${time(next.issued)}). There is nothing to do; the stick can be pulled.`,
  };
}

export function changedByHand(file: string): Words {
  return {
    zh: `${file} 在上次安装之后被人在本机改动过。`,
    en: `${file} was changed on the box by hand since the last bundle.`,
  };
}

export function recordDamaged(): Words {
  return {
    zh: "本机上次安装的记录已损坏，无法判断安装包是否比它旧。",
    en: "The record of the last bundle on this box is damaged: whether this one is older cannot be told.",
  };
}

export function siteNotUnderstood(count: number): Words {
  return {
    zh: `站点文件在本机版本下有 ${count} 处问题。未作任何更改；请升级本机，或由规划人员修正。`,
    en: `${count} problems in the site file for the version on this box. Nothing was changed; update the box, or have the planner mend the file.`,
  };
}

export function wouldApply(row: BoxRow, { id, devices, buses }: Site): Words {
  return {
    zh: `试运行：将把 ${row.name} 设为站点 ${id}（${buses.length} 条总线，${devices.length} 台设备）。未作任何更改。`,
    en: `Dry run: ${row.name} would become site ${id} (${buses.length} buses, ${devices.length} devices). Nothing was changed.`,
  };
}

export function kept(devices: readonly DeviceProbe[], runs: boolean): Words {
  const { zh, en } = answers(devices);
  return {
    zh: `已安装${runs ? "，网关已重新启动" : "；请手动启动网关"}。${zh}`,
    en: `Installed; ${runs ? "the gateway runs with it" : "start the gateway by hand"}. ${en}`,
  };
}

export function askedAgain(devices: readonly DeviceProbe[]): Words {
  const { zh, en } = answers(devices);
  return { zh: `这个安装包已在使用，设备已重新询问。${zh}`, en: `This bundle is in use already; the devices were asked again. ${en}` };
}

function answers(devices: readonly DeviceProbe[]): Words {
  const answered = devices.filter((device) => device.answered).length;
  const silent = devices.length - answered;
  if (silent === 0) return { zh: `${devices.length} 台设备全部应答。`, en: `All ${devices.length} devices answer.` };
  return {
    zh: `${devices.length} 台设备中 ${silent} 台没有应答，原因见下；处理后再插一次 U 盘即可重新检查。`,
    en: `${silent} of ${devices.length} devices do not answer; see below why. Mend that and plug the stick in again to have them asked again.`,
  };
}

export function nobodyAnswers(): Words {
  return {
    zh: "未采用：新站点文件下没有一台设备应答，而原来的有。本机继续使用原来的站点文件；请核对总线设置和接线（见下），再插一次 U 盘。",
    en: "Not taken: with the new site file no device answers, with the former one some do. The box goes on with the former; compare bus settings and wiring (below), then plug the stick in again.",
  };
}

export function didNotComeUp(): Words {
  return {
    zh: "已退回：网关在新站点文件下没有启动成功。本机继续使用原来的站点文件；请把这份回执交给规划人员。",
    en: "Returned: the gateway did not come up with the new site file. The box goes on with the former one; give this receipt to the planner.",
  };
}

export function couldNotReturn(file: string, former: string): Words {
  return {
    zh: `网关在新站点文件下没有启动成功，原来的文件又无法写回。请把 ${former} 复制为 ${file} 后重启，或致电支持人员。`,
    en: `The gateway did not come up with the new site file, and the former one could not be put back. Copy ${former} to ${file} and restart, or call support.`,
  };
}

export function formerDoesNotComeUp(): Words {
  return {
    zh: "网关在原来的站点文件下也没有启动：机房现在无人监视。请查看 journalctl -u roomward，或致电支持人员。",
    en: "The gateway does not come up with the former site file either: nobody watches the room now. Look at journalctl -u roomward, or call support.",
  };
}

/** To the minute, and in which zone: the planner and the box may be in different ones. */
export function time(ms: number, zone = "UTC"): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime();
  return `${at.toString({ smallestUnit: "minute" }).replace("T", " ")} ${zone}`;
}
