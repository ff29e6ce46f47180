import * as z from "zod";

/** What the profiles of all protocols have in common. */
export const words = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });

/** Of the value of a field: everything but where it is on the wire. */
export const common = {
  /** house value = raw × scale + offset */
  scale: z.number().default(1),
  offset: z.number().default(0),
  /** Raw numbers that the maker documents as "no value". */
  absent: z.array(z.number()).default([]),
  /** Replaces the vocabulary's physical range where the maker states a narrower one (house units). */
  range: z.tuple([z.number(), z.number()]).optional(),
  /** Raw state code → state name of the vocabulary. A raw code that is not listed is "unknown state", never a guess. */
  states: z.record(z.string().regex(/^\d+$/), z.string()).optional(),
  /** Not every unit of the family has it: shown and judged only after it was good once. */
  optional: z.boolean().default(false),
};

export const head = {
  class: z.enum(["ups", "cooling", "sensor", "meter", "host", "door", "leak", "other"]),
  maker: z.string().min(1),
  family: z.string().min(1),
  label: words,
  /** Where the facts were read: manual with page, MIB, public table. */
  source: z.array(z.string().min(1)).min(1),
  /** What an installer must know at the rack: wiring, jumpers, factory address and speed. */
  notes: words.optional(),
  periodMs: z.int().min(100).max(3_600_000).default(10_000),
};

/** Factory settings of a serial line, offered to the installer. */
export const serialSettings = {
  baudRate: z.int(),
  parity: z.enum(["none", "even", "odd"]),
  stopBits: z.union([z.literal(1), z.literal(2)]),
};

/** The silence that a device wants before each question, where that is more than its wire's; a quirk, with its reason beside it. */
export const pauseMs = z.int().min(0).max(5_000).default(0);
