import type { Found, FoundAgent, Job, JobResult } from "../contract/commissioning.ts";

/** What came of a job as lines for a terminal: columns that a person compares with a manual or a display. */
export function tableOf(result: JobResult): readonly string[] {
  switch (result.kind) {
    case "scan":
      return result.found.map(foundLine);
    case "network":
      return result.agents.map(agentLine);
    case "identify":
      return [
        ...Object.entries(result.said).map(([name, value]) => `${name}: ${value}`),
        ...aligned(result.candidates.map(({ profile, confidence, label }) => [`${confidence} %`, profile, `${label.zh} · ${label.en}`])),
      ];
    case "registers":
      return registerTable(result.table, result.address, result.values);
    case "variables":
      return result.variables.map(({ oid, type, value, hex }) => `${oid}\t${type}\t${value}${hex === "" ? "" : `\t${hex}`}`);
    case "frame":
      return [`> ${spaced(result.sent)}`, `< ${result.heard === "" ? "-" : spaced(result.heard)}`];
    case "write":
      return aligned([
        ["address", "before", "asked", "after"],
        ...result.asked.map((value, at) => [
          String(result.address + at),
          String(result.before?.[at] ?? "-"),
          String(value),
          String(result.after?.[at] ?? "-"),
        ]),
      ]);
    default:
      return result satisfies never;
  }
}

export function foundLine({ protocol, line, place, verdict, asked, answered, exceptions, garbled, device, what }: Found): string {
  const counts = `${answered + exceptions}/${asked}${garbled === 0 ? "" : ` garbled ${garbled}`}`;
  return [protocol, line, String(place ?? "-"), verdict, counts, device ?? "", what].join("\t");
}

export function agentLine({ address, verdict, sysObjectId, sysName, sysDescr, profiles, what }: FoundAgent): string {
  return [address, verdict, sysObjectId, sysName, sysDescr.split(/[\r\n]/)[0] ?? "", profiles.slice(0, 3).join(" "), what].join("\t");
}

/** `37/512 · modbus 9600 8N1 5 · 64 s` */
export function progressLine({ done, total, leftMs, now }: Job["progress"]): string {
  return `${done}/${total} · ${now} · ≤ ${Math.ceil(leftMs / 1_000)} s`;
}

/** Registers in every way in which makers mean them; a float takes two words, in either order. Bits are what they are. */
export function registerTable(table: string, address: number, values: readonly number[]): readonly string[] {
  if (table === "coil" || table === "discrete")
    return aligned([["address", "bit"], ...values.map((bit, at) => [String(address + at), String(bit)])]);
  return aligned([
    ["address", "hex", "u16", "s16", "f32 high-low", "f32 low-high", "text"],
    ...values.map((word, at) => {
      const next = values[at + 1];
      return [
        String(address + at),
        `0x${word.toString(16).toUpperCase().padStart(4, "0")}`,
        String(word),
        String(word >= 0x8000 ? word - 0x1_0000 : word),
        next === undefined ? "" : floatOf(word, next),
        next === undefined ? "" : floatOf(next, word),
        textOf(word),
      ];
    }),
  ]);
}

const FLOAT_DIGITS = 6;

function floatOf(high: number, low: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(high, 0);
  bytes.writeUInt16BE(low, 2);
  return String(Number(bytes.readFloatBE(0).toPrecision(FLOAT_DIGITS)));
}

function textOf(word: number): string {
  return [word >> 8, word & 0xff].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function spaced(hex: string): string {
  return hex.toUpperCase().replaceAll(/..(?=.)/g, "$& ");
}
