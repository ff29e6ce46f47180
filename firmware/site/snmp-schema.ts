import * as z from "zod";

export const snmpSecurity = {
  level: z.enum(["noAuthNoPriv", "authNoPriv", "authPriv"]).default("authPriv"),
  authProtocol: z.enum(["md5", "sha", "sha224", "sha256", "sha384", "sha512"]).default("sha256"),
  authKey: z.string().min(8).optional(),
  privProtocol: z.enum(["des", "aes", "aes256b", "aes256r"]).default("aes"),
  privKey: z.string().min(8).optional(),
};
export const snmpAccess = {
  community: z.string().min(1).default("public"),
  user: z.string().min(1).optional(),
  ...snmpSecurity,
  context: z.string().optional(),
};
