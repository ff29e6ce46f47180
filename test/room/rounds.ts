const choice = (id: string, zh: string, en: string, abnormal = false): object => ({
  id,
  name: { zh, en },
  ...(abnormal ? { abnormal } : {}),
});
const measured = (point: string): object => ({ kind: "measured", point });
const look = (id: string, zh: string, en: string, choices: readonly object[], more: object = {}): object => ({
  ...{ kind: "choice", id, name: { zh, en } },
  ...more,
  choices,
});
const lamps = [choice("normal", "正常", "Normal"), choice("alarm", "有告警灯", "Alarm lamp lit", true)];

/** What the staff of the demo room look at every day. */
export const ROUNDS: readonly object[] = [
  {
    ...{ id: "daily", name: { zh: "每日巡检", en: "Daily round" }, at: "18:00", who: { zh: "当班值班员", en: "Duty staff" } },
    items: [
      ...["meter-1/input.L*-N.voltage", "ups-*/output.source", "ups-*/battery.charge", "crac-*/cooling.status"].map(measured),
      ...["crac-*/return.temperature", "th-*/ambient.temperature", "th-*/ambient.humidity", "leak-*/leak.detected"].map(measured),
      ...["ups-a", "ups-b"].map((device) => look(`${device}-lamps`, "面板指示灯", "Panel lamps", lamps, { device })),
      ...["crac-1", "crac-2"].map((device) =>
        look(
          `${device}-sound`,
          "异响与滴水",
          "Odd noise and dripping",
          [choice("none", "无", "None"), choice("noise", "有异响", "Noise", true), choice("drips", "有滴水", "Drips", true)],
          { device },
        ),
      ),
      look("smell", "机房异味", "Smell in the room", [choice("none", "无", "None"), choice("smell", "有异味", "Smell", true)]),
      look("clean", "清洁，无易燃杂物", "Clean, nothing that burns", [
        choice("clean", "整洁", "Clean"),
        choice("untidy", "需整理", "Untidy", true),
      ]),
      {
        kind: "number",
        id: "extinguisher",
        name: { zh: "灭火器压力", en: "Fire extinguisher pressure" },
        unit: "MPa",
        min: 1,
        max: 1.4,
        weight: 2,
      },
      { kind: "text", id: "remarks", name: { zh: "备注", en: "Remarks" }, optional: true, weight: 0 },
    ],
  },
];
