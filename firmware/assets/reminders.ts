import type { AlarmRecord } from "../contract/alarm.ts";
import { type Asset, daysLeft } from "../contract/asset-fields.ts";
import type { ComputedPoint, Site } from "../site/model.ts";

/** Everything of a room is often bought on one day: no more reminders than this begin or grow more severe in a day. */
export const REMINDERS_PER_DAY_MAX = 20;
/** What ended longer ago is known, and no alarm any more; the assets page goes on saying so. */
export const REMIND_DAYS_AFTER = 365;
/** As many days as nothing ever has left: no date, no reminder. */
const NOTHING_TO_REMIND = Number.POSITIVE_INFINITY;
const UNTIL = { "warranty.remaining": "warrantyUntil", "contract.remaining": "contractUntil" } as const;

export interface ReminderPorts {
  readonly site: Pick<Site, "computed">;
  assetOf(device: string): Asset | null;
  /** The site's calendar day; null while the box does not know the time of day. */
  today(): string | null;
  alarms(): readonly AlarmRecord[];
  /** Returns whether an alarm rang. */
  judge(point: number, value: number): boolean;
}

/** Warranties and contracts that end become alarms, once a day by the site's calendar and at once after an edit. */
export class Reminders {
  readonly #ports: ReminderPorts;
  #day = "";
  #rang = 0;

  constructor(ports: ReminderPorts) {
    this.#ports = ports;
  }

  /** Cheap, and without effect as long as neither the day nor a date has changed. */
  look(): void {
    const today = this.#ports.today();
    if (today === null) return;
    if (today !== this.#day) this.#rang = 0;
    this.#day = today;
    const standing = new Map(this.#ports.alarms().flatMap((alarm) => (alarm.point === null ? [] : [[alarm.point, alarm]])));
    // What ends soonest is told first.
    const ends = this.#ports.site.computed
      .map((point) => ({ point, left: this.#left(point, today) }))
      .toSorted((a, b) => Math.abs(a.left) - Math.abs(b.left));
    for (const { point, left } of ends) this.#judge(point, left, standing.get(`${point.device}/${point.name}`));
  }

  #left({ device, name }: ComputedPoint, today: string): number {
    const left = daysLeft(this.#ports.assetOf(device)?.[UNTIL[name]] ?? "", today);
    return left === null || left < -REMIND_DAYS_AFTER ? NOTHING_TO_REMIND : left;
  }

  #judge({ number }: ComputedPoint, left: number, standing: AlarmRecord | undefined): void {
    if (left === NOTHING_TO_REMIND && standing === undefined) return;
    const mayRing = standing === undefined || left < (standing.value ?? NOTHING_TO_REMIND);
    if (mayRing && this.#rang >= REMINDERS_PER_DAY_MAX) return;
    if (this.#ports.judge(number, left)) this.#rang += 1;
  }
}
