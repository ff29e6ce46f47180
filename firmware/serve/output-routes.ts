import {
  forceOutputSchema,
  linkageActSchema,
  lockOutputSchema,
  namedOutputSchema,
  type OutputsReply,
  outputsReplySchema,
  testReplySchema,
} from "../contract/outputs.ts";
import type { NotDone, OutputDesk } from "../outputs/desk.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal, type RefusalCode } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

/** Sirens, beacons, relays and linkages, as HTTP works with them. */
export type OutputPort = Pick<OutputDesk, "view" | "test" | "force" | "release" | "lock" | "unlock" | "arm" | "reset">;

const REFUSALS: readonly RefusalCode[] = ["notFound", "notSwitched", "journalFailing"];

/** What the room's outputs are at and why, and an engineer's orders to them. */
export function outputRoutes(desk: OutputPort): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/outputs",
      summary: "Sirens, beacons, relays and linkages: what each is to be at, what was read back, why, and who has ordered it.",
      access: "output.see",
      reply: outputsReplySchema,
      answer: () => desk.view(),
    }),
    ...orders(desk),
    ...linkages(desk),
  ];
}

function orders(desk: OutputPort): readonly Route[] {
  const order = { method: "POST", access: "output.operate", reply: outputsReplySchema, refusals: REFUSALS } as const;
  return [
    route({
      ...order,
      path: "/api/v1/outputs/test",
      summary: "Switches an output for three seconds and answers with what was read back.",
      body: namedOutputSchema,
      reply: testReplySchema,
      answer: async ({ body }, caller) => orRefusal(await desk.test(body.output, doerOf(caller))),
    }),
    route({
      ...order,
      path: "/api/v1/outputs/force",
      summary: "Holds an output on or off by hand for some minutes, over alarms and linkages.",
      body: forceOutputSchema,
      answer: async ({ body: { output, isOn, minutes, reason } }, caller) =>
        orRefusal(await desk.force(output, isOn, minutes, reason, doerOf(caller))),
    }),
    route({
      ...order,
      path: "/api/v1/outputs/release",
      summary: "Ends what a person holds by hand, or a test.",
      body: namedOutputSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.release(body.output, doerOf(caller))),
    }),
    route({
      ...order,
      path: "/api/v1/outputs/lock",
      summary: "Locks an output out for maintenance: it goes to its safe state, and nothing switches it until it is unlocked.",
      body: lockOutputSchema,
      answer: async ({ body: { output, reason } }, caller) => orRefusal(await desk.lock(output, reason, doerOf(caller))),
    }),
    route({
      ...order,
      path: "/api/v1/outputs/unlock",
      summary: "Takes a lock-out off.",
      body: lockOutputSchema,
      answer: async ({ body: { output, reason } }, caller) => orRefusal(await desk.unlock(output, reason, doerOf(caller))),
    }),
  ];
}

function linkages(desk: OutputPort): readonly Route[] {
  const act = { method: "POST", body: linkageActSchema, reply: outputsReplySchema, refusals: REFUSALS } as const;
  return [
    route({
      ...act,
      path: "/api/v1/linkages/arm",
      summary: "Lets a linkage act, as it is defined now. Only where the site file that runs came from a signed stick.",
      access: "linkage.arm",
      answer: async ({ body: { linkage, reason } }, caller) => orRefusal(await desk.arm(linkage, true, reason, doerOf(caller))),
    }),
    route({
      ...act,
      path: "/api/v1/linkages/disarm",
      summary: "Lets a linkage act no more. What it has done stays until it is reset.",
      access: "linkage.arm",
      answer: async ({ body: { linkage, reason } }, caller) => orRefusal(await desk.arm(linkage, false, reason, doerOf(caller))),
    }),
    route({
      ...act,
      path: "/api/v1/linkages/reset",
      summary: "Ends what a linkage has done: its output is as alarms and people want it again.",
      access: "output.operate",
      answer: async ({ body: { linkage, reason } }, caller) => orRefusal(await desk.reset(linkage, reason, doerOf(caller))),
    }),
  ];
}

const CODES = { unknown: "notFound", refused: "notSwitched", journal: "journalFailing" } as const;

function orRefusal<Done extends OutputsReply | { readonly asked: boolean }>(done: Done | NotDone): Done | Refusal {
  return "words" in done ? new Refusal(CODES[done.why], { message: done.words }) : done;
}
