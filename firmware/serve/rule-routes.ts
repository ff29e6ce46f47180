import * as z from "zod";
import { rulesReplySchema } from "../contract/rules.ts";
import type { ServePorts } from "./ports.ts";
import { type Route, route } from "./routes.ts";

const rulesQuerySchema = z.strictObject({
  device: z.string().min(1).max(64).optional().describe("device id"),
  point: z.string().min(1).max(255).optional().describe("point id"),
});

/** How the room is judged, and who says so. */
export function ruleRoutes(port: Pick<ServePorts, "rules">): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/rules",
      summary: "The rules that hold: limits, delays and severities, each with who says it",
      access: "room.see",
      query: rulesQuerySchema,
      reply: rulesReplySchema,
      answer: ({ query }) => ({ rules: [...port.rules(query)] }),
    }),
  ];
}
