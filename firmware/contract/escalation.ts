import * as z from "zod";
import { severitySchema, wordsSchema } from "./alarm.ts";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");

/** What a step tells beside the alarm itself. */
export interface EscalationNote {
  readonly plan: string;
  /** From 1; with how many there are. */
  readonly step: number;
  readonly steps: number;
  /** 0: the step itself; from 1: its repeats. */
  readonly round: number;
  /** Who is on call now, of the rotas of this step. */
  readonly onCall: readonly { readonly name: { readonly zh: string; readonly en: string }; readonly phone: string }[];
  /** Why another channel is used than the plan's own; null: it is the plan's own. */
  readonly why: { readonly zh: string; readonly en: string } | null;
}

const onCallPersonSchema = z.object({ id: z.string(), name: wordsSchema, phone: z.string() });

const spanSchema = z.object({
  fromMs: wallMs,
  toMs: wallMs,
  who: z.string().describe("id of a person of the rota"),
  planned: z.string().describe("who it would be without a swap"),
});

export const swapViewSchema = z.object({
  number: z.number().int(),
  rota: z.string(),
  fromMs: wallMs,
  toMs: wallMs,
  who: z.string().nullable().describe("null: as planned again"),
  note: z.string(),
  by: z.string(),
  atMs: wallMs,
});

export const handOverStateSchema = z.enum(["due", "missing", "written", "confirmed"]);

export const rotaViewSchema = z.object({
  id: z.string(),
  name: wordsSchema,
  people: z.array(onCallPersonSchema),
  now: z.object({ who: z.string(), planned: z.string(), sinceMs: wallMs.nullable() }).nullable(),
  next: z.object({ who: z.string(), atMs: wallMs }).nullable().describe("null: nobody else follows within five weeks"),
  upcoming: z.array(spanSchema).describe("the next two weeks, no longer than a day each"),
  swaps: z.array(swapViewSchema).describe("those that are not over yet"),
  handOver: z
    .object({ changeMs: wallMs, outgoing: z.string(), incoming: z.string(), state: handOverStateSchema })
    .nullable()
    .describe("the hand-over that is expected: of the change that was last, or that comes within the hour; null: none is"),
});
export type RotaView = z.infer<typeof rotaViewSchema>;

export const planViewSchema = z.object({
  id: z.string(),
  name: wordsSchema,
  until: z.enum(["acknowledged", "cleared"]),
  steps: z.array(
    z.object({
      afterMs: z.number(),
      targets: z.array(z.string()),
      onCall: z.array(z.string()).describe("ids of rotas"),
      fallback: z.array(z.string()),
      repeat: z.object({ everyMs: z.number(), times: z.number().int() }).nullable(),
    }),
  ),
});

const toldSchema = z.object({
  atMs: wallMs,
  step: z.number().int().describe("from 1"),
  round: z.number().int(),
  targets: z.array(z.string()),
  people: z.array(wordsSchema),
  why: wordsSchema.nullable().describe("why another channel was used; null: as planned"),
});
export type ToldStep = z.infer<typeof toldSchema>;

export const escalationViewSchema = z.object({
  incident: z.string(),
  key: z.string().describe("the alarm that is told for the incident"),
  alarms: z.array(z.string()).describe("keys of all its live alarms"),
  severity: severitySchema,
  text: wordsSchema,
  incidentNumber: z.string().nullable(),
  plan: z.string().nullable().describe("null: no plan fits"),
  phase: z.enum(["ringing", "quiet", "stopped"]).describe("quiet: returned, shelved or in maintenance; stopped: somebody has it"),
  next: z
    .object({
      step: z.number().int(),
      round: z.number().int(),
      inMs: z.number(),
      targets: z.array(z.string()),
      people: z.array(wordsSchema).describe("who would be told if it were now"),
    })
    .nullable(),
  told: z.array(toldSchema),
});
export type EscalationView = z.infer<typeof escalationViewSchema>;

export const onCallReplySchema = z.object({
  nowMs: wallMs,
  certain: z.boolean().describe("false: the box does not know the time of day, and who is on call is a guess"),
  rotas: z.array(rotaViewSchema),
  plans: z.array(planViewSchema),
  escalations: z.array(escalationViewSchema),
});
export type OnCallReply = z.infer<typeof onCallReplySchema>;

export const HAND_OVER_TEXT_MAX = 4_000;
export const HAND_OVER_ITEMS_MAX = 200;

/** Body of `POST /api/v1/on-call/swaps`. */
export const swapRequestSchema = z.strictObject({
  rota: z.string().min(1).max(32),
  fromMs: wallMs,
  toMs: wallMs,
  who: z.string().min(1).max(32).nullable().describe("null: as planned again"),
  note: z.string().max(500).default(""),
});

export const handOverItemSchema = z.object({
  key: z.string(),
  text: wordsSchema,
  severity: severitySchema,
  state: z.string(),
  sinceMs: wallMs,
  incidentNumber: z.string().nullable(),
});

export const handOverViewSchema = z.object({
  id: z.string(),
  number: z.number().int(),
  rota: z.string(),
  changeMs: wallMs.describe("when the shift changes"),
  outgoing: z.string().describe("id of a person of the rota"),
  incoming: z.string(),
  kind: z.enum(["note", "missing"]),
  atMs: wallMs,
  by: z.string(),
  text: z.string(),
  open: z.array(handOverItemSchema).describe("what was open when it was written"),
  confirmed: z.object({ by: z.string(), atMs: wallMs, note: z.string() }).nullable(),
});
export type HandOverView = z.infer<typeof handOverViewSchema>;
export type HandOverItem = z.infer<typeof handOverItemSchema>;

export const handOversReplySchema = z.object({
  handOvers: z.array(handOverViewSchema).describe("newest first"),
  more: z.boolean().describe("there are older ones: ask with `before`"),
});
export type HandOversReply = z.infer<typeof handOversReplySchema>;

/** Body of `POST /api/v1/on-call/hand-overs`. What is open is added by the box. */
export const handOverRequestSchema = z.strictObject({
  rota: z.string().min(1).max(32),
  changeMs: wallMs.describe("the change of shifts that it is for, as `GET /api/v1/on-call` names it"),
  text: z.string().min(1).max(HAND_OVER_TEXT_MAX),
});
/** Body of `POST /api/v1/on-call/hand-overs/confirm`. */
export const confirmRequestSchema = z.strictObject({ id: z.string().min(1).max(64), note: z.string().max(500).default("") });
