import { deleteDamagedSchema, storageReplySchema } from "../contract/storage.ts";
import type { StorageDesk } from "../storage/desk.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

/** What lies on the box's disk. */
export function storageRoutes(desk: StorageDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/storage",
      summary: "Disk, journal and history: how much is used and allowed, how far back each reaches, and damaged files.",
      access: "room.see",
      reply: storageReplySchema,
      answer: () => desk.usage(),
    }),
    route({
      method: "POST",
      path: "/api/v1/storage/damaged/delete",
      summary:
        "Deletes a damaged file that was set aside, for good. The alarm ends with the last of them. Written into the audit log first.",
      access: "storage.change",
      body: deleteDamagedSchema,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ body: { name } }, caller) => {
        const outcome = await desk.deleteDamaged(name, doerOf(caller));
        return outcome === "deleted" ? undefined : new Refusal(outcome === "unknown" ? "notFound" : "journalFailing");
      },
    }),
  ];
}
