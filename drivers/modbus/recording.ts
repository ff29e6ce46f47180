import * as z from "zod";
import type { Answer } from "./client.ts";
import type { Block } from "./plan.ts";
import { MODBUS_TABLES } from "./profile.ts";
import type { Asked } from "./session.ts";

const WORD_MAX = 65_535;
const ILLEGAL_ADDRESS = 2;

/**
 * Raw words of a unit, with the story behind them and the values that a person read on its display: a field bug becomes a test. Bits of the
 * bit tables are words of 0 and 1.
 */
export const modbusRecordingSchema = z.strictObject({
  profile: z.string().min(1),
  story: z.string().min(1),
  channel: z.int().min(0).default(0),
  blocks: z
    .array(
      z.strictObject({
        table: z.enum(MODBUS_TABLES),
        address: z.int().min(0).max(WORD_MAX),
        words: z.array(z.int().min(0).max(WORD_MAX)).min(1),
      }),
    )
    .min(1),
  /** Point → number in the unit of the point, state name, or null where there must be no value. */
  expect: z.record(z.string(), z.union([z.number(), z.string(), z.null()])).default({}),
});
export type ModbusRecording = z.infer<typeof modbusRecordingSchema>;

/** Answers as the unit did: what was not recorded is an illegal address. */
export function unitOf({ blocks }: Pick<ModbusRecording, "blocks">): Asked {
  const words = new Map<string, number>();
  for (const { table, address, words: content } of blocks)
    for (const [at, word] of content.entries()) words.set(`${table} ${address + at}`, word);
  return {
    async ask(_unit: number, { table, address, count, bytes }: Block): Promise<Answer> {
      const data = Buffer.alloc(bytes);
      const isBitTable = table === "coil" || table === "discrete";
      for (let at = 0; at < count; at += 1) {
        const word = words.get(`${table} ${address + at}`);
        if (word === undefined) return { outcome: "exception", code: ILLEGAL_ADDRESS };
        if (!isBitTable) data.writeUInt16BE(word, at * 2);
        else if (word !== 0) data[at >> 3] = (data[at >> 3] ?? 0) | (1 << (at & 7));
      }
      return { outcome: "data", bytes: data };
    },
  };
}
