import * as z from "zod";
import { clockSourceSchema } from "./clock.ts";
import { roleSchema } from "./site.ts";

const nameSchema = z.string().min(1).max(64);
const passwordSchema = z.string().min(1).max(512);

/** Bodies of the three ways in, and of changing one's password. */
export const signInSchema = z.union([
  z.strictObject({ name: nameSchema, password: passwordSchema }),
  z.strictObject({ token: z.string().min(1).max(256).describe("access token, begins with rw_") }),
]);
export const redeemSchema = z.strictObject({
  code: z.string().min(1).max(64).describe("one-time code, as the gateway printed it or an administrator gave it"),
  name: z.string().max(64).default("").describe("sign-in name of the first administrator; everybody else's is known already"),
  password: passwordSchema.describe("the password to be"),
});
export const changePasswordSchema = z.strictObject({ current: passwordSchema, next: passwordSchema });

export const userSchema = z.object({
  name: z.string(),
  role: roleSchema,
  createdAtMs: z.number(),
  hasPassword: z.boolean().describe("false: the one-time code was not used yet"),
  codeUntilMs: z.number().nullable().describe("until when their one-time code is good; null: there is none"),
});
export type UserView = z.infer<typeof userSchema>;
export const tokenSchema = z.object({ id: z.string(), name: z.string(), role: roleSchema, createdAtMs: z.number() });
export const peopleReplySchema = z.object({ users: z.array(userSchema), tokens: z.array(tokenSchema) });
export type PeopleView = z.infer<typeof peopleReplySchema>;
export const namedSchema = z.strictObject({ name: nameSchema });
export const namedRoleSchema = z.strictObject({ name: nameSchema, role: roleSchema });
export const codeReplySchema = z.object({ code: z.string().describe("shown this once"), expiresAtMs: z.number() });

/** Somebody who is signed in, and where. */
export const signedInSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  kind: z.enum(["person", "screen"]).describe("`screen`: signed in with a token"),
  from: z.string().describe("address it was opened from"),
  openedAtMs: z.number(),
  seenAtMs: z.number().describe("when somebody last did something there"),
  isThis: z.boolean().describe("the session that asks"),
});
export type SessionView = z.infer<typeof signedInSchema>;
export const sessionsReplySchema = z.object({ sessions: z.array(signedInSchema) });
export const sessionIdSchema = z.strictObject({ id: z.string().min(1).max(64) });

export const networkReplySchema = z.object({
  allow: z.array(z.string()).nullable().describe("addresses that may connect; null: all"),
  refused: z.number().int().describe("connections turned away since the start"),
});
export type NetworkView = z.infer<typeof networkReplySchema>;
export const tokenReplySchema = z.object({ token: z.string().describe("shown this once") });

/** One line of the audit log: who did what, from where, and both values. */
export const auditRowSchema = z.object({
  number: z.number().int(),
  atMs: z.number(),
  toldMs: z.number().nullable().describe("what the box said then, where `atMs` was put right when it knew the time; this one is hashed"),
  boot: z.number().int().nullable().describe("starts of the gateway, counted; null: a line of old, or of a command beside the gateway"),
  uptimeMs: z.number().nullable().describe("since that start"),
  clock: clockSourceSchema.nullable().describe("how the time of day was known"),
  by: z.string().describe("empty: somebody who was turned away"),
  from: z.string().describe("address of the machine, or `console`"),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  hash: z.string().describe("SHA-256 over this line and the hash of the line before it"),
});
export const auditReplySchema = z.object({ lines: z.array(auditRowSchema) });
export type AuditLine = z.infer<typeof auditRowSchema>;
export const auditChoicesSchema = z.object({ by: z.array(z.string()), actions: z.array(z.string()) });
export const auditCheckSchema = z.object({
  whole: z.boolean().describe("every line is as it was written"),
  lines: z.number().int().describe("lines kept; before a wrong line: those that were right"),
  dropped: z.number().int().describe("older lines that were dropped for their age"),
  head: z.string().nullable().describe("hash of the last line, to note down elsewhere"),
  wrong: z
    .object({ number: z.number().int(), how: z.enum(["altered", "removed", "added"]) })
    .nullable()
    .describe("the first line that is wrong"),
});
export type AuditCheck = z.infer<typeof auditCheckSchema>;
