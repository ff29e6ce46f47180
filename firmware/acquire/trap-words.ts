import type { Words } from "../contract/alarm.ts";
import type { TrapHealth } from "../contract/site.ts";
import type { SnmpTraps } from "../site/schema.ts";

export function listeningWords({ port, address }: SnmpTraps): Words {
  const place = address === undefined ? `${port}/UDP` : `${address} ${port}/UDP`;
  return { zh: `正在 ${place} 接收 SNMP 陷阱`, en: `listening for SNMP traps on ${place}` };
}

/** Why traps cannot be heard, and what to do. */
export function notListeningWords({ port, address }: SnmpTraps, { code, message }: NodeJS.ErrnoException): Words {
  const { zh, en } = reasonOf(port, address ?? "", code, message);
  return {
    zh: `收不到 SNMP 陷阱：${zh}。轮询照常，每分钟自动重试。`,
    en: `SNMP traps cannot be heard: ${en}. Polling goes on; it is tried again every minute.`,
  };
}

function reasonOf(port: number, address: string, code: string | undefined, message: string): Words {
  switch (code) {
    case "EADDRINUSE":
      return {
        zh: `端口 ${port}/UDP 已被其他程序占用；用 \`ss -lunp\` 查出并停用（常为 snmptrapd），或在 snmpTraps 中另设 port`,
        en: `another program has port ${port}/UDP; find it with \`ss -lunp\` and stop it (often snmptrapd), or set another port in snmpTraps`,
      };
    case "EACCES":
    case "EPERM":
      return {
        zh: `无权使用端口 ${port}/UDP；请给服务 CAP_NET_BIND_SERVICE（安装包的 systemd 单元已有），或在 snmpTraps 中设 1023 以上的 port`,
        en: `port ${port}/UDP is not permitted; give the service CAP_NET_BIND_SERVICE (the installed unit has it), or set a port above 1023 in snmpTraps`,
      };
    case "EADDRNOTAVAIL":
      return {
        zh: `${address} 不是本机地址；请改正 snmpTraps 的 address 或删去它`,
        en: `${address} is no address of this box; correct address in snmpTraps or leave it out`,
      };
    default:
      return { zh: `端口 ${port}/UDP：${message}`, en: `port ${port}/UDP: ${message}` };
  }
}

/** What was ignored between two looks, in one sentence each. */
export function ignoredWords(before: TrapHealth, now: TrapHealth): readonly Words[] {
  const words: Words[] = [];
  const strangers = now.strangers - before.strangers;
  if (strangers > 0)
    words.push({
      zh: `忽略了 ${strangers} 条来自陌生地址的 SNMP 陷阱，最近为 ${now.lastStranger}：如是本站设备，请核对其总线的 host`,
      en: `ignored ${strangers} SNMP traps from addresses that no snmp bus has, the last one ${now.lastStranger}: if it is a device of this site, correct the host of its bus`,
    });
  const rejected = now.rejected - before.rejected;
  if (rejected > 0 && now.lastRejected !== null)
    words.push({
      zh: `拒绝了 ${rejected} 条 SNMP 陷阱，最近来自 ${now.lastRejected.address}：${WRONG[now.lastRejected.wrong].zh}`,
      en: `rejected ${rejected} SNMP traps, the last one from ${now.lastRejected.address}: ${WRONG[now.lastRejected.wrong].en}`,
    });
  const malformed = now.malformed - before.malformed;
  if (malformed > 0)
    words.push({
      zh: `${malformed} 个报文不是 SNMP 陷阱，已忽略；请检查是否有程序误发到端口 ${now.port}`,
      en: `ignored ${malformed} datagrams that were no SNMP traps; see whether something else sends to port ${now.port}`,
    });
  const dropped = now.dropped - before.dropped;
  if (dropped > 0)
    words.push({
      zh: `陷阱过多，丢弃了 ${dropped} 条；轮询不受影响，请检查是哪台设备在反复发送`,
      en: `${dropped} SNMP traps were too many and dropped; polling is not touched. See which device keeps sending`,
    });
  return words;
}

const WRONG: Readonly<Record<NonNullable<TrapHealth["lastRejected"]>["wrong"], Words>> = {
  community: {
    zh: "团体名不符；请在 snmpTraps 的 community 中填写设备所用的，或改设备",
    en: "unknown community; say in snmpTraps which community it uses, or change it on the device",
  },
  user: {
    zh: "SNMPv3 用户未知，或安全级别过低；请在 snmpTraps 的 users 中填写",
    en: "unknown SNMPv3 user, or a lower level than this user's; enter it under users of snmpTraps",
  },
  key: {
    zh: "SNMPv3 密钥或算法不符；请与设备核对 authProtocol、authKey、privProtocol、privKey",
    en: "wrong SNMPv3 key or protocol; compare authProtocol, authKey, privProtocol and privKey with the device",
  },
};
