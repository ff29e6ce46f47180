import type { Words } from "../vocabulary.ts";

/**
 * What +CMS ERROR says of a short message (3GPP TS 27.005, 3.2.5; causes below 128 are of TS 24.011 annex E-2, to 255 of TS 23.040, 9.2.3.22).
 * Only those that are about the number or the message itself are for good: what is about the SIM, the account, the modem or the network
 * may be mended, and then the message goes.
 */
const CAUSES: Readonly<Record<number, readonly [zh: string, en: string]>> = {
  1: ["号码未分配", "the number is not assigned"],
  8: ["运营商禁止发送", "the operator has barred sending"],
  10: ["呼叫受限", "the number is barred"],
  21: ["短信被拒绝", "the message was rejected"],
  27: ["对方暂不可达", "the destination is out of service"],
  28: ["SIM 卡未在网络登记", "the network does not know this SIM"],
  30: ["用户不存在", "the subscriber is unknown"],
  38: ["网络故障", "the network is out of order"],
  41: ["网络临时故障", "a temporary failure of the network"],
  42: ["网络拥塞", "the network is congested"],
  50: ["未开通短信业务", "the SIM has no subscription for short messages"],
  192: ["短信中心忙", "the service centre is busy"],
  194: ["短信中心故障", "the service centre has failed"],
  195: ["号码无效", "the address is invalid"],
  196: ["对方号码被限制", "the destination is barred"],
  208: ["SIM 卡短信存储已满", "the SIM's storage of messages is full"],
  302: ["操作不允许", "the operation is not allowed now"],
  304: ["PDU 无效", "the PDU is invalid"],
  310: ["未插入 SIM 卡", "there is no SIM"],
  311: ["需要 SIM 卡 PIN", "the SIM wants its PIN"],
  313: ["SIM 卡故障", "the SIM has failed"],
  314: ["SIM 卡忙", "the SIM is busy"],
  322: ["存储已满", "the storage of messages is full"],
  330: ["未设置短信中心号码", "the number of the service centre is not set on the SIM"],
  331: ["无网络服务", "there is no network service"],
  332: ["网络超时", "the network did not answer in time"],
  500: ["未知错误", "an unknown error"],
};
const FOR_GOOD: ReadonlySet<number> = new Set([1, 10, 29, 30, 69, 95, 96, 97, 98, 99, 111, 176, 195, 196, 198, 199, 303, 304, 305]);

export function smsRefusal(code: number): { readonly forGood: boolean; readonly words: Words } {
  const [zh, en] = CAUSES[code] ?? ["原因未知", "of unknown cause"];
  // TP-PID and TP-DCS errors, and commands.
  const isOurPdu = code >= 128 && code <= 175;
  return { forGood: isOurPdu || FOR_GOOD.has(code), words: { zh: `+CMS ERROR ${code}：${zh}`, en: `+CMS ERROR ${code}: ${en}` } };
}
