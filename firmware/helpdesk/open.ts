import type { Delivery, Incident } from "../contract/alarm.ts";
import { may } from "../contract/permissions.ts";
import type { DescribeSubject } from "../incidents/event.ts";
import type { Journal } from "../journal/journal.ts";
import { listUsers } from "../people/users.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { HelpDesk } from "./desk.ts";
import { watchLevels } from "./level-watch.ts";

export interface OpenHelpDeskParts {
  readonly site: Pick<Site, "timezone" | "serviceLevels" | "targets">;
  readonly journal: Journal;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly subject: DescribeSubject;
  readonly room: {
    withTickets(incidents: readonly Incident[]): readonly Incident[];
    deliveriesChanged(incidents: readonly string[]): Promise<void>;
  };
  readonly wake: () => void;
}

/** The service desk of a running gateway: the desk that people work at, and the watch on the service levels. */
export function openHelpDesk(parts: OpenHelpDeskParts): { readonly desk: HelpDesk; stop(): Promise<void> } {
  const { site, journal, dataFolder, clock, subject, room, wake } = parts;
  const told = (deliveries: Readonly<Record<string, readonly Delivery[]>>): void => {
    void room.deliveriesChanged(Object.keys(deliveries));
    wake();
  };
  const common = {
    ...{ timezone: site.timezone, levels: site.serviceLevels, targets: site.targets.map(({ id }) => id) },
    ...{ journal, clock, subject, told },
  };
  const desk = new HelpDesk({
    ...common,
    people: async () => {
      const found = await listUsers(dataFolder, clock);
      // A damaged file is told where people are kept; until then nobody can be chosen.
      return "problem" in found ? [] : found.users.filter(({ role }) => may(role, "incident.work")).map(({ name }) => name);
    },
    withTickets: (incidents) => room.withTickets(incidents),
  });
  return { desk, stop: watchLevels(common).stop };
}
