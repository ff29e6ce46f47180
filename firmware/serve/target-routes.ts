import { resendSchema, resentSchema, targetsReplySchema } from "../contract/targets.ts";
import type { TargetDesk } from "../upstream/target-desk.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

/** The targets that are told of incidents. */
export function targetRoutes(desk: TargetDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/targets",
      summary: "Every target: state, last answer, what waits, what it refused for good, how long it takes, its last sign of life.",
      access: "room.see",
      reply: targetsReplySchema,
      answer: () => desk.list(),
    }),
    route({
      method: "POST",
      path: "/api/v1/targets/resend",
      summary: "Queues messages that a target refused once more, one or all. What is newer than they are at the target keeps them parked.",
      access: "target.resend",
      body: resendSchema,
      reply: resentSchema,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ body: { target, ids } }, caller) => {
        const done = await desk.resend(target, ids, doerOf(caller));
        if (done === null) return new Refusal("notFound");
        return "problem" in done ? new Refusal("journalFailing", { message: done.problem }) : done;
      },
    }),
  ];
}
