import type { AlarmActReply, MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import { type Answer, ask } from "./api.ts";

export const shelve = (keys: readonly string[], reason: string, forMs: number | null): Promise<Answer<AlarmActReply>> =>
  done(ask("POST", "/api/v1/alarms/shelve", { keys, reason, forMs }));
export const unshelve = (keys: readonly string[]): Promise<Answer<AlarmActReply>> => done(ask("POST", "/api/v1/alarms/unshelve", { keys }));
export const silence = (keys: readonly string[], forMs: number): Promise<Answer<AlarmActReply>> =>
  done(ask("POST", "/api/v1/alarms/silence", { keys, forMs }));

type Window = { readonly window: MaintenanceWindow };
export const planWindow = (asked: object): Promise<Answer<Window>> => ask("POST", "/api/v1/maintenance", asked);
export const takeOut = (devices: readonly string[], reason: string): Promise<Answer<Window>> =>
  ask("POST", "/api/v1/devices/out-of-service", { devices, reason });
export const endWindow = (id: string): Promise<Answer<Window>> => ask("DELETE", `/api/v1/maintenance?id=${encodeURIComponent(id)}`);

/** Not one of the alarms would have it: the box's reason is the answer. */
async function done(asked: Promise<Answer<AlarmActReply>>): Promise<Answer<AlarmActReply>> {
  const answer = await asked;
  const why = answer.ok && answer.data.done.length === 0 ? answer.data.refused[0]?.why : undefined;
  return why === undefined ? answer : { ok: false, status: 422, message: why };
}
