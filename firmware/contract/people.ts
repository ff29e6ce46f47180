import * as z from "zod";
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
});
export const tokenSchema = z.object({ id: z.string(), name: z.string(), role: roleSchema, createdAtMs: z.number() });
export const peopleReplySchema = z.object({ users: z.array(userSchema), tokens: z.array(tokenSchema) });
export type PeopleView = z.infer<typeof peopleReplySchema>;
export const namedSchema = z.strictObject({ name: nameSchema });
export const namedRoleSchema = z.strictObject({ name: nameSchema, role: roleSchema });
export const codeReplySchema = z.object({ code: z.string().describe("shown this once"), expiresAtMs: z.number() });
export const tokenReplySchema = z.object({ token: z.string().describe("shown this once") });

/** One line of the audit log: who did what, from where, and both values. */
export const auditRowSchema = z.object({
  number: z.number().int(),
  atMs: z.number(),
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
