import { findPoint } from "../../drivers/vocabulary.ts";
import { DEVICES } from "./devices.ts";
import { ALL_CLEAR, SCENARIO_NAMES, SCENARIOS } from "./scenarios.ts";

const SPEEDS = [0, 1, 5, 10, 30, 60] as const;

/** The few points of a device that tell its story, in the order of the page. */
const SHOWN: readonly string[] = [
  "output.source",
  "battery.charge",
  "battery.runtime",
  "output.L1.power.percent",
  "ambient.temperature",
  "ambient.humidity",
  "cooling.status",
  "cooling.alarm",
  "return.temperature",
  "supply.temperature",
  "input.L1-N.voltage",
  "input.realpower",
  "input.energy",
  "door.contact",
  "leak.detected",
  "host.cpu.load",
];

/** What the page needs of the vocabulary: label, unit, digits and the words of states. */
function shownWords(): readonly object[] {
  return SHOWN.flatMap((name) => {
    const definition = findPoint(name);
    if (definition === undefined) return [];
    const { label, unit } = definition;
    if (definition.kind !== "state") return [{ name, label, unit, digits: definition.digits, states: {} }];
    return [{ name, label, unit, digits: 0, states: Object.fromEntries(definition.states.map((word) => [word.name, word])) }];
  });
}

/** The page of switches, whole in one string: it fetches nothing but the room's state. */
export function controlPage(): string {
  const buttons = [...SCENARIO_NAMES, ALL_CLEAR]
    .map((name) => {
      const { title, seen } = SCENARIOS[name];
      return `<li><button type="button" data-scenario="${name}" aria-pressed="false"><b>${title.zh}</b> ${title.en}</button><p>${seen.zh}<br><span lang="en">${seen.en}</span></p></li>`;
    })
    .join("\n");
  const rows = DEVICES.map(
    (device) =>
      `<tr data-device="${device.id}"><th scope="row">${device.name.zh}<br><small lang="en">${device.name.en}</small></th><td></td><td lang="en"></td></tr>`,
  ).join("\n");
  const speeds = SPEEDS.map((speed) => `<option value="${speed}">× ${speed}</option>`).join("");
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>演示机房 · Demo room</title>
<style>${STYLE}</style>
</head>
<body>
<h1>演示机房 <span lang="en">Demo room</span></h1>
<p>这是模拟器的控制页，不是产品界面。 <span lang="en">These are the switches of the simulator, not the product.</span></p>
<p><label>时间倍率 Speed <select id="speed">${speeds}</select></label> <output id="clock"></output> <strong id="link" role="status"></strong></p>
<ul>${buttons}</ul>
<table><caption>机房的真实状态 · What is true in the room</caption><tbody>${rows}</tbody></table>
<script>const SHOWN = ${JSON.stringify(shownWords())};
${SCRIPT}</script>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
ul { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
li p { margin: .3rem 0 0; font-size: .875rem; }
button, select { font: inherit; padding: .5rem .8rem; border: 1px solid; border-radius: .4rem; }
button { width: 100%; text-align: left; cursor: pointer; }
button[aria-pressed="true"] { background: #9a3412; color: #fff; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-top: 1px solid #8886; vertical-align: top; font-variant-numeric: tabular-nums; }
th { width: 14rem; font-weight: 400; }
small { opacity: .75; }`;

/** Plain browser code: shows the state once a second and presses the switches. */
const SCRIPT = `
const told = (values, language) => SHOWN.filter(({ name }) => name in values).map(({ name, label, unit, digits, states }) => {
  const value = values[name];
  return label[language] + " " + (typeof value === "number" ? value.toFixed(digits) + (unit ? " " + unit : "") : states[value][language]);
});
function show(state) {
  document.querySelector("#link").textContent = "";
  document.querySelector("#speed").value = String(state.speed);
  const at = new Date(Date.UTC(2000, 0, 1, 9) + state.seconds * 1000).toISOString().slice(11, 19);
  document.querySelector("#clock").textContent = "机房时间 room time " + at;
  for (const button of document.querySelectorAll("[data-scenario]"))
    button.setAttribute("aria-pressed", String(state.running.includes(button.dataset.scenario)));
  for (const row of document.querySelectorAll("[data-device]")) {
    const values = state.devices[row.dataset.device];
    const silent = state.silent.includes(row.dataset.device);
    row.querySelector("td").textContent = [...(silent ? ["不应答"] : []), ...told(values, "zh")].join(" · ");
    row.querySelector("td + td").textContent = [...(silent ? ["silent"] : []), ...told(values, "en")].join(" · ");
  }
}
async function ask(path, method) {
  try {
    const response = await fetch(path, { method });
    const content = await response.json();
    if (response.ok) show(content);
    else document.querySelector("#link").textContent = content.message.zh + " " + content.message.en;
  } catch {
    document.querySelector("#link").textContent = "模拟器没有应答：它还在运行吗？ The simulator does not answer: is it still running?";
  }
}
for (const button of document.querySelectorAll("[data-scenario]"))
  button.addEventListener("click", () => ask("/scenario/" + button.dataset.scenario + "?on=" + (button.getAttribute("aria-pressed") !== "true"), "POST"));
document.querySelector("#speed").addEventListener("change", (event) => ask("/speed?x=" + event.target.value, "POST"));
setInterval(() => { if (!document.hidden) ask("/state", "GET"); }, 1000);
ask("/state", "GET");`;
