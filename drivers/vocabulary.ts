/**
 * Every point name the product knows, with unit, physical range and labels. Names follow NUT (docs/nut-names.txt, the record
 * named by RFC 9271) where NUT has one: UPS, PDU, meter and ambient names; air-conditioner, door, leak and host names are ours in
 * the same grammar. A `#` stands for one segment chosen by the site (a phase, an interface, a disk).
 */
export type Unit =
  | ""
  | "°C"
  | "K"
  | "%"
  | "V"
  | "A"
  | "W"
  | "kW"
  | "VA"
  | "var"
  | "kWh"
  | "Hz"
  | "s"
  | "ms"
  | "min"
  | "d"
  | "Pa"
  | "kPa"
  | "m"
  | "Ah"
  | "mΩ"
  | "ppm"
  | "ppb"
  | "lx"
  | "dB"
  | "B"
  | "B/s"
  | "1/s"
  | "rpm"
  | "m³/h"
  | "L/min";

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** What a device is, as its profile says; a profile lies in the folder of its class. */
export const DEVICE_CLASSES = [
  "ups",
  "pdu",
  "ats",
  "rectifier",
  "battery",
  "meter",
  "cooling",
  "sensor",
  "leak",
  "smoke",
  "door",
  "access",
  "io",
  "host",
  "switch",
  "storage",
  "database",
  "middleware",
  "application",
  "other",
] as const;

/** A number that varies. `range` is what physics allows, not what is good: outside it a reading is not believed. */
export interface MeasureDefinition {
  readonly kind: "measure" | "counter";
  readonly unit: Unit;
  readonly range: readonly [low: number, high: number];
  /** Decimal places a person needs. */
  readonly digits: number;
  readonly label: Words;
}

/** A small set of named states; a reading carries the state's index in `states`. */
export interface StateDefinition {
  readonly kind: "state";
  readonly unit: "";
  readonly states: readonly StateWord[];
  readonly label: Words;
}

export interface StateWord extends Words {
  /** The name that profiles and rules use, e.g. `on-battery`. */
  readonly name: string;
}

export type PointDefinition = MeasureDefinition | StateDefinition;

const measure = (unit: Unit, range: readonly [number, number], digits: number, zh: string, en: string): MeasureDefinition => ({
  kind: "measure",
  unit,
  range,
  digits,
  label: { zh, en },
});
const counter = (unit: Unit, digits: number, zh: string, en: string): MeasureDefinition => ({
  kind: "counter",
  unit,
  range: [0, Number.MAX_SAFE_INTEGER],
  digits,
  label: { zh, en },
});
const state = (zh: string, en: string, ...states: readonly (readonly [name: string, zh: string, en: string])[]): StateDefinition => ({
  kind: "state",
  unit: "",
  states: states.map(([name, stateZh, stateEn]) => ({ name, zh: stateZh, en: stateEn })),
  label: { zh, en },
});
/** States that many points share; the order is that of the readings. */
const alarm = (zh: string, en: string): StateDefinition => state(zh, en, ["normal", "正常", "Normal"], ["alarm", "告警", "Alarm"]);
const fault = (zh: string, en: string): StateDefinition => state(zh, en, ["normal", "正常", "Normal"], ["fault", "故障", "Fault"]);
const running = (zh: string, en: string): StateDefinition => state(zh, en, ["running", "运行", "Running"], ["stopped", "停止", "Stopped"]);

const LEAK_CABLE = state(
  "漏水感应绳",
  "Leak cable",
  ["normal", "正常", "Normal"],
  ["broken", "断线", "Broken"],
  ["contaminated", "污染", "Contaminated"],
  ["fault", "故障", "Fault"],
);
const LOAD_STATUS = state(
  "负载状态",
  "Load status",
  ["normal", "正常", "Normal"],
  ["low", "偏低", "Low"],
  ["near-overload", "接近过载", "Near overload"],
  ["overload", "过载", "Overload"],
);
/** The table. Grouped by what is measured; a new name needs unit, range, digits and both labels. */
export const VOCABULARY: Readonly<Record<string, PointDefinition>> = {
  "ambient.temperature": measure("°C", [-40, 125], 1, "温度", "Temperature"),
  "ambient.humidity": measure("%", [0, 100], 1, "相对湿度", "Relative humidity"),
  "ambient.dewpoint": measure("°C", [-60, 80], 1, "露点", "Dew point"),
  "ambient.pressure": measure("kPa", [50, 120], 1, "大气压", "Air pressure"),
  "ambient.co2": measure("ppm", [0, 50_000], 0, "二氧化碳", "Carbon dioxide"),
  "ambient.voc": measure("ppb", [0, 65_000], 0, "挥发性有机物", "Volatile organic compounds"),
  "ambient.illuminance": measure("lx", [0, 200_000], 0, "照度", "Illuminance"),
  "ambient.noise": measure("dB", [0, 150], 0, "噪声", "Noise"),
  "ambient.motion": state("人体感应", "Motion", ["none", "无人", "None"], ["motion", "有人", "Motion"]),
  "ambient.#.temperature": measure("°C", [-40, 125], 1, "温度", "Temperature"),
  "ambient.#.humidity": measure("%", [0, 100], 1, "相对湿度", "Relative humidity"),
  "ambient.#.dewpoint": measure("°C", [-60, 80], 1, "露点", "Dew point"),
  // Every probe box judges by limits of its own: what it says is shown beside what the house says.
  "ambient.#.status": state(
    "探头状态",
    "Probe status",
    ["normal", "正常", "Normal"],
    ["warning", "预警", "Warning"],
    ["alarm", "告警", "Alarm"],
    ["low", "过低", "Low"],
    ["high", "过高", "High"],
    ["fault", "故障", "Fault"],
    ["missing", "未接", "Not connected"],
  ),
  "ambient.contacts.#.status": state("干接点", "Contact", ["opened", "断开", "Open"], ["closed", "闭合", "Closed"]),
  "ambient.contacts.#.alarm": alarm("干接点告警", "Contact alarm"),

  "return.temperature": measure("°C", [-40, 125], 1, "回风温度", "Return air temperature"),
  "return.humidity": measure("%", [0, 100], 1, "回风湿度", "Return air humidity"),
  "return.temperature.setpoint": measure("°C", [-40, 125], 1, "回风温度设定值", "Return air temperature setpoint"),
  "return.humidity.setpoint": measure("%", [0, 100], 1, "回风湿度设定值", "Return air humidity setpoint"),
  "supply.temperature": measure("°C", [-40, 125], 1, "送风温度", "Supply air temperature"),
  "supply.humidity": measure("%", [0, 100], 1, "送风湿度", "Supply air humidity"),
  "supply.temperature.setpoint": measure("°C", [-40, 125], 1, "送风温度设定值", "Supply air temperature setpoint"),
  "supply.airflow": measure("m³/h", [0, 1_000_000], 0, "送风量", "Supply air flow"),
  "return.dewpoint": measure("°C", [-60, 80], 1, "回风露点", "Return air dew point"),
  "inlet.temperature": measure("°C", [-40, 125], 1, "机柜进风温度", "Rack inlet temperature"),
  "outdoor.temperature": measure("°C", [-60, 85], 1, "室外温度", "Outdoor temperature"),
  "outdoor.humidity": measure("%", [0, 100], 1, "室外湿度", "Outdoor humidity"),
  "cooling.status": state("空调运行状态", "Cooling unit", ["running", "运行", "Running"], ["stopped", "停机", "Stopped"]),
  "cooling.alarm": alarm("空调总告警", "Cooling unit alarm"),
  "cooling.maintenance": state("空调维护提示", "Cooling unit maintenance", ["none", "无需", "Not needed"], ["due", "到期", "Due"]),
  "cooling.alarms": measure("", [0, 10_000], 0, "空调告警数", "Alarms told by the unit"),
  "cooling.output": measure("kW", [0, 10_000], 1, "制冷量", "Cooling output"),
  "cooling.demand": measure("kW", [0, 10_000], 1, "制冷需求", "Cooling demand"),
  "cooling.capacity": measure("%", [0, 100], 0, "制冷输出", "Cooling capacity"),
  "cooling.heating": running("加热", "Heating"),
  "cooling.humidifying": running("加湿", "Humidifying"),
  "cooling.dehumidifying": running("除湿", "Dehumidifying"),
  "cooling.refrigerating": running("制冷", "Cooling"),
  "coolant.supply.temperature": measure("°C", [-60, 150], 1, "冷媒进口温度", "Entering fluid temperature"),
  "coolant.return.temperature": measure("°C", [-60, 150], 1, "冷媒出口温度", "Leaving fluid temperature"),
  "coolant.flow": measure("L/min", [0, 1_000_000], 1, "冷媒流量", "Fluid flow"),
  "coolant.valve": measure("%", [0, 100], 0, "阀门开度", "Valve position"),
  "filter.pressure": measure("Pa", [-1_000, 10_000], 0, "滤网压差", "Filter pressure drop"),
  "filter.status": state("滤网", "Air filter", ["normal", "正常", "Normal"], ["clogged", "堵塞", "Clogged"]),
  "compressor.#.status": running("压缩机", "Compressor"),
  "compressor.speed": measure("%", [0, 100], 0, "压缩机转速", "Compressor speed"),
  "compressor.alarm": alarm("压缩机告警", "Compressor alarm"),
  "compressor.pressure.high.alarm": alarm("高压告警", "High pressure alarm"),
  "compressor.pressure.low.alarm": alarm("低压告警", "Low pressure alarm"),
  "discharge.pressure": measure("kPa", [0, 10_000], 0, "排气压力", "Discharge pressure"),
  "suction.pressure": measure("kPa", [-100, 10_000], 0, "吸气压力", "Suction pressure"),
  "discharge.temperature": measure("°C", [-60, 200], 1, "排气温度", "Discharge temperature"),
  "suction.temperature": measure("°C", [-60, 150], 1, "吸气温度", "Suction temperature"),
  "return.temperature.high.alarm": alarm("回风高温告警", "Return air too warm alarm"),
  "return.temperature.low.alarm": alarm("回风低温告警", "Return air too cold alarm"),
  "return.humidity.high.alarm": alarm("回风高湿告警", "Return air too humid alarm"),
  "return.humidity.low.alarm": alarm("回风低湿告警", "Return air too dry alarm"),
  "supply.temperature.high.alarm": alarm("送风高温告警", "Supply air too warm alarm"),
  "supply.temperature.low.alarm": alarm("送风低温告警", "Supply air too cold alarm"),
  "airflow.alarm": alarm("气流丢失告警", "Air flow alarm"),
  "fan.alarm": alarm("风机告警", "Fan alarm"),
  "heater.alarm": alarm("加热器告警", "Heater alarm"),
  "humidifier.alarm": alarm("加湿器告警", "Humidifier alarm"),
  "cooling.sensor.alarm": alarm("空调传感器告警", "Sensor alarm of the unit"),
  "cooling.supply.alarm": alarm("空调电源告警", "Supply alarm of the unit"),
  "drain.alarm": alarm("排水告警", "Drain alarm"),
  "compressor.status": state("压缩机", "Compressor", ["stopped", "停止", "Stopped"], ["running", "运行", "Running"]),
  "fan.status": running("室内风机", "Indoor fan"),
  "fan.speed": measure("%", [0, 100], 0, "风机转速", "Fan speed"),
  "fan.#.speed": measure("%", [0, 100], 0, "风机转速", "Fan speed"),
  "fan.#.rpm": measure("rpm", [0, 100_000], 0, "风机转速", "Fan speed"),

  "door.contact": state("门状态", "Door", ["closed", "关", "Closed"], ["open", "开", "Open"]),
  "door.exit": state("出门按钮", "Exit button", ["released", "未按", "Released"], ["pressed", "按下", "Pressed"]),
  // Card numbers are taken out of the readings for the entry log; they are neither shown nor kept as values.
  "access.events": counter("", 0, "刷卡计数", "Cards read"),
  "access.changes": counter("", 0, "读卡变化计数", "Cards put and taken away"),
  "access.card": measure("", [0, 4_294_967_295], 0, "卡号（低 32 位）", "Card number, low 32 bits"),
  "access.card.high": measure("", [0, 4_294_967_295], 0, "卡号（高 32 位）", "Card number, high 32 bits"),
  "access.keys": counter("", 0, "按键计数", "Keys pressed"),
  "access.tamper.alarm": alarm("读卡器防拆告警", "Reader tamper alarm"),
  "access.supply.alarm": alarm("读卡器供电告警", "Reader supply alarm"),
  "access.result": state("刷卡结果", "Card verdict", ["granted", "允许", "Granted"], ["denied", "拒绝", "Refused"]),
  "access.direction": state("进出方向", "Direction", ["in", "进", "In"], ["out", "出", "Out"]),
  "leak.detected": state("漏水", "Water leak", ["dry", "无水", "Dry"], ["leak", "漏水", "Leak"]),
  "leak.cable": LEAK_CABLE,
  "leak.distance": measure("m", [0, 10_000], 1, "漏水位置", "Leak distance"),
  "leak.cable.length": measure("m", [0, 10_000], 1, "感应绳长度", "Cable length"),
  "leak.#.detected": state("漏水", "Water leak", ["dry", "无水", "Dry"], ["leak", "漏水", "Leak"]),
  "leak.#.cable": LEAK_CABLE,

  "smoke.detected": state("烟雾", "Smoke", ["clear", "无烟", "Clear"], ["smoke", "有烟", "Smoke"]),
  "fire.alarm": state("火警", "Fire alarm", ["normal", "正常", "Normal"], ["alarm", "火警", "Fire"]),
  "fire.fault": fault("消防主机故障", "Fire panel fault"),
  "fire.released": state("气体灭火", "Extinguishant", ["ready", "待命", "Ready"], ["released", "已释放", "Released"]),

  "contact.#": state("开关量输入", "Digital input", ["off", "断开", "Off"], ["on", "闭合", "On"]),
  "relay.#": state("继电器", "Relay", ["off", "断开", "Off"], ["on", "吸合", "On"]),

  // What the box works out from others, see `computed` of the site file.
  "total.realpower": measure("W", [-100_000_000, 100_000_000], 0, "总有功功率", "Total active power"),
  "total.power": measure("VA", [0, 100_000_000], 0, "总视在功率", "Total apparent power"),
  "total.current": measure("A", [0, 100_000], 1, "总电流", "Total current"),
  "total.energy": measure("kWh", [0, Number.MAX_SAFE_INTEGER], 0, "总电能", "Total energy"),
  "total.#.realpower": measure("W", [-100_000_000, 100_000_000], 0, "合计有功功率", "Active power in total"),
  "ambient.temperature.mean": measure("°C", [-40, 125], 1, "平均温度", "Mean temperature"),
  "ambient.temperature.spread": measure("K", [0, 165], 1, "温差", "Temperature spread"),
  "input.current.imbalance": measure("%", [0, 1_000], 1, "输入电流不平衡度", "Input current imbalance"),
  "input.voltage.imbalance": measure("%", [0, 1_000], 1, "输入电压不平衡度", "Input voltage imbalance"),
  "output.current.imbalance": measure("%", [0, 1_000], 1, "输出电流不平衡度", "Output current imbalance"),
  "energy.effectiveness": measure("", [1, 100], 2, "电能利用效率 PUE", "Power usage effectiveness, PUE"),

  "warranty.remaining": measure("d", [-36_525, 36_525], 0, "剩余保修", "Warranty left"),
  "contract.remaining": measure("d", [-36_525, 36_525], 0, "剩余合同期", "Contract left"),

  "input.L1-N.voltage": measure("V", [0, 1_000], 1, "输入 L1 相电压", "Input L1 voltage"),
  "input.L2-N.voltage": measure("V", [0, 1_000], 1, "输入 L2 相电压", "Input L2 voltage"),
  "input.L3-N.voltage": measure("V", [0, 1_000], 1, "输入 L3 相电压", "Input L3 voltage"),
  "input.L1.current": measure("A", [0, 10_000], 2, "输入 L1 电流", "Input L1 current"),
  "input.L2.current": measure("A", [0, 10_000], 2, "输入 L2 电流", "Input L2 current"),
  "input.L3.current": measure("A", [0, 10_000], 2, "输入 L3 电流", "Input L3 current"),
  "input.L1.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输入 L1 有功功率", "Input L1 active power"),
  "input.L2.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输入 L2 有功功率", "Input L2 active power"),
  "input.L3.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输入 L3 有功功率", "Input L3 active power"),
  "input.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输入有功功率", "Input active power"),
  "input.power": measure("VA", [0, 10_000_000], 0, "输入视在功率", "Input apparent power"),
  "input.powerfactor": measure("", [-1, 1], 2, "输入功率因数", "Input power factor"),
  "input.energy": counter("kWh", 1, "输入电能", "Input energy"),
  "input.energy.export": counter("kWh", 1, "反向电能", "Exported energy"),
  "input.reactivepower": measure("var", [-10_000_000, 10_000_000], 0, "输入无功功率", "Input reactive power"),
  "input.current": measure("A", [0, 10_000], 2, "输入电流", "Input current"),
  "input.load": measure("%", [0, 300], 0, "负载率", "Load"),
  "input.load.status": LOAD_STATUS,
  "input.#.power": measure("VA", [0, 10_000_000], 0, "视在功率", "Apparent power"),
  "input.#.reactivepower": measure("var", [-10_000_000, 10_000_000], 0, "无功功率", "Reactive power"),
  "input.#.powerfactor": measure("", [-1, 1], 2, "功率因数", "Power factor"),
  "input.#.energy": counter("kWh", 1, "电能", "Energy"),
  "input.#.load": measure("%", [0, 300], 0, "负载率", "Load"),
  "input.#.load.status": LOAD_STATUS,
  "input.#.voltage.thd": measure("%", [0, 1_000], 1, "电压谐波畸变率", "Voltage harmonic distortion"),
  "input.#.current.thd": measure("%", [0, 1_000], 1, "电流谐波畸变率", "Current harmonic distortion"),
  "input.#.status": state("电源状态", "Source status", ["good", "正常", "Good"], ["fault", "异常", "Bad"]),
  "input.source": state("当前电源", "Source in use", ["A", "电源 A", "Source A"], ["B", "电源 B", "Source B"], ["none", "无", "None"]),
  "input.source.preferred": state(
    "首选电源",
    "Preferred source",
    ["A", "电源 A", "Source A"],
    ["B", "电源 B", "Source B"],
    ["none", "无", "None"],
  ),
  "ats.redundancy": state("双路电源冗余", "Redundancy", ["ok", "正常", "OK"], ["lost", "失去冗余", "Lost"]),
  "ats.fault": fault("切换开关故障", "Transfer switch fault"),

  "outlet.#.status": state("插座", "Outlet", ["off", "断电", "Off"], ["on", "通电", "On"], ["pending", "切换中", "Switching"]),
  "outlet.#.voltage": measure("V", [0, 1_000], 1, "插座电压", "Outlet voltage"),
  "outlet.#.current": measure("A", [0, 1_000], 2, "插座电流", "Outlet current"),
  "outlet.#.realpower": measure("W", [-1_000_000, 1_000_000], 0, "插座有功功率", "Outlet active power"),
  "outlet.#.power": measure("VA", [0, 1_000_000], 0, "插座视在功率", "Outlet apparent power"),
  "outlet.#.powerfactor": measure("", [-1, 1], 2, "插座功率因数", "Outlet power factor"),
  "outlet.#.energy": counter("kWh", 1, "插座电能", "Outlet energy"),
  "outlet.#.load": measure("%", [0, 300], 0, "插座负载率", "Outlet load"),
  "outlet.group.#.voltage": measure("V", [0, 1_000], 1, "支路电压", "Group voltage"),
  "outlet.group.#.current": measure("A", [0, 10_000], 2, "支路电流", "Group current"),
  "outlet.group.#.realpower": measure("W", [-10_000_000, 10_000_000], 0, "支路有功功率", "Group active power"),
  "outlet.group.#.energy": counter("kWh", 1, "支路电能", "Group energy"),
  "outlet.group.#.load": measure("%", [0, 300], 0, "支路负载率", "Group load"),
  "outlet.group.#.status": state("支路开关", "Group breaker", ["closed", "合闸", "Closed"], ["open", "分闸", "Open"]),

  "battery.charge": measure("%", [0, 100], 0, "电池电量", "Battery charge"),
  "battery.runtime": measure("s", [0, 1_000_000], 0, "电池剩余时间", "Battery runtime"),
  "battery.voltage": measure("V", [0, 1_000], 1, "电池电压", "Battery voltage"),
  "battery.current": measure("A", [-2_000, 2_000], 1, "电池电流", "Battery current"),
  "battery.temperature": measure("°C", [-40, 125], 1, "电池温度", "Battery temperature"),
  "battery.temperature.max": measure("°C", [-40, 125], 1, "电池最高温度", "Highest battery temperature"),
  "battery.temperature.min": measure("°C", [-40, 125], 1, "电池最低温度", "Lowest battery temperature"),
  "battery.capacity": measure("Ah", [0, 100_000], 1, "电池容量", "Battery capacity"),
  "battery.health": measure("%", [0, 100], 0, "电池健康度", "Battery state of health"),
  "battery.resistance": measure("mΩ", [0, 100_000], 2, "电池内阻", "Battery resistance"),
  "battery.cells": measure("", [0, 10_000], 0, "电芯数量", "Battery cells"),
  "battery.charger.status": state(
    "充放电状态",
    "Charging",
    ["charging", "充电", "Charging"],
    ["discharging", "放电", "Discharging"],
    ["floating", "浮充", "Floating"],
    ["resting", "静置", "Resting"],
    ["disconnected", "未接", "Disconnected"],
  ),
  "battery.alarm": alarm("电池告警", "Battery alarm"),
  "battery.status": state(
    "电池状态",
    "Battery status",
    ["unknown", "未知", "Unknown"],
    ["normal", "正常", "Normal"],
    ["low", "电量低", "Low"],
    ["depleted", "耗尽", "Depleted"],
    ["fault", "故障", "Fault"],
    ["missing", "未安装", "Not installed"],
  ),
  "battery.runtime.elapsed": measure("s", [0, 10_000_000], 0, "电池已放电时间", "Time on battery"),
  "battery.packs": measure("", [0, 1_000], 0, "电池组数量", "Battery packs"),
  "battery.packs.bad": measure("", [0, 1_000], 0, "故障电池组", "Bad battery packs"),
  "battery.replace": state("电池更换", "Battery replacement", ["no", "不需要", "Not needed"], ["yes", "需要更换", "Needed"]),

  "input.voltage": measure("V", [0, 1_000], 1, "输入电压", "Input voltage"),
  "input.frequency": measure("Hz", [0, 500], 1, "输入频率", "Input frequency"),
  "input.#.voltage": measure("V", [0, 1_000], 1, "输入电压", "Input voltage"),
  "input.#.current": measure("A", [0, 10_000], 1, "输入电流", "Input current"),
  "input.#.frequency": measure("Hz", [0, 500], 1, "输入频率", "Input frequency"),
  "input.#.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输入有功功率", "Input active power"),
  "input.transfer.reason": state(
    "转电池原因",
    "Reason of last transfer",
    ["none", "无", "None"],
    ["voltage-high", "电压过高", "Voltage high"],
    ["voltage-low", "电压过低", "Voltage low"],
    ["blackout", "停电", "Blackout"],
    ["sag", "电压暂降", "Sag"],
    ["spike", "电压尖峰", "Spike"],
    ["self-test", "自检", "Self-test"],
    ["voltage-rate", "电压突变", "Rate of voltage change"],
  ),
  "input.bypass.frequency": measure("Hz", [0, 500], 1, "旁路频率", "Bypass frequency"),
  "input.bypass.voltage": measure("V", [0, 1_000], 1, "旁路电压", "Bypass voltage"),
  "input.bypass.current": measure("A", [0, 10_000], 1, "旁路电流", "Bypass current"),
  "input.bypass.#.voltage": measure("V", [0, 1_000], 1, "旁路电压", "Bypass voltage"),
  "input.bypass.#.current": measure("A", [0, 10_000], 1, "旁路电流", "Bypass current"),
  "input.bypass.#.realpower": measure("W", [-10_000_000, 10_000_000], 0, "旁路有功功率", "Bypass active power"),

  "output.voltage": measure("V", [0, 1_000], 1, "输出电压", "Output voltage"),
  "output.current": measure("A", [0, 10_000], 1, "输出电流", "Output current"),
  "output.frequency": measure("Hz", [0, 500], 1, "输出频率", "Output frequency"),
  "output.#.voltage": measure("V", [0, 1_000], 1, "输出电压", "Output voltage"),
  "output.#.current": measure("A", [0, 10_000], 1, "输出电流", "Output current"),
  "output.#.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输出有功功率", "Output active power"),
  "output.#.power.percent": measure("%", [0, 300], 0, "输出负载率", "Output load"),
  "output.#.power": measure("VA", [0, 10_000_000], 0, "输出视在功率", "Output apparent power"),
  "output.#.powerfactor": measure("", [-1, 1], 2, "输出功率因数", "Output power factor"),
  "output.powerfactor": measure("", [-1, 1], 2, "输出功率因数", "Output power factor"),
  "output.realpower": measure("W", [-10_000_000, 10_000_000], 0, "输出有功功率", "Output active power"),
  "output.power": measure("VA", [0, 10_000_000], 0, "输出视在功率", "Output apparent power"),
  "output.energy": counter("kWh", 1, "输出电能", "Output energy"),

  "rectifier.count": measure("", [0, 1_000], 0, "整流模块数量", "Rectifiers"),
  "rectifier.failed": measure("", [0, 1_000], 0, "故障整流模块", "Failed rectifiers"),
  "rectifier.current": measure("A", [0, 100_000], 1, "整流模块总电流", "Rectifier current"),
  "rectifier.voltage": measure("V", [0, 1_000], 1, "整流输出电压", "Rectifier voltage"),
  "rectifier.capacity": measure("%", [0, 300], 0, "整流模块负载率", "Rectifier load"),
  "rectifier.alarm": alarm("电源系统告警", "Power system alarm"),

  "ups.load": measure("%", [0, 300], 0, "负载率", "Load"),
  "ups.power": measure("VA", [0, 10_000_000], 0, "视在功率", "Apparent power"),
  "ups.realpower": measure("W", [-10_000_000, 10_000_000], 0, "有功功率", "Active power"),
  "ups.temperature": measure("°C", [-40, 125], 1, "UPS 温度", "UPS temperature"),
  "ups.alarms": measure("", [0, 10_000], 0, "设备自报告警数", "Alarms told by the UPS"),
  "ups.communication": state("网卡与 UPS 通信", "Card to UPS link", ["ok", "正常", "OK"], ["lost", "中断", "Lost"]),
  "ups.efficiency": measure("%", [0, 100], 1, "效率", "Efficiency"),
  "ups.fault": fault("UPS 故障", "UPS fault"),
  "ups.overload": state("UPS 过载", "UPS overload", ["normal", "正常", "Normal"], ["overload", "过载", "Overload"]),
  "ups.inverter": state("逆变器", "Inverter", ["on", "开启", "On"], ["off", "关闭", "Off"]),
  "ups.maintenance.bypass": state("维修旁路", "Maintenance bypass", ["off", "断开", "Open"], ["on", "闭合", "Closed"]),
  "ups.test.result": state(
    "电池自检结果",
    "Battery test result",
    ["passed", "通过", "Passed"],
    ["warning", "有警告", "Passed with warning"],
    ["failed", "未通过", "Failed"],
    ["aborted", "已中止", "Aborted"],
    ["running", "进行中", "Running"],
    ["never", "未测试", "Never tested"],
  ),
  "output.source": state(
    "输出来源",
    "Output source",
    ["other", "其他", "Other"],
    ["none", "无输出", "None"],
    ["normal", "市电", "Mains"],
    ["bypass", "旁路", "Bypass"],
    ["battery", "电池", "Battery"],
    ["booster", "升压", "Booster"],
    ["reducer", "降压", "Reducer"],
    ["regulating", "稳压（升压或降压）", "Boosting or trimming"],
  ),

  // What UPS with a serial line say beside the names above.
  "input.voltage.fault": measure("V", [0, 1_000], 1, "上次故障时输入电压", "Input voltage at last fault"),
  "input.voltage.minimum": measure("V", [0, 1_000], 1, "输入最低电压", "Lowest input voltage"),
  "input.voltage.maximum": measure("V", [0, 1_000], 1, "输入最高电压", "Highest input voltage"),
  "output.voltage.nominal": measure("V", [0, 1_000], 0, "额定输出电压", "Nominal output voltage"),
  "output.current.nominal": measure("A", [0, 10_000], 1, "额定输出电流", "Nominal output current"),
  "output.frequency.nominal": measure("Hz", [0, 500], 1, "额定输出频率", "Nominal output frequency"),
  "battery.voltage.nominal": measure("V", [0, 1_000], 1, "额定电池电压", "Nominal battery voltage"),
  "battery.cell.voltage": measure("V", [0, 20], 2, "电池单体电压", "Battery cell voltage"),
  "battery.cell.#.voltage": measure("V", [0, 20], 3, "电池单体电压", "Battery cell voltage"),
  "battery.#.temperature": measure("°C", [-40, 125], 1, "电池温度", "Battery temperature"),
  "battery.capacity.remaining": measure("Ah", [0, 100_000], 1, "电池剩余容量", "Battery capacity left"),
  "battery.cycles": counter("", 0, "电池循环次数", "Battery cycles"),
  "ups.overheat": state("UPS 过温", "UPS overheated", ["no", "正常", "No"], ["yes", "过温", "Overheated"]),
  "ups.test.active": state("电池自检", "Battery test", ["no", "未进行", "Not running"], ["yes", "进行中", "Running"]),
  "ups.shutdown.active": state("UPS 关机", "UPS shutdown", ["no", "未启动", "Not pending"], ["yes", "即将关机", "Pending"]),
  "ups.epo": state("紧急断电", "Emergency power off", ["released", "未触发", "Released"], ["active", "已触发", "Active"]),
  "ups.beeper.status": state(
    "蜂鸣器",
    "Beeper",
    ["enabled", "开启", "Enabled"],
    ["disabled", "关闭", "Disabled"],
    ["muted", "已静音", "Muted"],
  ),
  "ups.type": state(
    "UPS 类型",
    "UPS type",
    ["offline", "后备式", "Off-line"],
    ["line-interactive", "在线互动式", "Line-interactive"],
    ["online", "在线式", "On-line"],
  ),
  "ups.mode": state(
    "UPS 工作模式",
    "UPS mode",
    ["starting", "启动", "Starting"],
    ["standby", "待机", "Standby"],
    ["line", "市电", "Mains"],
    ["battery", "电池", "Battery"],
    ["bypass", "旁路", "Bypass"],
    ["eco", "经济", "Eco"],
    ["converter", "变频", "Converter"],
    ["test", "自检", "Test"],
    ["fault", "故障", "Fault"],
    ["shutdown", "关机", "Shutdown"],
  ),

  // Of anything that is asked over the network whether it lives.
  "service.state": state("可用状态", "Availability", ["up", "正常", "Up"], ["down", "不可用", "Down"]),
  "service.answer": state(
    "探测结果",
    "Probe result",
    ["expected", "符合预期", "As expected"],
    ["silent", "无应答", "No answer"],
    ["refused", "拒绝连接", "Connection refused"],
    ["unreachable", "主机不可达", "Host unreachable"],
    ["closed", "连接中断", "Connection closed"],
    ["unexpected", "应答不符", "Wrong answer"],
    ["untrusted", "证书不可信", "Certificate not trusted"],
  ),
  "response.time": measure("ms", [0, 120_000], 1, "响应时间", "Response time"),
  "packet.loss": measure("%", [0, 100], 0, "丢包率", "Packet loss"),
  "http.status": measure("", [100, 599], 0, "HTTP 状态码", "HTTP status"),
  "certificate.days": measure("d", [-36_525, 36_525], 0, "证书剩余天数", "Certificate days left"),

  "host.uptime": measure("s", [0, 1_000_000_000], 0, "运行时间", "Uptime"),
  "host.users": measure("", [0, 100_000], 0, "登录用户数", "Users logged in"),
  "host.processes": measure("", [0, 10_000_000], 0, "进程数", "Processes"),
  "host.load.1m": measure("", [0, 100_000], 2, "1 分钟平均负载", "Load average 1 min"),
  "host.load.5m": measure("", [0, 100_000], 2, "5 分钟平均负载", "Load average 5 min"),
  "host.load.15m": measure("", [0, 100_000], 2, "15 分钟平均负载", "Load average 15 min"),
  "host.cpu.load": measure("%", [0, 100], 0, "CPU 使用率", "CPU load"),
  "host.cpu.#.load": measure("%", [0, 100], 0, "CPU 使用率", "CPU load"),
  "host.temperature": measure("°C", [-40, 150], 0, "设备温度", "Device temperature"),
  "host.#.temperature": measure("°C", [-40, 150], 0, "设备温度", "Device temperature"),
  "host.#.voltage": measure("V", [-1_000, 1_000], 2, "内部电压", "Internal voltage"),
  "psu.#.status": state(
    "电源模块",
    "Power supply",
    ["normal", "正常", "Normal"],
    ["fault", "故障", "Fault"],
    ["missing", "未安装", "Not installed"],
  ),
  "fan.#.status": state("风扇", "Fan", ["normal", "正常", "Normal"], ["fault", "故障", "Fault"], ["missing", "未安装", "Not installed"]),
  "storage.status": fault("存储系统", "Storage system"),
  "storage.disk.#.status": state(
    "硬盘",
    "Disk",
    ["normal", "正常", "Normal"],
    ["warning", "预警", "Warning"],
    ["fault", "故障", "Fault"],
    ["missing", "未安装", "Not installed"],
    ["unused", "未使用", "Unused"],
  ),
  "storage.disk.#.temperature": measure("°C", [-40, 125], 0, "硬盘温度", "Disk temperature"),
  "storage.volume.#.status": state(
    "存储卷",
    "Volume",
    ["normal", "正常", "Normal"],
    ["degraded", "降级", "Degraded"],
    ["busy", "处理中", "Busy"],
    ["fault", "故障", "Fault"],
  ),
  "storage.volume.#.total": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "卷容量", "Volume size"),
  "storage.volume.#.free": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "卷可用空间", "Volume free"),
  "host.memory.total": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "内存总量", "Memory"),
  "host.memory.free": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "空闲内存", "Memory free"),
  "host.memory.available": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "可用内存", "Memory available"),
  "host.swap.total": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "交换区总量", "Swap"),
  "host.swap.free": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "空闲交换区", "Swap free"),
  "interface.#.status": state(
    "端口状态",
    "Interface status",
    ["up", "已连接", "Up"],
    ["down", "断开", "Down"],
    ["testing", "测试中", "Testing"],
    ["unknown", "未知", "Unknown"],
    ["dormant", "休眠", "Dormant"],
    ["missing", "不存在", "Not present"],
    ["lower-layer-down", "下层断开", "Lower layer down"],
  ),
  "interface.#.speed": measure("B/s", [0, 1_000_000_000_000], 0, "端口速率", "Interface speed"),
  "interface.#.in.octets": counter("B", 0, "接收字节", "Bytes in"),
  "interface.#.out.octets": counter("B", 0, "发送字节", "Bytes out"),
  "interface.#.in.errors": counter("", 0, "接收错误", "Errors in"),
  "interface.#.out.errors": counter("", 0, "发送错误", "Errors out"),
  "interface.#.in.discards": counter("", 0, "接收丢弃", "Discards in"),
  "interface.#.out.discards": counter("", 0, "发送丢弃", "Discards out"),
  "disk.#.percent": measure("%", [0, 100], 0, "磁盘使用率", "Disk used"),
  "disk.#.inodes.percent": measure("%", [0, 100], 0, "inode 使用率", "Inodes used"),
  "disk.#.total": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "磁盘容量", "Disk size"),
  "disk.#.free": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "磁盘可用空间", "Disk free"),
  "disk.#.used": measure("B", [0, Number.MAX_SAFE_INTEGER], 0, "磁盘已用空间", "Disk used space"),
};

interface NamePattern {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Names with `#`, by their first segment: a site of thousands of points asks for each once. */
const PATTERNS: ReadonlyMap<string, readonly NamePattern[]> = Map.groupBy(
  Object.keys(VOCABULARY)
    .filter((name) => name.includes("#"))
    .map((name) => ({ name, pattern: new RegExp(`^${name.replaceAll(".", "\\.").replace("#", "[A-Za-z0-9_-]+")}$`) })),
  ({ name }) => firstSegment(name),
);

function firstSegment(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf(".")));
}

function patternOf(name: string): NamePattern | undefined {
  return PATTERNS.get(firstSegment(name))?.find(({ pattern }) => pattern.test(name));
}

/** The definition behind a point name; a segment in place of `#` is the site's. */
export function findPoint(name: string): PointDefinition | undefined {
  // A name may come from anybody's file: `constructor` is none.
  if (Object.hasOwn(VOCABULARY, name)) return VOCABULARY[name];
  const found = patternOf(name);
  return found === undefined ? undefined : VOCABULARY[found.name];
}

/** What stands in place of `#` in a point name, empty when its definition has none. */
export function chosenSegment(name: string): string {
  if (Object.hasOwn(VOCABULARY, name)) return "";
  const found = patternOf(name);
  if (found === undefined) return "";
  return name.slice(found.name.indexOf("#"), name.length - (found.name.length - found.name.indexOf("#") - 1));
}

/** The value that a reading carries for a state name. */
export function stateIndex(definition: StateDefinition, name: string): number | undefined {
  const index = definition.states.findIndex((word) => word.name === name);
  return index < 0 ? undefined : index;
}
