import { type Found, notFound, type Switch } from "../switch.ts";
import type { Answer, ModbusClient, ReadRequest, WriteRequest } from "./client.ts";
import { exceptionWords } from "./exceptions.ts";

/** Where an output module has a relay: a coil, or a register that stands for one. */
export interface ModbusOutput {
  readonly unit: number;
  readonly table: "coil" | "holding";
  readonly address: number;
  /** What stands there while it is on, and while it is off; of a coil 1 and 0, or the other way round. */
  readonly on: number;
  readonly off: number;
  /** Functions 15 and 16 instead of 5 and 6: some modules know only these. */
  readonly multiple: boolean;
}

/** Modules take a moment to make a value theirs; and a converter that hears itself takes our own words for the answer. */
const SETTLE_MS = 100;

/** A coil or register as a switch. What is read back is what counts: an answer may be lost although the module has obeyed. */
export function modbusSwitch(client: Pick<ModbusClient, "ask">, output: ModbusOutput): Switch {
  const { unit, table, address, on, off, multiple } = output;
  const place = `unit ${unit} ${table} ${address}`;
  const isCoil = table === "coil";
  const read: ReadRequest = { functionCode: isCoil ? 1 : 3, address, count: 1, bytes: isCoil ? 1 : 2 };
  const write = (value: number): WriteRequest => {
    const functionCode = isCoil ? (multiple ? 15 : 5) : multiple ? 16 : 6;
    return { functionCode, address, values: [value] };
  };
  const look = async (pauseMs = 0): Promise<Found> => {
    const answer = await client.ask(unit, read, pauseMs);
    if (answer.outcome !== "data") return notFound(faultOf(place, answer));
    const value = isCoil ? (answer.bytes[0] ?? 0) & 1 : answer.bytes.readUInt16BE(0);
    if (value === on || value === off) return { isOn: value === on, fault: null };
    const detail = `${place}: ${value} is neither on (${on}) nor off (${off})`;
    return notFound({ reason: "garbled", detail });
  };
  return {
    look: () => look(),
    async set(isOn) {
      const answer = await client.ask(unit, write(isOn ? on : off));
      const fault = answer.outcome === "data" ? null : faultOf(place, answer);
      // Nobody is there: to ask once more would only hold up the others on the wire.
      if (answer.outcome === "lost" && answer.reason !== "garbled" && answer.reason !== "timeout") return { isOn: null, fault };
      const found = await look(SETTLE_MS);
      // Obeyed, whatever became of the answer.
      return found.isOn === isOn ? found : { isOn: found.isOn, fault: fault ?? found.fault };
    },
  };
}

function faultOf(place: string, answer: Exclude<Answer, { readonly outcome: "data" }>) {
  return answer.outcome === "exception"
    ? { reason: "exception" as const, detail: `${place}: ${exceptionWords(answer.code)}` }
    : { reason: answer.reason, detail: `${place}: ${answer.what}` };
}
