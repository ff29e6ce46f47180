import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { SECRET } from "../box/box.ts";

const BUILT = "dist/box";
const FOLDER = "dist/bench/box";
/** The box looks for its pages beside itself. */
const PAGES = ["dist/dashboard", "dist/bench/dashboard"] as const;
export const BENCH_PROFILE = "meter/bench-row";
/** The objects of an agent are the scalars behind it: `BENCH_OID.1.0`, `BENCH_OID.2.0`, … */
export const BENCH_OID = "1.3.6.1.4.1.32473.2";

/** How the bench's room is made: devices on ports of their own, each with one block of voltages. */
export interface BenchSite {
  readonly ports: readonly number[];
  /** Points, and registers, of each device. */
  readonly points: number;
  readonly periodMs: number;
  /** Volts above which the high rule raises at once. */
  readonly high: number;
  readonly webhook?: string;
}

/** A copy of the built box that knows one device family more: as many voltages as the bench wants, one register each. Returns its start file. */
export function benchBox(points: number): string {
  return boxWith("modbus", points, (register) => `{ table: holding, address: ${register}, scale: 0.1 }`);
}

/** The same over SNMP, one scalar each. */
export function benchSnmpBox(points: number): string {
  return boxWith("snmp", points, (column) => `{ oid: ${BENCH_OID}.${column + 1}.0, scale: 0.1 }`);
}

function boxWith(protocol: "modbus" | "snmp", points: number, field: (column: number) => string): string {
  rmSync(FOLDER, { recursive: true, force: true });
  cpSync(BUILT, FOLDER, { recursive: true });
  rmSync(PAGES[1], { recursive: true, force: true });
  cpSync(...PAGES, { recursive: true });
  const lines = Array.from({ length: points }, (_, column) => `  ${pointName(column)}: ${field(column)}`);
  mkdirSync(`${FOLDER}/profiles/meter`, { recursive: true });
  writeFileSync(
    `${FOLDER}/profiles/${BENCH_PROFILE}.yaml`,
    `protocol: ${protocol}
class: meter
maker: Bench
family: row of voltages
label: { zh: 测试电压表, en: Bench voltmeter }
source: ["test/bench/bench-box.ts"]
points:
${lines.join("\n")}
`,
  );
  return `${FOLDER}/roomward.js`;
}

export const pointName = (register: number): string => `input.c${register + 1}.voltage`;

/** Two rules per point, both judged at every reading. */
export function benchSiteYaml({ ports, periodMs, high, webhook }: BenchSite): string {
  return `site: { id: bench, name: Bench }
areas:
  - { id: room, name: Room }
buses:
${ports.map((port, index) => `  - { id: b${index}, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }`).join("\n")}
devices:
${ports.map((_, index) => `  - { id: d${index}, area: room, bus: b${index}, unit: 1, profile: ${BENCH_PROFILE}, every: ${periodMs}ms }`).join("\n")}
rules:
  - { points: ["*/input.*.voltage"], high: { major: ${high} }, low: { minor: 1 }, on: 0s, off: 0s }
${webhook === undefined ? "" : `targets:\n  - { id: itsm, kind: webhook, url: "${webhook}", secret: "${SECRET}" }\n`}`;
}
