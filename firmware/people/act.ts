import * as z from "zod";

/** Who changed what, as it waits in a durable file to be written into the journal: made in the same write as the change itself. */
export const actSchema = z.object({
  atMs: z.number(),
  by: z.string(),
  from: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type Act = z.infer<typeof actSchema>;
