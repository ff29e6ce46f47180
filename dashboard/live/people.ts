import type { AuditCheck, AuditLine, NetworkView, PeopleView, SessionView } from "../../firmware/contract/people.ts";
import type { Role, Session } from "../../firmware/contract/site.ts";
import { type Answer, ask } from "./api.ts";

/** On a small box a long log takes its time. */
const CHECK_TIMEOUT_MS = 180_000;

export interface OneTimeCode {
  readonly code: string;
  readonly expiresAtMs: number;
}
type Sessions = { readonly sessions: readonly SessionView[] };

export const getPeople = (): Promise<Answer<PeopleView>> => ask("GET", "/api/v1/people");
export const getSessions = (): Promise<Answer<Sessions>> => ask("GET", "/api/v1/people/sessions");
export const getNetwork = (): Promise<Answer<NetworkView>> => ask("GET", "/api/v1/people/network");
export const endSession = (id: string): Promise<Answer<unknown>> => ask("POST", "/api/v1/people/sessions/end", { id });
export const addUser = (name: string, role: Role): Promise<Answer<OneTimeCode>> => ask("POST", "/api/v1/people/users", { name, role });
export const resetUser = (name: string): Promise<Answer<OneTimeCode>> => ask("POST", "/api/v1/people/users/reset", { name });
export const changeRole = (name: string, role: Role): Promise<Answer<unknown>> => ask("POST", "/api/v1/people/users/role", { name, role });
export const removeUser = (name: string): Promise<Answer<unknown>> => ask("POST", "/api/v1/people/users/remove", { name });
export const addToken = (name: string, role: Role): Promise<Answer<{ readonly token: string }>> =>
  ask("POST", "/api/v1/people/tokens", { name, role });
export const removeToken = (name: string): Promise<Answer<unknown>> => ask("POST", "/api/v1/people/tokens/remove", { name });

export const getOwnSessions = (): Promise<Answer<Sessions>> => ask("GET", "/api/v1/session/all");
export const endOwnSession = (id: string): Promise<Answer<unknown>> => ask("POST", "/api/v1/session/end", { id });
export const changePassword = (current: string, next: string): Promise<Answer<Session>> =>
  ask("POST", "/api/v1/session/password", { current, next });

/** Which lines; empty: it does not matter. */
export interface AuditFilter {
  readonly by: string;
  readonly action: string;
  readonly day: string;
}
const query = (values: Readonly<Record<string, string>>): string =>
  String(new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")));

/** Newest first; `before`: only those with a lesser number. */
export const getAudit = (filter: AuditFilter, limit: number, before?: number): Promise<Answer<{ readonly lines: readonly AuditLine[] }>> =>
  ask("GET", `/api/v1/audit?${query({ ...filter, limit: String(limit), before: before === undefined ? "" : String(before) })}`);
export const getAuditChoices = (): Promise<Answer<{ readonly by: readonly string[]; readonly actions: readonly string[] }>> =>
  ask("GET", "/api/v1/audit/choices");
export const checkAudit = (): Promise<Answer<AuditCheck>> => ask("GET", "/api/v1/audit/check", undefined, CHECK_TIMEOUT_MS);
export const auditExport = (filter: AuditFilter, language: string): string => `/api/v1/audit/export?${query({ ...filter, language })}`;
