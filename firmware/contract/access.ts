import * as z from "zod";
import { wordsSchema } from "./alarm.ts";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");

/**
 * What the entry log can say. `granted` and `denied` are cards; `opened`, `closed`, `leftOpen` and `forced` are doors; `missed` counts card
 * events that nobody could read; the rest is entered by hand. `reset`: somebody was taken off the list of those inside.
 */
export const ACCESS_KINDS = [
  "granted",
  "denied",
  "opened",
  "closed",
  "leftOpen",
  "forced",
  "missed",
  "visitorIn",
  "visitorOut",
  "powerOn",
  "powerOff",
  "reset",
] as const;
export const accessKindSchema = z.enum(ACCESS_KINDS);
export type AccessKind = z.infer<typeof accessKindSchema>;

export const directionSchema = z.enum(["in", "out"]);
export type Direction = z.infer<typeof directionSchema>;

/** One line of the entry log. It is written once and never changed. */
export const accessEntrySchema = z.object({
  number: z.number().int().describe("counts up by one; a gap would mean that a line was taken out"),
  atMs: wallMs,
  toldMs: wallMs
    .nullable()
    .default(null)
    .describe("what the box said then, where `atMs` was put right when it knew the time; null: it never was"),
  sinceMs: wallMs.nullable().describe("nobody watched before: it happened at some time between this and `atMs`"),
  clockTrusted: z.boolean().describe("false: the box did not know the time of day"),
  kind: accessKindSchema,
  door: z.string().nullable().describe("door id"),
  area: z.string().nullable(),
  direction: directionSchema.nullable(),
  card: z.string().nullable().describe("card number in decimal"),
  person: z.string().nullable().describe("name as it was known then; null: nobody knows"),
  company: z.string().nullable(),
  source: z
    .enum(["controller", "register", "contact", "hand"])
    .describe("who says so: the door controller's own verdict, our register of cards, a door contact, or a person"),
  reason: z
    .enum(["unknownCard", "runOut", "verdictUnreadable"])
    .nullable()
    .describe("why our register refused the card; `verdictUnreadable`: the controller's own word was not understood"),
  device: z.string().nullable(),
  subject: z.string().nullable().describe("the visit, the server, or the key of the person taken off the list"),
  note: z.string().describe("purpose, escort, reason"),
  count: z.number().int().nullable().describe("of `missed`: how many events; null: nobody can say how many"),
  durationMs: z.number().nullable().describe("of `closed`: how long the door was open; of `visitorOut`: how long they stayed"),
  by: z.string().nullable().describe("who entered it by hand"),
});
export type AccessEntry = z.infer<typeof accessEntrySchema>;
/** An entry before the journal has numbered it. */
export type NewAccessEntry = Omit<AccessEntry, "number" | "toldMs">;

export const doorViewSchema = z.object({
  id: z.string(),
  name: wordsSchema,
  area: z.string(),
  state: z.enum(["open", "closed", "unknown"]),
  sinceMs: wallMs.nullable(),
  leftOpen: z.boolean(),
  forced: z.boolean(),
  readers: z.array(z.object({ device: z.string(), direction: z.enum(["in", "out", "told"]) })),
  contact: z.string().nullable(),
});
export type DoorView = z.infer<typeof doorViewSchema>;

/** Somebody who is inside, as far as the log can tell. `doubt` says why it may be otherwise. */
export const insideSchema = z.object({
  key: z.string().describe("`card:<number>` or `visit:<id>`"),
  person: z.string().nullable(),
  company: z.string().nullable(),
  card: z.string().nullable(),
  area: z.string().nullable(),
  door: z.string().nullable(),
  sinceMs: wallMs,
  doubt: z
    .enum(["none", "cameTwice", "eventsMissed", "noReaderOut"])
    .describe("`cameTwice`: in again without having gone out; `noReaderOut`: nobody reads cards at the way out"),
});
export type Inside = z.infer<typeof insideSchema>;

export const accessReplySchema = z.object({
  doors: z.array(doorViewSchema),
  inside: z.array(insideSchema),
  unknownExits: z.number().int().describe("cards that went out and had not come in, since the last reset"),
  missed: z.number().int().describe("card events that could not be read, since the last reset; at least so many"),
});
export type AccessView = z.infer<typeof accessReplySchema>;

export const ACCESS_LOG_MAX = 500;
const day = z.iso.date().describe("a day in the site's time zone, YYYY-MM-DD");
const text = (max: number) => z.string().trim().max(max);
const filter = {
  door: z.string().min(1).max(64).optional(),
  who: text(80).optional().describe("part of a name, a company or a card number"),
  kind: accessKindSchema.optional(),
};
export const accessLogQuerySchema = z.strictObject({
  ...filter,
  day: day.optional(),
  before: z.coerce.number().int().min(1).optional().describe("only lines with a lesser number: the next page"),
  limit: z.coerce.number().int().min(1).max(ACCESS_LOG_MAX).default(100),
});
export const accessExportQuerySchema = z.strictObject({
  ...filter,
  from: day,
  to: day,
  format: z.enum(["csv", "xlsx", "pdf"]).default("csv"),
  language: z.enum(["zh", "en"]).default("zh"),
});
export const accessLogReplySchema = z.object({ entries: z.array(accessEntrySchema) });

const named = text(40).min(1);
const note = text(300).default("");
export const visitInSchema = z.strictObject({
  name: named,
  company: text(60).default(""),
  escort: text(40).default("").describe("who goes with them"),
  purpose: named.max(200).describe("what they come for"),
  area: z.string().max(64).optional(),
});
export const visitReplySchema = z.object({ visit: z.string() });
export const visitOutSchema = z.strictObject({ visit: z.string().min(1).max(64), note });
export const powerSchema = z.strictObject({
  server: named.max(80).describe("which server or device"),
  state: z.enum(["on", "off"]),
  note,
});
export const resetSchema = z.strictObject({
  key: z.string().min(1).max(80).optional().describe("who is taken off the list; left out: everybody"),
  reason: named.max(200),
});

export const CARD = /^[1-9]\d{0,19}$/;
/** A card holder. The card's number is in decimal, as printed on most cards. */
export const holderSchema = z.object({
  card: z.string(),
  name: z.string(),
  company: z.string(),
  validUntil: z.string().nullable().describe("last valid day in the site's time zone, YYYY-MM-DD; null: no end"),
});
export type Holder = z.infer<typeof holderSchema>;
export const holderEntrySchema = z.strictObject({
  card: text(20).regex(CARD).describe("card number in decimal, without leading zeros"),
  name: named,
  company: text(60).default(""),
  validUntil: day.nullable().default(null),
});
export const holderKeySchema = z.strictObject({ card: text(20).min(1) });
export const holdersReplySchema = z.object({ holders: z.array(holderSchema) });
export const importSchema = z.strictObject({
  csv: z.string().max(200_000).describe("columns card, name, company, validUntil; the first line names them"),
  replace: z.boolean().default(false).describe("true: whoever is not in the list is removed"),
});
export const importReplySchema = z.object({ added: z.number().int(), changed: z.number().int(), removed: z.number().int() });
