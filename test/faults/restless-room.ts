import { SECRET } from "../box/box.ts";
import { dataBody, type FakeSlave, framed, registers, startSlave } from "../drivers/wire/slave.ts";
import type { Chance } from "./chance.ts";

const WIRES = 3;
const PROBES_PER_WIRE = 6;
const PERIOD_MS = 100;
/** How long a probe stays on one side of the limit. */
const STAYS_MS = [150, 1_500] as const;
/** Tenths of a degree; the limit is 30 °C. */
const COLD = 220;
const HOT = 350;

/** Modbus TCP probes that are hot, then cold, then hot again, each at its own whim: alarms come and go all the time. */
export interface RestlessRoom {
  /** The site with these probes, and with targets at these addresses. */
  siteYaml(targets: Readonly<Record<string, string>>): string;
  stop(): Promise<void>;
}

export async function startRestlessRoom(chance: Chance): Promise<RestlessRoom> {
  const wires = await Promise.all(Array.from({ length: WIRES }, () => startSlave("modbus-tcp")));
  for (const wire of wires) wire.react(probes(chance));
  return {
    siteYaml: (targets) => siteYaml(wires, targets),
    async stop() {
      await Promise.all(wires.map((wire) => wire.stop()));
    },
  };
}

function probes(chance: Chance): Parameters<FakeSlave["react"]>[0] {
  const moods = new Map<number, { hot: boolean; untilMs: number }>();
  return (asked) => {
    const nowMs = performance.now();
    const mood = moods.get(asked.unit) ?? { hot: false, untilMs: 0 };
    moods.set(asked.unit, mood);
    if (nowMs > mood.untilMs) {
      mood.hot = !mood.hot;
      mood.untilMs = nowMs + chance.between(...STAYS_MS);
    }
    const words = [mood.hot ? HOT : COLD, 450];
    const body = dataBody(asked.functionCode, registers(words.slice(asked.address - 1, asked.address - 1 + asked.count)));
    return [{ bytes: framed("modbus-tcp", asked, body) }];
  };
}

function siteYaml(wires: readonly FakeSlave[], targets: Readonly<Record<string, string>>): string {
  const units = Array.from({ length: PROBES_PER_WIRE }, (_, unit) => unit + 1);
  const devices = wires.flatMap((_, wire) =>
    units.map(
      (unit) => `  - { id: p${wire}-${unit}, area: room, bus: w${wire}, unit: ${unit}, profile: sensor/xy-md02, every: ${PERIOD_MS}ms }`,
    ),
  );
  return `site: { id: restless, name: Restless }
areas: [{ id: room, name: Room }]
buses:
${wires.map(({ port }, wire) => `  - { id: w${wire}, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }`).join("\n")}
devices:
${devices.join("\n")}
rules:
  - { points: ["p*/ambient.temperature"], high: { major: 30 }, deadband: 0, on: 0s, off: 0s }
targets:
${Object.entries(targets)
  .map(([id, url]) => `  - { id: ${id}, kind: webhook, url: "${url}", secret: "${SECRET}" }`)
  .join("\n")}
`;
}
