import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** One importing file per package (or built-in module) that touches the outside: its door. Type-only imports may pass. */
const DOORS: Readonly<Record<string, string | readonly string[]>> = {
  serialport: "drivers/line/serial.ts",
  "modbus-serial": "drivers/modbus/client.ts",
  "net-snmp": "drivers/snmp/client.ts",
  onoff: "drivers/contact/gpio.ts",
  "node:dgram": "drivers/snmp/socket.ts",
  lowdb: "firmware/platform/durable-json.ts",
  "node:sqlite": "firmware/platform/sqlite.ts",
  fastify: "firmware/serve/http.ts",
  "@fastify/static": "firmware/serve/pages.ts",
  ws: "firmware/serve/hub.ts",
  // Drivers know nothing of the firmware: what asks a server and what tells one are two doors.
  "node:https": ["drivers/probe/http.ts", "firmware/upstream/http.ts"],
  "node:dns": ["drivers/probe/names.ts", "firmware/upstream/trust.ts"],
  "node:tls": ["firmware/serve/secure-port.ts", "firmware/upstream/trust.ts"],
  nodemailer: "firmware/upstream/dialects/smtp.ts",
  mqtt: "firmware/upstream/dialects/mqtt-link.ts",
  "protobufjs/minimal.js": "firmware/upstream/dialects/sparkplug-payload.ts",
  xmldoc: "firmware/upstream/xml.ts",
  pdfmake: "firmware/report/pdf.ts",
  "write-excel-file/node": "firmware/report/xlsx.ts",
  uplot: "dashboard/charts/plot.ts",
  "lean-qr": "dashboard/ui/qr.ts",
};

/** Time, timers and chance come through here. */
const CLOCK = "firmware/platform/clock.ts";
const CLOCK_WORDS = /\b(Date\.now|performance\.now|Math\.random)\(|(?<!\.)\b(setTimeout|setInterval|randomUUID)\(/;

const sources = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "drivers", "firmware", "dashboard", "provisioning"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, text: readFileSync(file, "utf8") }));

test("the whole house is looked at", () => {
  expect(sources.length).toBeGreaterThan(60);
});

describe("one door per outside package", () => {
  test.each(Object.entries(DOORS))("%s is imported by %s alone", (name, door) => {
    const importing = new RegExp(`^(import (?!type )[^;]*?from |import |.*\\bimport\\()"${RegExp.escape(name)}"`, "m");
    const files = sources.filter(({ text }) => importing.test(text) && !onlyTypes(text, name)).map(({ file }) => file);
    expect(files).toEqual([door].flat());
  });
});

/** `import { type A, type B } from "x"` carries no code. */
function onlyTypes(text: string, name: string): boolean {
  const clauses = [...text.matchAll(new RegExp(`^import \\{([^}]*)\\} from "${RegExp.escape(name)}"`, "gm"))].map(
    ([, names = ""]) => names,
  );
  return (
    clauses.length > 0 && clauses.every((names) => names.split(",").every((word) => word.trim() === "" || word.trim().startsWith("type ")))
  );
}

test("clocks, timers and chance come through one door in firmware and drivers", () => {
  const offenders = sources.filter(
    ({ file, text }) => /^(firmware|drivers)\//.test(file) && file !== CLOCK && CLOCK_WORDS.test(withoutComments(text)),
  );
  expect(offenders.map(({ file }) => file)).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

const FORBIDDEN: readonly (readonly [folder: string, target: string])[] = [
  ["drivers/modbus", "../../firmware/alarms/book.ts"],
  ["drivers/modbus", "../../test/peers/peer.ts"],
  ["firmware/alarms", "../journal/journal.ts"],
  ["firmware/alarms", "../platform/clock.ts"],
  ["firmware/alarms", "../../drivers/modbus/decode.ts"],
  ["firmware/alarms", "../../drivers/driver.ts"],
  ["firmware/alarms", "node:fs"],
  ["firmware/points", "../serve/http.ts"],
  ["firmware/incidents", "../journal/journal.ts"],
  ["firmware/contract", "../alarms/rule.ts"],
  ["firmware/contract", "../../drivers/driver.ts"],
  ["firmware/contract", "node:fs"],
  ["firmware/serve", "../../dashboard/main.tsx"],
  ["firmware", "../test/room/room.ts"],
  ["dashboard", "../firmware/alarms/rule.ts"],
  ["dashboard/pages", "../../drivers/reading.ts"],
  ["dashboard/pages", "node:fs"],
  ["provisioning", "../firmware/serve/http.ts"],
  ["provisioning", "../drivers/modbus/plan.ts"],
];

const ALLOWED: readonly (readonly [folder: string, target: string])[] = [
  ["firmware/alarms", "../contract/alarm.ts"],
  ["firmware/alarms", "../../drivers/reading.ts"],
  ["firmware/alarms", "./rule.ts"],
  ["firmware/incidents", "../alarms/change.ts"],
  ["firmware/contract", "../../drivers/reading.ts"],
  ["firmware/journal", "../alarms/change.ts"],
  ["firmware/acquire", "../../drivers/modbus/session.ts"],
  ["dashboard", "../firmware/contract/live.ts"],
  ["provisioning", "../firmware/site/load.ts"],
  ["provisioning", "../drivers/profile.ts"],
];

/** Lints one file per import in a copy of the house that is empty but for them. Returns the targets that were refused, as `folder → target`. */
function refused(imports: readonly (readonly [folder: string, target: string])[]): readonly string[] {
  const house = mkdtempSync(join(tmpdir(), "house-"));
  try {
    const config: unknown = JSON.parse(readFileSync("biome.json", "utf8"));
    writeFileSync(join(house, "biome.json"), JSON.stringify({ ...Object(config), vcs: { enabled: false } }));
    imports.forEach(([folder, target], index) => {
      mkdirSync(join(house, folder), { recursive: true });
      writeFileSync(join(house, folder, `probe-${index}.ts`), `import { x } from "${target}";\n\nx();\n`);
    });
    const { stdout } = spawnSync("biome", ["lint", "--reporter=github", "--max-diagnostics=none"], { cwd: house, encoding: "utf8" });
    return imports.flatMap(([folder, target], index) => {
      const line = stdout.split("\n").find((text) => text.includes("noRestrictedImports") && text.includes(`probe-${index}.ts`));
      return line?.startsWith("::error") === true ? [`${folder} → ${target}`] : [];
    });
  } finally {
    rmSync(house, { recursive: true });
  }
}

test("every forbidden import fails the build", () => {
  expect(refused(FORBIDDEN)).toEqual(FORBIDDEN.map(([folder, target]) => `${folder} → ${target}`));
});

test("imports along the table pass", () => {
  expect(refused(ALLOWED)).toEqual([]);
});
