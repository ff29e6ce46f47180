import { clientFor, type ModbusWire } from "../../drivers/modbus/session.ts";
import type { WriteAsk } from "../contract/commissioning.ts";
import type { Bench, Outcome } from "./bench.ts";
import { readTable, troubleOf, wireName } from "./read.ts";
import { cannotReachWords, refusals } from "./words.ts";

/** Units take a moment to make a value theirs; and a converter that hears itself takes our own words for the answer. */
const SETTLE_MS = 300;

/** Sets coil or registers of one unit: reads what is there, has it written down, writes, and reads again. What is read back is what counts. */
export async function writeRegisters(
  wire: ModbusWire,
  ask: WriteAsk,
  { clock, ends, note }: Pick<Bench, "clock" | "ends" | "note">,
): Promise<Outcome> {
  const { unit, table, address, values, multiple } = ask;
  const isCoil = table === "coil";
  if (isCoil && (values.length !== 1 || (values[0] ?? 0) > 1)) return { problem: refusals.coilValue() };
  const client = clientFor(wire, clock);
  const place = { table, unit, address, count: values.length };
  try {
    const before = await readTable(client, place);
    if ("problem" in before && before.unreachable === true) return { problem: cannotReachWords(wireName(wire), before.what) };
    // Some registers can only be written. Then there is no old value, which is not zero.
    const old = "values" in before ? before.values : null;
    if (ends.aborted) return { problem: refusals.takenBack() };
    if (!(await note(old === null ? null : old.join(" "), values.join(" ")))) return { problem: refusals.notNoted() };
    const functionCode = isCoil ? 5 : multiple || values.length > 1 ? 16 : 6;
    const written = await client.ask(unit, { functionCode, address, values });
    const after = await readTable(client, place, SETTLE_MS);
    const found = "values" in after ? after.values : null;
    const isTaken = found?.every((value, at) => value === values[at]);
    const result = {
      ...{ kind: "write" as const, table, address, asked: values },
      before: old === null ? null : [...old],
      after: found === null ? null : [...found],
      verdict: isTaken === undefined ? ("unknown" as const) : isTaken ? ("taken" as const) : ("notTaken" as const),
    };
    return written.outcome === "data" || isTaken === true ? { result } : { result, problem: troubleOf(written).problem };
  } finally {
    await client.close();
  }
}
