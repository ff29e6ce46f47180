import type { AlarmRecord } from "../contract/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { plannedTargets } from "../site/resolve-escalation.ts";
import { Escalator } from "./escalator.ts";
import type { Person } from "./rota.ts";
import { whereaboutsIn } from "./whereabouts.ts";

export interface EscalationParts {
  readonly site: Site;
  readonly journal: Pick<Journal, "escalations">;
  readonly live: readonly AlarmRecord[];
  readonly clock: Pick<Clock, "uuid">;
  /** Who is on call now. */
  readonly onCall: (rota: string) => Person | null;
}

/** The escalations of a room, where its last run left them; null: the site has no plans, and nothing is left of any. */
export async function openEscalation({ site, journal, live, clock, onCall }: EscalationParts): Promise<Escalator | null> {
  const known = await journal.escalations();
  if (site.plans.length === 0 && known.length === 0) return null;
  const recipients = Object.fromEntries(
    site.targets.flatMap((target) => (target.kind === "mail" ? [[target.id, target.to] as const] : [])),
  );
  const rules = {
    plans: site.plans,
    timezone: site.timezone,
    channels: { targets: site.targets.map(({ id }) => id), planned: plannedTargets(site.plans, site.rotas), recipients },
    whereabouts: whereaboutsIn(site),
  };
  return new Escalator({ rules, known, live, world: { onCall, newEvent: () => clock.uuid() } });
}
