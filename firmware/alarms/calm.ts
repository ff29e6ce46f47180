import type { AlarmRecord } from "../contract/alarm.ts";
import type { MaintenanceWindow } from "../contract/maintenance.ts";
import { type Aside, NOT_ASIDE, SETTLE } from "./aside.ts";
import type { BookTime } from "./book.ts";
import type { AlarmChange } from "./change.ts";
import { ChatterWatch } from "./chatter.ts";
import { isEmergency } from "./emergency.ts";
import { FLOOD_LIMITS, type FloodLimits, FloodWatch } from "./flood.ts";
import { GROUP_WITHIN_MS, Grouping, type Membership, membershipOf } from "./grouping.ts";
import type { Rule } from "./rule.ts";
import { type Placed, Topology } from "./topology.ts";
import { Windows } from "./windows.ts";

/** After what explained it has ended, an alarm is judged by itself only when its own delay, and at least this, is over. */
export const RELEASE_AFTER_MS = 30_000;
const REMEMBER_MS = 600_000;

export interface CalmSettings {
  /** Alarms of one place within this time are one incident; 0: each is its own. */
  readonly groupWithinMs: number;
  readonly flood: FloodLimits;
}

export const CALM_SETTINGS: CalmSettings = { groupWithinMs: GROUP_WITHIN_MS, flood: FLOOD_LIMITS };

type Live = ReadonlyMap<string, AlarmRecord>;

/**
 * What keeps a room calm: why an alarm is set aside, which incident it belongs to, and whether there are too many. Pure but for its
 * memory of the last minutes. Without a site nothing is set aside and every alarm is an incident of its own.
 */
export class Calm {
  readonly flood: FloodWatch;
  readonly chatter = new ChatterWatch();
  readonly #topology: Topology;
  readonly #windows: Windows;
  readonly #grouping: Grouping;
  readonly #settings: CalmSettings;
  readonly #headings: { readonly flood: string | null; readonly restarted: string | null };
  /** Since when nothing explains an alarm any more, monotonic. */
  readonly #freeSinceMs = new Map<string, number>();
  #isSettling: boolean;
  /** The incident of all that is found while watching begins. */
  #settleIncident: { readonly id: string; readonly number: string | undefined } | null = null;

  constructor(parts: {
    readonly site: Placed;
    readonly rules: readonly Rule[];
    readonly live: readonly AlarmRecord[];
    readonly windows?: readonly MaintenanceWindow[];
    readonly settings?: CalmSettings;
    /** Watching has only just begun: what is found is not told yet. */
    readonly settling?: boolean;
  }) {
    const { rules, live } = parts;
    const byKey = new Map(rules.map((rule) => [rule.key, rule]));
    const keyOf = (type: Rule["type"]): string | null => rules.find((rule) => rule.kind === "silence" && rule.type === type)?.key ?? null;
    this.#settings = parts.settings ?? CALM_SETTINGS;
    this.#topology = new Topology(parts.site, rules);
    this.#windows = new Windows(this.#topology, parts.windows ?? []);
    this.#grouping = new Grouping(this.#topology, this.#settings.groupWithinMs, (key) => byKey.get(key));
    this.#headings = { flood: keyOf("flood"), restarted: keyOf("restarted") };
    this.#isSettling = parts.settling ?? false;
    const { flood } = this.#headings;
    this.flood = new FloodWatch(
      this.#settings.flood,
      live.some(({ key, clearedAtMs }) => key === flood && clearedAtMs === null),
    );
  }

  get floodKey(): string | null {
    return this.#headings.flood;
  }

  get restartedKey(): string | null {
    return this.#headings.restarted;
  }

  get floodLimits(): FloodLimits {
    return this.#settings.flood;
  }

  get groupWithinMs(): number {
    return this.#settings.groupWithinMs;
  }

  get isSettling(): boolean {
    return this.#isSettling;
  }

  get windows(): readonly MaintenanceWindow[] {
    return this.#windows.all;
  }

  setWindows(windows: readonly MaintenanceWindow[]): void {
    this.#windows.set(windows);
  }

  /** Time has passed: windows begin and end, old memories go. Returns whether other windows are in force than before. */
  look({ monotonicMs, wallMs }: BookTime): boolean {
    const haveMoved = this.#windows.look(wallMs);
    this.#grouping.forgetOld(monotonicMs);
    this.chatter.forgetOld(monotonicMs, REMEMBER_MS);
    return haveMoved;
  }

  settled(): void {
    this.#isSettling = false;
  }

  /** What sets the alarm of this rule aside now; `record` is how it stands, undefined: it would be new. */
  asideOf(rule: Rule, record: AlarmRecord | undefined, live: Live, now: BookTime): Aside {
    if (isEmergency(rule) || this.isHeading(rule.key)) return NOT_ASIDE;
    return { suppressedBy: this.#suppressor(rule, record, live, now), window: this.#windows.of(rule.device) };
  }

  /** The incident of a new alarm; null: its own. */
  join(
    rule: Rule,
    { suppressedBy }: Aside,
    live: Live,
    now: BookTime,
    newIncident: () => { id: string; number: string | undefined },
  ): Membership | null {
    const { restarted, flood } = this.#headings;
    if (this.isHeading(rule.key)) return null;
    if (suppressedBy === SETTLE && restarted !== null) {
      this.#settleIncident ??= newIncident();
      return { incident: this.#settleIncident.id, incidentKey: restarted, incidentNumber: this.#settleIncident.number };
    }
    const cause = suppressedBy === null ? undefined : live.get(suppressedBy);
    const joined = this.#grouping.join(rule, cause, live, now.monotonicMs);
    if (joined !== null || flood === null || !this.flood.isOpen || !this.#grouping.isJoinable(rule)) return joined;
    const heading = live.get(flood);
    return heading === undefined || heading.clearedAtMs !== null ? null : membershipOf(heading);
  }

  /** Takes note of a change; returns what the record is marked with because of it. */
  saw(rule: Rule, { cause, record }: AlarmChange, before: AlarmRecord | undefined, { monotonicMs }: BookTime): Marks {
    if (before === undefined) this.#grouping.joined(rule, record.incident, monotonicMs);
    if (cause === "raise" && !this.isHeading(rule.key)) {
      this.flood.rang(monotonicMs);
      const isBack = before === undefined || before.clearedAtMs !== null;
      return isBack && this.chatter.raised(rule.key, monotonicMs) ? { chattering: true } : {};
    }
    if (cause === "clear" && before !== undefined && asRang(before) && this.chatter.isFleeting(rule.key, rule.onDelayMs, monotonicMs))
      return { fleeting: true };
    return {};
  }

  isHeading(key: string): boolean {
    return key === this.#headings.flood || key === this.#headings.restarted;
  }

  get settleIncident(): { readonly id: string; readonly number: string | undefined } | null {
    return this.#settleIncident;
  }

  #suppressor(rule: Rule, record: AlarmRecord | undefined, live: Live, { monotonicMs }: BookTime): string | null {
    const cause = this.#topology.causeOf(rule, (key) => live.get(key)?.clearedAtMs === null);
    if (cause !== null) {
      this.#freeSinceMs.delete(rule.key);
      return cause;
    }
    // What the gateway says of itself and of its links is no finding, and a door that is forced now is forced now.
    const isNews =
      this.#grouping.isJoinable(rule) && (record === undefined || record.clearedAtMs !== null || record.suppressedBy === SETTLE);
    if (this.#isSettling && isNews) return SETTLE;
    if (record?.suppressedBy === undefined || record.suppressedBy === SETTLE) return null;
    const sinceMs = this.#freeSinceMs.get(rule.key) ?? monotonicMs;
    this.#freeSinceMs.set(rule.key, sinceMs);
    if (monotonicMs - sinceMs < Math.max(rule.onDelayMs, RELEASE_AFTER_MS)) return record.suppressedBy;
    this.#freeSinceMs.delete(rule.key);
    return null;
  }
}

type Marks = { readonly chattering?: true; readonly fleeting?: true };

function asRang({ state }: AlarmRecord): boolean {
  return state === "B" || state === "C";
}
