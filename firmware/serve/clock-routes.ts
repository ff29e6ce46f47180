import { clockReplySchema, clockSetSchema } from "../contract/clock.ts";
import type { ClockDesk } from "../timekeeping/open.ts";
import { doerOf } from "./people-routes.ts";
import { type Route, route } from "./routes.ts";

/** What time it is, how well that is known, and setting it where nobody else can. */
export function clockRoutes(desk: ClockDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/clock",
      summary: "The time of day that the gateway tells, who says so, how far it may be off, and what was done to it lately.",
      access: "room.see",
      reply: clockReplySchema,
      refusals: ["journalFailing"],
      answer: () => desk.read(),
    }),
    route({
      method: "POST",
      path: "/api/v1/clock",
      summary:
        "Takes the system's time over after a refusal, or sets the gateway's own clock. What was recorded without a known time is put right.",
      access: "clock.set",
      body: clockSetSchema,
      reply: clockReplySchema,
      refusals: ["journalFailing"],
      answer: ({ body }, caller) =>
        "accept" in body ? desk.acceptSystem(doerOf(caller), body.reason) : desk.set(body.atMs, doerOf(caller), body.reason),
    }),
  ];
}
