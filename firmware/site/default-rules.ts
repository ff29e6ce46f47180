import type { Severity, Words } from "../contract/alarm.ts";
import type { ComputedPoint } from "./model.ts";

/** What the box works out about every device. */
export const COMPUTED_NAMES: readonly ComputedPoint["name"][] = ["warranty.remaining", "contract.remaining"];

/** A rule of the house for a point name; holds for every device that has the point unless the site file says otherwise. */
export interface DefaultRule {
  readonly high?: Partial<Record<Severity, number>>;
  readonly low?: Partial<Record<Severity, number>>;
  readonly state?: Readonly<Record<string, Severity>>;
  readonly deadband?: number;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  readonly latched?: boolean;
  /** What is said after the device's name instead of "too low" and "too high". */
  readonly text?: Words;
  /** Left out: the house's sentence for that kind of rule. */
  readonly action?: Words;
}

/**
 * Limits follow GB 50174-2017 appendix A and ASHRAE TC9.9 (18–27 °C at the rack inlet); delays and deadbands follow the machine
 * room defaults of this product: temperature 1 °C and 60 s, leak 2 s on and 300 s off and latched, UPS 3 s on and 30 s off.
 */
export const DEFAULT_RULES: Readonly<Record<string, DefaultRule>> = {
  "ambient.temperature": {
    high: { major: 27, critical: 32 },
    low: { minor: 15 },
    deadband: 1,
    onDelayMs: 60_000,
    offDelayMs: 60_000,
    action: {
      zh: "检查空调运行状态和冷通道送风；必要时增开空调或减载。",
      en: "Check that the air-conditioners run and blow into the cold aisle; start a spare unit or shed load.",
    },
  },
  "ambient.humidity": {
    high: { minor: 65, major: 75 },
    low: { minor: 20 },
    deadband: 3,
    onDelayMs: 120_000,
    offDelayMs: 120_000,
    action: {
      zh: "检查空调除湿与加湿，查看有无漏水。",
      en: "Check dehumidifying and humidifying of the air-conditioners; look for water.",
    },
  },
  "output.source": {
    state: { battery: "critical", none: "critical", bypass: "major" },
    onDelayMs: 3_000,
    offDelayMs: 30_000,
    action: {
      zh: "确认市电与上级开关；查看电池剩余时间，必要时启动发电机或有序关机。",
      en: "Check the mains and the breaker above; read the battery minutes; start the generator or shut down in order.",
    },
  },
  "battery.status": {
    state: { low: "critical", depleted: "critical" },
    onDelayMs: 3_000,
    offDelayMs: 30_000,
    action: {
      zh: "电池即将耗尽：立即有序关机或恢复供电。",
      en: "The battery is nearly empty: shut down in order now, or restore the supply.",
    },
  },
  "ups.fault": {
    state: { fault: "critical" },
    onDelayMs: 3_000,
    offDelayMs: 30_000,
    action: {
      zh: "查看 UPS 面板的故障代码，联系维保；确认负载是否已转旁路。",
      en: "Read the fault code on the UPS's panel and call its service; see whether the load runs on bypass.",
    },
  },
  "ups.overload": {
    state: { overload: "major" },
    onDelayMs: 3_000,
    offDelayMs: 30_000,
    action: { zh: "立即减少负载，否则 UPS 会转旁路或关机。", en: "Take load off now, or the UPS goes to bypass or shuts down." },
  },
  "battery.temperature": {
    high: { minor: 35, major: 45 },
    deadband: 2,
    onDelayMs: 60_000,
    offDelayMs: 60_000,
    action: {
      zh: "检查电池间通风与电池外观（鼓包、漏液）。",
      en: "Check the battery room's ventilation and the batteries for swelling or leaks.",
    },
  },
  "battery.charge": {
    low: { minor: 80, major: 50, critical: 20 },
    deadband: 2,
    onDelayMs: 10_000,
    offDelayMs: 30_000,
    action: {
      zh: "市电恢复后确认充电电流；长期不满说明电池或充电器有故障。",
      en: "After the mains return, check the charging current; never full again means a bad battery or charger.",
    },
  },
  "door.contact": {
    state: { open: "minor" },
    onDelayMs: 30_000,
    offDelayMs: 0,
    action: {
      zh: "门未关：查看现场并关门；无人登记则按入侵处理。",
      en: "The door was left open: look and close it; nobody signed in means an intrusion.",
    },
  },
  "access.tamper.alarm": {
    state: { alarm: "major" },
    onDelayMs: 0,
    offDelayMs: 30_000,
    action: {
      zh: "读卡器可能被拆动：立即到现场查看读卡器和接线，核对此后的进出记录。",
      en: "Somebody may have opened the reader: look at it and its wires now, and compare the entry log from here on.",
    },
  },
  "access.supply.alarm": {
    state: { alarm: "minor" },
    onDelayMs: 30_000,
    offDelayMs: 30_000,
    action: {
      zh: "检查读卡器的电源和备用电池：断电后刷卡将不再有记录。",
      en: "Check the supply of the reader and its battery: without it no card is recorded any more.",
    },
  },
  "leak.detected": {
    state: { leak: "critical" },
    onDelayMs: 2_000,
    offDelayMs: 300_000,
    latched: true,
    action: {
      zh: "立即到现场查看水源，关闭阀门，保护机柜电源。",
      en: "Go there now, find the water, close the valve, protect the rack power.",
    },
  },
  "smoke.detected": {
    state: { smoke: "critical" },
    onDelayMs: 3_000,
    offDelayMs: 60_000,
    latched: true,
    action: {
      zh: "立即到现场确认烟源；确认起火按消防预案处置，切断机柜电源。",
      en: "Go there now and find the source; if it burns, follow the fire plan and cut the power of the racks.",
    },
  },
  "fire.alarm": {
    state: { alarm: "critical" },
    onDelayMs: 0,
    offDelayMs: 60_000,
    latched: true,
    action: {
      zh: "按消防预案处置：确认人员撤离，拨打 119，不要进入已释放灭火剂的房间。",
      en: "Follow the fire plan: see that people leave, call the fire service, do not enter a room where extinguishant was released.",
    },
  },
  "fire.released": {
    state: { released: "critical" },
    onDelayMs: 0,
    offDelayMs: 60_000,
    latched: true,
    action: {
      zh: "灭火剂已释放：不要进入房间，按消防预案处置。",
      en: "Extinguishant was released: do not enter the room, follow the fire plan.",
    },
  },
  "fire.fault": {
    state: { fault: "major" },
    onDelayMs: 30_000,
    offDelayMs: 30_000,
    action: {
      zh: "消防主机故障或断线：在修复前房间没有火警保护，通知消防维保。",
      en: "The fire panel has a fault or a broken wire: until it is mended the room is not protected. Call the fire service company.",
    },
  },
  "leak.cable": {
    state: { broken: "major", fault: "major", contaminated: "minor" },
    onDelayMs: 30_000,
    offDelayMs: 30_000,
    action: {
      zh: "感应绳断线或污染时查不出漏水：检查感应绳与接头，清洁或更换。",
      en: "A cable that is broken or dirty finds no water: check it and its connectors, clean or replace it.",
    },
  },
  "cooling.alarm": {
    state: { alarm: "major" },
    onDelayMs: 30_000,
    offDelayMs: 30_000,
    action: { zh: "查看空调面板告警代码，联系空调维保。", en: "Read the fault code on the unit's panel and call its service." },
  },
  // Two polls in a row: one lost question is no outage.
  "service.state": {
    state: { down: "major" },
    onDelayMs: 15_000,
    offDelayMs: 15_000,
    action: {
      zh: "查看“探测结果”说明的原因：主机、网络、服务进程或证书；恢复服务，必要时联系系统负责人。",
      en: "Read in Probe result what came instead: host, network, service or certificate; start the service again, or call who is responsible for it.",
    },
  },
  "response.time": {
    high: { warning: 1_000, minor: 3_000 },
    deadband: 100,
    onDelayMs: 60_000,
    offDelayMs: 60_000,
    text: { zh: "响应缓慢", en: "answers slowly" },
    action: {
      zh: "查看主机负载、数据库慢查询和网络；与同一主机的其他探测比较。",
      en: "Look at the host's load, slow queries and the network; compare with the other probes of the same host.",
    },
  },
  "packet.loss": {
    high: { warning: 20, minor: 50 },
    deadband: 5,
    onDelayMs: 60_000,
    offDelayMs: 60_000,
    action: {
      zh: "检查网线、光模块、交换机端口错误计数和链路是否拥塞。",
      en: "Check cables, optics and the error counters of the switch ports, and whether the link is congested.",
    },
  },
  "certificate.days": {
    low: { warning: 30, minor: 14, major: 3 },
    onDelayMs: 60_000,
    offDelayMs: 60_000,
    text: { zh: "证书即将到期或已过期", en: "certificate ends soon or has ended" },
    action: {
      zh: "到期前申请并更换服务器证书，更换后确认剩余天数恢复。",
      en: "Have a new certificate made and installed before it ends; then see here that the days have gone up.",
    },
  },
  // Below 0 is the day after the last one.
  "warranty.remaining": {
    low: { warning: 90, minor: 30, major: 0 },
    onDelayMs: 0,
    offDelayMs: 0,
    text: { zh: "保修即将到期或已过期", en: "warranty ends soon or has ended" },
    action: {
      zh: "趁保修有效报修已知缺陷；与服务商商定续保或更换，并更新资产页的到期日。",
      en: "Have known defects repaired while it lasts; agree with the provider on an extension or a replacement, and enter the new date on the assets page.",
    },
  },
  "contract.remaining": {
    low: { warning: 90, minor: 30, major: 0 },
    onDelayMs: 0,
    offDelayMs: 0,
    text: { zh: "服务合同即将到期或已过期", en: "service contract ends soon or has ended" },
    action: {
      zh: "与服务商续签服务合同，并更新资产页的合同到期日。",
      en: "Renew the service contract with the provider, and enter the new date on the assets page.",
    },
  },
};

/** What to do when neither the site file nor the house has a sentence of its own for the point. */
export const DEFAULT_ACTIONS = {
  high: {
    zh: "到现场核对读数；确认负荷、风道和相关设备是否正常，必要时减载或停机。",
    en: "Compare the reading on site; check load, air flow and the devices around it; shed load or shut down if it must be.",
  },
  low: {
    zh: "到现场核对读数；确认供电、接线和相关设备是否正常。",
    en: "Compare the reading on site; check supply, wiring and the devices around it.",
  },
  state: {
    zh: "到现场查看设备面板和告警代码；无法排除时联系服务商。",
    en: "Read the device's panel and fault code on site; call its service provider when it cannot be mended.",
  },
} as const satisfies Readonly<Record<string, Words>>;

/** What to do about what is judged from several readings. */
export const DERIVED_ACTIONS = {
  flat: {
    zh: "读数长时间不变：到现场用另一仪表核对，检查传感器是否卡死或设备是否停止刷新。",
    en: "The reading no longer moves: compare it with another instrument; see whether the sensor is stuck or the device stopped updating.",
  },
  condition: {
    zh: "查看组成此条件的各测点，到现场确认后处理。",
    en: "Look at the points that make this condition, confirm on site and act.",
  },
  missing: {
    zh: "确认此事是否做过；未做则安排补做，并查明为何漏掉。",
    en: "Find out whether it was done; if not, have it done now, and see why it was left out.",
  },
} as const satisfies Readonly<Record<string, Words>>;

/** What to do when nothing is heard, and at a door. */
export const SILENCE_ACTIONS = {
  lost: {
    zh: "检查设备供电、通信线、地址和波特率；该设备的测点在恢复前均不可信。",
    en: "Check the device's power, cable, address and speed; none of its points can be trusted until it answers.",
  },
  unprobed: {
    zh: "本机无法探测，服务状态未知：在“总线”页查看原因（缺少 ping 程序、权限或本机防火墙），修复后自动恢复。",
    en: "This box cannot ask, so nothing is known of the service: the page Buses has the reason (program ping, permission, a firewall of the box); it comes back by itself.",
  },
  stale: {
    zh: "设备有应答但此测点无有效值：检查传感器接线或更换传感器。",
    en: "The device answers but this point has no valid value: check the sensor's wiring or replace it.",
  },
  lostOnBattery: {
    zh: "电池余量已无法得知：派人到 UPS 面板查看剩余时间，按负载重要性准备有序关机；同时检查 UPS 的通信线和网卡供电。",
    en: "Nobody knows how long the battery lasts: have somebody read the minutes left at the UPS itself and be ready to shut loads down in order; check its cable and the power of its card as well.",
  },
  delivery: {
    zh: "检查到上级平台的网络、地址和密钥。排队的事件不会丢失，恢复后按序补发；被拒收的事件在改正配置并重启后再次发送。",
    en: "Check the network, address and secret of the target. Queued events are kept and sent in order; those it refused are sent again after the settings are mended and the gateway is restarted.",
  },
  busSilent: {
    zh: "转换器在，但线上没有一台设备应答：先查总线电缆、A/B 线序、终端电阻、共同供电和波特率，不必逐台检查。",
    en: "The adapter is there but no device on the wire answers: look at the cable, wires A and B, termination, common power and speed first, not at each device.",
  },
  adapterMissing: {
    zh: "检查串口转换器或网络：插好后自动恢复。",
    en: "Check the serial adapter or the network path; it comes back by itself once it is there.",
  },
  inputsMissing: {
    zh: "在“总线”页查看原因和处理办法；恢复前，接在本机 GPIO 上的门磁、漏水、烟感等触点均无读数，请派人查看。",
    en: "The page Buses says why and what to do; until then no contact at the GPIO of this box is read (doors, leaks, smoke): have somebody look.",
  },
  inputLost: {
    zh: "在“总线”页查看此 GPIO 线不可用的原因；恢复前这个触点没有读数，请派人查看现场。",
    en: "The page Buses says why this GPIO line cannot be used; until then the contact is not read: have somebody look on site.",
  },
  outputFailed: {
    zh: "不要指望这路输出：需要时请到现场手动操作。在“输出”页查看原因，检查模块供电、通信线和地址；恢复后自动重新设定。",
    en: "Do not count on this output: act by hand on site where it matters. The page Outputs says why; check power, cable and address of the module. It is set again by itself once it can be.",
  },
  forced: {
    zh: "立即查看监控并派人到现场；确认人员与设备，再关门。门关上后告警恢复。",
    en: "Look at the cameras and send somebody now; see who and what is there, then close the door. The alarm ends when it is closed.",
  },
  denied: {
    zh: "查看进出记录中的卡号，联系持卡人；卡过期则续期，陌生卡则按试图闯入处理。",
    en: "Look up the card in the entry log and ask its holder; renew it if it has run out, treat a strange card as an attempt to break in.",
  },
} as const satisfies Readonly<Record<string, Words>>;
