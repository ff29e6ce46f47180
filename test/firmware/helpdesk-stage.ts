import type { Words } from "../../firmware/contract/alarm.ts";
import { HelpDesk, type HelpDeskParts } from "../../firmware/helpdesk/desk.ts";
import type { Subject } from "../../firmware/incidents/event.ts";
import type { ServiceLevels } from "../../firmware/incidents/service-level.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import type { Clock } from "../../firmware/platform/clock.ts";
import { resolveServiceLevels, SERVICE_LEVEL_DEFAULTS } from "../../firmware/site/service-level-schema.ts";
import { alarm, entry, raised } from "./journal-entries.ts";

const both = (text: string): Words => ({ zh: text, en: text });

export const SUBJECT: Subject = {
  ...{ reporter: both("Roomward"), category: "cooling", device: both("CRAC 1"), location: both("Site / Room"), maker: "Canatal" },
  ...{ model: "9AD", serial: "SN-7", assetNumber: "", owner: "", provider: "Cool Ltd", contract: "", servicePhone: "400-1" },
  ...{ warrantyUntil: "2027-05-01", inWarranty: true },
};

/** The house's own levels. */
export const LEVELS: ServiceLevels = resolveServiceLevels(SERVICE_LEVEL_DEFAULTS);
export const PEOPLE = ["li", "wang", "the operator"];

/** The service desk on a journal, where nobody is told anything. */
export function helpDesk(journal: Journal, clock: Clock, more: Partial<HelpDeskParts> = {}): HelpDesk {
  return new HelpDesk({
    ...{ timezone: "Asia/Shanghai", levels: LEVELS, targets: [], journal, clock, subject: () => SUBJECT, people: async () => PEOPLE },
    ...{ told: () => undefined, withTickets: (incidents) => incidents },
    ...more,
  });
}

/** For the server's tests: a desk with one incident on it. */
export async function helpDeskOn(journal: Journal, clock: Clock): Promise<HelpDesk> {
  const record = { ...alarm(), incidentNumber: "RW-000001" };
  const made = await journal.commit(entry([raised(record)], { atMs: clock.wallMs() }));
  if (!made.ok) throw new Error(made.message.en);
  return helpDesk(journal, clock);
}
