import type { Words } from "../../firmware/contract/alarm.ts";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";

/**
 * What a device's answer, or its silence, means for the person in front of it, and what to look at first. Whether the others on the wire
 * answer tells a line fault from a device fault.
 */
export function causeOf(probe: DeviceProbe, all: readonly DeviceProbe[]): Words {
  const { asked, answered, good, points, missing, reason, busKind, identity } = probe;
  if (!asked)
    return {
      zh: "时间用完，没有轮到它。请先处理没有应答的设备，再插一次 U 盘。",
      en: "Not asked, the time ran out. See to the silent devices first, then plug the stick in again.",
    };
  if (probe.down)
    return {
      zh: `探测到不可用（${probe.wire}）：${probe.detail}。请确认服务已启动，地址、端口和期望值正确。`,
      en: `Is down (${probe.wire}): ${probe.detail}. See that the service runs, and compare address, port and what is expected.`,
    };
  if (answered && good > 0 && missing.length === 0)
    return { zh: `应答，${good} 个测点有值。${identity ?? ""}`, en: `Answers; ${good} points have a value. ${identity ?? ""}`.trimEnd() };
  if (answered && good > 0)
    return {
      zh: `应答，${points} 个测点中 ${good} 个有值，缺少：${missing.join("、")} 等；请核对型号（profile）和传感器接线。`,
      en: `Answers; ${good} of ${points} points have a value, but not ${missing.join(", ")}: compare the profile, and look at its own sensors.`,
    };
  if (answered && busKind === "osdp" && reason === "refused")
    return {
      zh: "应答，但只接受安全通道（secure channel），本机不支持：请把读卡器设为非加密（安装）模式。",
      en: "Answers, but over a secure channel only, which this box does not speak: set the reader to unencrypted (install) mode.",
    };
  if (answered)
    return {
      zh: "应答，但没有一个测点有值：很可能型号（profile）选错了，或网关后面的从站地址不对。请核对铭牌与型号。",
      en: "Answers, but not one point has a value: most likely the profile is wrong, or the unit behind the gateway. Compare the label with the profile.",
    };
  if (probe.advice !== null) return probe.advice;
  return SILENT[reason ?? "timeout"](probe, othersAnswer(probe, all));
}

function othersAnswer(probe: DeviceProbe, all: readonly DeviceProbe[]): boolean {
  return all.some((other) => other.bus === probe.bus && other.device !== probe.device && other.answered);
}

type Reason = NonNullable<DeviceProbe["reason"]>;
const SILENT: Readonly<Record<Reason, (probe: DeviceProbe, othersAnswer: boolean) => Words>> = {
  timeout: timedOut,
  garbled: ({ settings, unit }) => ({
    zh: `收到的数据有错${line(settings)}：请核对波特率和校验位、终端电阻和屏蔽线，以及是否有两台设备同为地址 ${unit ?? "–"}。`,
    en: `What comes back is damaged${line(settings)}: compare baud rate and parity, look at termination and shield, and whether two devices have address ${unit ?? "–"}.`,
  }),
  short: () => ({
    zh: "应答不完整：请核对型号（profile）和固件版本，以及线路质量。",
    en: "The answer is too short: compare the profile and the firmware of the device, and look at the line.",
  }),
  foreign: ({ unit }) => ({
    zh: `应答来自别的设备或别的请求：请检查是否有两台设备同为地址 ${unit ?? "–"}，或线上还有另一个主站。`,
    en: `The answer is another device's, or to another question: look for two devices with address ${unit ?? "–"}, or a second master on the line.`,
  }),
  // Of a device that counts as silent only a gateway's word remains: nobody behind it answers.
  exception: ({ wire, unit }) => ({
    zh: `网关 ${wire} 有应答，它后面地址 ${unit ?? "–"} 的设备没有：请核对这台设备的地址、电源，以及它到网关的 A/B 接线和波特率。`,
    en: `The gateway ${wire} answers, the device with address ${unit ?? "–"} behind it does not: compare its address, look at its power and at its wires A and B to the gateway, and at the baud rate there.`,
  }),
  adapterMissing: ({ wire }) =>
    wire.startsWith("/")
      ? {
          zh: `没有 ${wire}：请检查串口转换器是否插好，以及站点文件中的 path（ls /dev/serial/by-id）。`,
          en: `There is no ${wire}: see that the serial adapter is plugged in, and compare path in the site file (ls /dev/serial/by-id).`,
        }
      : {
          zh: `网络上到不了 ${wire}：请检查网线、IP 地址、网段和对方电源。`,
          en: `${wire} cannot be reached: look at the cable, the IP address, the subnet and the power of the other side.`,
        },
  unresolved: ({ wire, detail }) => ({
    zh: `主机名无法解析（${wire}；${detail}）：请核对拼写和本机的 DNS 服务器，或改用 IP 地址。`,
    en: `The host name has no address (${wire}; ${detail}): compare its spelling and the DNS server of this box, or write an IP address instead.`,
  }),
  cannotAsk: ({ detail }) => ({
    zh: `本机无法探测：${detail}。请安装 iputils-ping，并检查 sysctl net.ipv4.ping_group_range 和本机防火墙。`,
    en: `This box cannot ask: ${detail}. Install iputils-ping, and look at the sysctl net.ipv4.ping_group_range and at its own firewall.`,
  }),
  refused: ({ wire, busKind }) =>
    busKind === "snmp"
      ? {
          zh: `${wire} 拒绝访问：请核对 SNMP 用户、级别、算法和密钥，以及设备的允许地址。`,
          en: `${wire} refuses: compare SNMP user, level, protocols and keys, and who may ask it.`,
        }
      : isLine(busKind)
        ? {
            zh: `${wire} 拒绝：串口服务器请核对端口号和同时连接数；APC UPS 请核对串口线（940-0024C）。`,
            en: `${wire} refuses: at a serial server compare the port and how many may connect; at an APC UPS look at the cable (940-0024C).`,
          }
        : {
            zh: `${wire} 拒绝连接：请核对端口号，以及设备上的 Modbus 服务是否启用。`,
            en: `${wire} refuses the connection: compare the port, and see that Modbus is switched on in the device.`,
          },
};

function timedOut({ busKind, settings, unit, wire }: DeviceProbe, othersAnswer: boolean): Words {
  if (busKind === "snmp")
    return {
      zh: `${wire} 没有应答：请核对 IP 地址、团体名（community）或用户，以及设备的允许地址和防火墙（UDP 161）。`,
      en: `${wire} does not answer: compare IP address and community or user, and look at who may ask it and at firewalls (UDP 161).`,
    };
  if (othersAnswer)
    return {
      zh: `同一总线上的其他设备有应答，只有它没有：请核对它的地址（应为 ${unit ?? "–"}）、电源和它到总线的接线。`,
      en: `Others on this bus answer, this one does not: compare its address (expected ${unit ?? "–"}), its power, and its wires to the bus.`,
    };
  if (busKind === "megatec" || busKind === "upslink")
    return {
      zh: `${wire} 上的 UPS 没有应答${line(settings)}：请用 UPS 随机附带的串口线，核对波特率和型号（profile），并确认没有别的监控程序占用。`,
      en: `The UPS at ${wire} does not answer${line(settings)}: use the serial cable that came with it, compare baud rate and profile, and see that no other program talks to it.`,
    };
  const serial = busKind !== "modbus-tcp";
  return serial
    ? {
        zh: `这条总线（${wire}）上没有设备应答${line(settings)}：请先对调 A/B 两线（极性），再核对波特率和校验位、电源、地址 ${unit ?? "–"} 和终端电阻。`,
        en: `Nobody on this bus (${wire}) answers${line(settings)}: swap A and B (polarity) first, then compare baud rate and parity, power, address ${unit ?? "–"} and termination.`,
      }
    : {
        zh: `${wire} 已连上，但没有应答：请核对从站地址（应为 ${unit ?? "–"}）和设备设置。`,
        en: `${wire} takes the connection but does not answer: compare the unit (expected ${unit ?? "–"}) and the settings of the device.`,
      };
}

function isLine(kind: DeviceProbe["busKind"]): boolean {
  return kind !== "snmp" && !kind.startsWith("modbus-");
}

function line(settings: string): string {
  return settings === "" ? "" : ` (${settings})`;
}
