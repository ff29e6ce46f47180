import * as z from "zod";
import { siteFileSchema } from "./schema.ts";

/** The site file for editors that complete and check while one types (JSON Schema 2020-12). */
export function siteJsonSchema(): object {
  return z.toJSONSchema(siteFileSchema, { io: "input" });
}
