import type { Role } from "./site.ts";

const EVERYBODY: readonly Role[] = ["viewer", "operator", "engineer", "administrator", "auditor"];

/** Who may do what: the one table that every route, the live stream and the dashboard go by. */
export const PERMISSIONS = {
  "room.see": EVERYBODY,
  "alarm.acknowledge": ["operator", "engineer", "administrator"],
  "alarm.whatIf": ["engineer", "administrator"],
  // Notes, causes, solutions, problems; and texts that are proposed as runbooks.
  "incident.work": ["operator", "engineer", "administrator"],
  // What others go by when it rings: nobody approves their own.
  "runbook.approve": ["engineer", "administrator"],
  "alarm.silence": ["operator", "engineer", "administrator"],
  "alarm.shelve": ["operator", "engineer", "administrator"],
  // Takes a part of the room out of everybody's sight for hours.
  "maintenance.change": ["engineer", "administrator"],
  "inspection.see": EVERYBODY,
  "inspection.fill": ["operator", "engineer", "administrator"],
  "inspection.review": ["engineer", "administrator"],
  // Names and phone numbers of people: not for a screen on the wall.
  "onCall.see": ["operator", "engineer", "administrator", "auditor"],
  "onCall.swap": ["operator", "engineer", "administrator"],
  "handOver.write": ["operator", "engineer", "administrator"],
  "password.change": EVERYBODY,
  "people.see": ["administrator", "auditor"],
  "people.change": ["administrator"],
  // Names of people and their cards: not for a screen on the wall.
  "access.see": ["operator", "engineer", "administrator", "auditor"],
  "access.enter": ["operator", "engineer", "administrator"],
  "access.holders": ["administrator"],
  "clock.set": ["engineer", "administrator"],
  // What goes over a wire may hold card numbers.
  "bus.record": ["engineer", "administrator"],
  "asset.see": EVERYBODY,
  "asset.change": ["engineer", "administrator"],
  // How the room is judged is no secret to those who work on it; the secrets in it are masked for everybody.
  "configuration.see": ["engineer", "administrator", "auditor"],
  // It says who may connect, whom events go to and with whose credentials: nobody's work on the room needs that.
  "configuration.change": ["administrator"],
  "audit.see": ["administrator", "auditor"],
  "target.resend": ["operator", "engineer", "administrator"],
  "storage.change": ["engineer", "administrator"],
  // Who is on duty sees what sounds and why; to switch something that is wired to the room is an engineer's work.
  "output.see": ["operator", "engineer", "administrator", "auditor"],
  "output.operate": ["engineer", "administrator"],
  "linkage.arm": ["engineer", "administrator"],
  // A wire that is lent is not watched meanwhile.
  "bus.probe": ["engineer", "administrator"],
  "bus.write": ["engineer", "administrator"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type Action = keyof typeof PERMISSIONS;

export function may(role: Role, action: Action): boolean {
  const roles: readonly Role[] = PERMISSIONS[action];
  return roles.includes(role);
}

export function rolesThatMay(action: Action): readonly Role[] {
  return PERMISSIONS[action];
}
