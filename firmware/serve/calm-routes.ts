import type { AlarmDesk } from "../alarm-desk.ts";
import {
  alarmActReplySchema,
  type MaintenanceWindow,
  maintenanceQuerySchema,
  maintenanceReplySchema,
  maintenanceRequestSchema,
  outOfServiceRequestSchema,
  shelveRequestSchema,
  silenceRequestSchema,
  unshelveRequestSchema,
  windowReplySchema,
} from "../contract/maintenance.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

/** The alarm desk, as HTTP sets alarms aside with it. */
export type CalmPort = Pick<AlarmDesk, "shelve" | "unshelve" | "silence" | "maintenance">;

/** What keeps a room calm by hand: shelving, silencing, maintenance windows and devices out of service. */
export function calmRoutes(desk: CalmPort): readonly Route[] {
  return [...shelving(desk), ...maintaining(desk)];
}

function shelving(desk: CalmPort): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/alarms/shelve",
      summary: "Sets alarms aside for a while, with a reason: neither told nor heard. Leak, smoke and fire are refused.",
      access: "alarm.shelve",
      body: shelveRequestSchema,
      reply: alarmActReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ body: { keys, reason, forMs } }, caller) => orFailing(await desk.shelve(keys, doerOf(caller), reason, forMs)),
    }),
    route({
      method: "POST",
      path: "/api/v1/alarms/unshelve",
      summary: "Takes alarms from the shelf: what is still there rings.",
      access: "alarm.shelve",
      body: unshelveRequestSchema,
      reply: alarmActReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ body: { keys } }, caller) => orFailing(await desk.unshelve(keys, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/alarms/silence",
      summary:
        "Switches the sound of ringing alarms off for a while. They stay unacknowledged, and ring again when they come back or become worse.",
      access: "alarm.silence",
      body: silenceRequestSchema,
      reply: alarmActReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ body: { keys, forMs } }, caller) => orFailing(await desk.silence(keys, doerOf(caller), forMs)),
    }),
  ];
}

function maintaining({ maintenance }: CalmPort): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/maintenance",
      summary: "Maintenance windows and devices out of service: in force or planned, then the last that ended.",
      access: "room.see",
      reply: maintenanceReplySchema,
      answer: () => ({ windows: [...maintenance.list()] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/maintenance",
      summary:
        "Plans a maintenance window: alarms in it are recorded and shown, but neither told nor heard. Leak, smoke and fire are, always.",
      access: "maintenance.change",
      body: maintenanceRequestSchema,
      reply: windowReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ body }, caller) => orRefusal(await maintenance.plan(body, doerOf(caller))),
    }),
    route({
      method: "DELETE",
      path: "/api/v1/maintenance",
      summary: "Ends a maintenance window, or the time a device is out of service, now: what is still there rings.",
      access: "maintenance.change",
      query: maintenanceQuerySchema,
      reply: windowReplySchema,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ query: { id } }, caller) => {
        const outcome = await maintenance.end(id, doerOf(caller));
        return outcome === null ? new Refusal("notFound") : orRefusal(outcome);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/devices/out-of-service",
      summary: "Takes devices out of service until somebody ends it, with a reason.",
      access: "maintenance.change",
      body: outOfServiceRequestSchema,
      reply: windowReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ body }, caller) => orRefusal(await maintenance.takeOut(body, doerOf(caller))),
    }),
  ];
}

type Planned = Awaited<ReturnType<CalmPort["maintenance"]["plan"]>>;

function orRefusal(outcome: Planned): { window: MaintenanceWindow } | Refusal {
  return "faults" in outcome ? new Refusal("badRequest", { faults: outcome.faults }) : orFailing(outcome);
}

function orFailing<Done extends object>(done: Done | { readonly problem: { zh: string; en: string } }): Done | Refusal {
  return "problem" in done ? new Refusal("journalFailing", { message: done.problem }) : done;
}
