import type { Words } from "../contract/alarm.ts";
import type { InspectionItem } from "../contract/inspection.ts";
import type { DeviceClass, DeviceView } from "../contract/site.ts";

type Choice = Extract<InspectionItem, { kind: "choice" }>["choices"][number];

const LAMPS_PER_ROOM_MAX = 24;
const choice = (id: string, zh: string, en: string, abnormal = false): Choice => ({ id, name: { zh, en }, abnormal });

/** What one looks at on the front of a machine, by class. */
const PANELS: Partial<Readonly<Record<DeviceClass, Words>>> = {
  ups: { zh: "面板指示灯与显示", en: "Panel lamps and display" },
  cooling: { zh: "面板指示灯、异响与滴水", en: "Panel lamps, odd noise and dripping" },
  ats: { zh: "面板指示灯与两路电源", en: "Panel lamps and both sources" },
  rectifier: { zh: "模块指示灯与显示", en: "Module lamps and display" },
  battery: { zh: "电池外观：鼓包、漏液、接头", en: "Batteries: swelling, leaks, terminals" },
  smoke: { zh: "消防主机指示灯与显示", en: "Fire panel lamps and display" },
};
const PANEL_CHOICES: readonly Choice[] = [
  choice("normal", "正常", "Normal"),
  choice("alarm", "有告警灯", "Alarm lamp lit", true),
  choice("other", "其他异常", "Something else", true),
];

/** What only eyes, ears and a nose can tell of a machine room; point 8 of the usual duty rules: lamps, air-conditioners, UPS, and the room. */
const ROOM: readonly { readonly id: string; readonly name: Words; readonly choices: readonly Choice[] }[] = [
  {
    id: "lamps",
    name: { zh: "机柜与服务器告警灯", en: "Alarm lamps of racks and servers" },
    choices: [choice("none", "全部正常", "None lit"), choice("lit", "有告警灯", "Some are lit", true)],
  },
  {
    id: "noise-smell",
    name: { zh: "异常声音或气味", en: "Unusual noise or smell" },
    choices: [choice("none", "无", "None"), choice("noise", "有异响", "Noise", true), choice("smell", "有异味", "Smell", true)],
  },
  {
    id: "water",
    name: { zh: "地面、天花板、空调下方有无水迹", en: "Water on the floor, the ceiling, below the air-conditioners" },
    choices: [
      choice("dry", "干燥", "Dry"),
      choice("damp", "有潮湿或水迹", "Damp or traces", true),
      choice("water", "有积水", "Water", true),
    ],
  },
  {
    id: "clean",
    name: { zh: "清洁，无杂物与易燃物", en: "Clean; nothing lying about, nothing that burns" },
    choices: [choice("clean", "整洁", "Clean"), choice("untidy", "需整理", "Needs tidying", true)],
  },
  {
    id: "extinguisher",
    name: { zh: "灭火器压力与有效期", en: "Pressure and date of the fire extinguishers" },
    choices: [choice("green", "绿区且在有效期内", "Green and in date"), choice("bad", "压力不足或过期", "Low or out of date", true)],
  },
  {
    id: "doors-lights",
    name: { zh: "门锁、照明与应急照明", en: "Door locks, lights and emergency lights" },
    choices: [choice("good", "完好", "In order"), choice("bad", "有损坏", "Something is broken", true)],
  },
];

/** The items of the house's own round that a person fills. */
export function houseItems(devices: readonly Pick<DeviceView, "id" | "name" | "class">[]): readonly InspectionItem[] {
  const panels = devices.flatMap((device): InspectionItem[] => {
    const name = PANELS[device.class];
    if (name === undefined) return [];
    const head = { id: `${device.id}-panel`, name, device: device.id, where: device.name, weight: 1, optional: false };
    return [{ kind: "choice", ...head, choices: [...PANEL_CHOICES] }];
  });
  const room = ROOM.map(
    ({ id, name, choices }): InspectionItem => ({
      ...{ kind: "choice", id: `room-${id}`, name, device: null, where: null, weight: 1, optional: false },
      choices: [...choices],
    }),
  );
  const remarks: InspectionItem = {
    ...{ kind: "text", id: "room-remarks", device: null, where: null, weight: 0, optional: true },
    name: { zh: "备注：人员、维修、其他", en: "Remarks: visitors, repairs, anything else" },
  };
  return [...panels.slice(0, LAMPS_PER_ROOM_MAX), ...room, remarks];
}
