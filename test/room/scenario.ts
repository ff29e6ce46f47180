import { FIXED_PORTS } from "./room.ts";
import { ALL_CLEAR, isScenario, SCENARIO_NAMES, SCENARIOS } from "./scenarios.ts";
import { LOOPBACK } from "./wire/listen.ts";

/** One command per scenario, for people and scripts beside a running room. Exit 1: no room; exit 2: no such scenario. */
async function main(name: string | undefined, off: string | undefined): Promise<number> {
  if (name === undefined || (name !== ALL_CLEAR && !isScenario(name)) || (off !== undefined && off !== "on" && off !== "off")) {
    console.error(usage());
    return 2;
  }
  const on = off !== "off";
  const port = Number(process.env["ROOM_CONTROL_PORT"] ?? FIXED_PORTS.control);
  try {
    const response = await fetch(`http://${LOOPBACK}:${port}/scenario/${name}?on=${on}`, { method: "POST" });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    console.error(
      `演示机房没有应答（端口 ${port}）：先运行 make run，再试。\n` +
        `The demo room does not answer on port ${port}: start it with \`make run\` first. (${error instanceof Error ? error.message : error})`,
    );
    return 1;
  }
  const { title, seen } = SCENARIOS[name];
  console.log(on ? `${title.zh}：${seen.zh}\n${title.en}: ${seen.en}` : `已结束：${title.zh}\nEnded: ${title.en}`);
  return 0;
}

function usage(): string {
  const lines = [...SCENARIO_NAMES, ALL_CLEAR].map((name) => {
    const { title, seen } = SCENARIOS[name];
    return `  ${name.padEnd(14)} ${title.zh}：${seen.zh}\n${" ".repeat(17)}${title.en}: ${seen.en}`;
  });
  return `用法 / usage: tsx test/room/scenario.ts <name> [on|off]\n${lines.join("\n")}`;
}

process.exitCode = await main(process.argv[2], process.argv[3]);
