import type { ProbeSettings } from "../../drivers/probe/plan.ts";
import type { Profile, ProfilePoint } from "../../drivers/profile.ts";
import type { CalmSettings } from "../alarms/calm.ts";
import type { Rule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import type { Asset } from "../contract/asset-fields.ts";
import type { Plan } from "../escalation/plan.ts";
import type { Rota } from "../escalation/rota.ts";
import type { Scope } from "../escalation/scope.ts";
import type { ServiceLevels } from "../incidents/service-level.ts";
import type { Linkage, Output } from "../outputs/output.ts";
import type { Formula } from "../points/formula-value.ts";
import type { PointEntry, PointSpan } from "../points/table.ts";
import type { EarlyWarning } from "./early-warnings.ts";
import type { InspectionEntry } from "./inspection-schema.ts";
import type { BusEntry, SnmpTraps } from "./schema.ts";
import type { StorageLimits } from "./storage-schema.ts";
import type { TargetEntry } from "./target-schema.ts";

/** A device with everything resolved: its profile loaded, its points numbered. */
export interface Device {
  readonly id: string;
  readonly name: Words;
  readonly area: string;
  readonly bus: string;
  readonly profile: Profile;
  /** Modbus unit id or YD/T 1363.3 address; 0 where the protocol has none. */
  readonly unit: number;
  /** Twelve digits of a DL/T 645 meter; empty where the protocol has none. */
  readonly address: string;
  /** Place within the unit; of a contact, its line on the chip. */
  readonly channel: number;
  /** How a contact is while all is well; null: as its profile says. */
  readonly normally: "open" | "closed" | null;
  /** What the line of a contact is at while the contact is closed. */
  readonly closed: "low" | "high";
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** What the site asks of a probed service; empty where nothing is said, and for other protocols. */
  readonly probe: ProbeSettings;
  readonly periodMs: number;
  readonly parents: readonly string[];
  readonly points: readonly ProfilePoint[];
  /** As the site file says; what was edited on the box stands over it. */
  /** Words of the site's own, by which targets and plans pick it. */
  readonly tags: readonly string[];
  readonly asset: Asset;
}

/** A number that the box works out about a device; no wire brings it. Judged by rules like any other. */
export interface ComputedPoint {
  readonly device: string;
  readonly name: "warranty.remaining" | "contract.remaining";
  /** Where its rules find it: after the points of the wires. */
  readonly number: number;
}

/** A point that is worked out from others; it has a value, a quality and a history like one that is read. */
export interface FormulaPlace {
  readonly id: string;
  readonly device: string;
  readonly name: string;
  /** In `Site.points`, behind those of the wires. */
  readonly number: number;
  /** As the site file has it. */
  readonly text: string;
  readonly formula: Formula;
}

/** Something that has to happen again and again, with the key of the alarm when it did not. */
export interface ExpectedEvent {
  readonly id: string;
  readonly key: string;
  readonly event:
    | { readonly kind: "state"; readonly point: number; readonly state: number }
    | { readonly kind: "moved"; readonly point: number }
    | { readonly kind: "sheet"; readonly round: string };
  /** The longest time between two of them; null: by a time of the day. */
  readonly everyMs: number | null;
  /** Minutes since midnight, on these days (1 is Monday). */
  readonly byMinute: number;
  readonly days: readonly number[];
}

export interface Area {
  readonly id: string;
  readonly name: Words;
  readonly parent: string | null;
}

/** A door with everything resolved. */
export interface Door {
  readonly id: string;
  readonly name: Words;
  readonly area: string;
  readonly contact: string | null;
  readonly readers: readonly { readonly device: string; readonly direction: "in" | "out" | "told" }[];
  /** The device of a wired exit button. */
  readonly exitButton: string | null;
  readonly openTooLongMs: number;
  readonly cardOpensForMs: number;
  readonly refusals: { readonly count: number; readonly withinMs: number };
  /** Every way through it is known to the box, so that an opening without a card means force. */
  readonly judgesForce: boolean;
  /** Keys of its alarms; null where it can have none. */
  readonly alarms: { readonly forced: string | null; readonly denied: string | null };
}

/**
 * A checked site. `points` and `spans` are in the order of the devices: span n belongs to device n. Behind the points of the wires stand those
 * of `formulas`.
 */
export interface Site {
  readonly id: string;
  readonly name: Words;
  readonly timezone: string;
  readonly areas: readonly Area[];
  readonly buses: readonly BusEntry[];
  readonly devices: readonly Device[];
  readonly points: readonly PointEntry[];
  readonly spans: readonly PointSpan[];
  readonly computed: readonly ComputedPoint[];
  /** In the order in which they are worked out. */
  readonly formulas: readonly FormulaPlace[];
  readonly expected: readonly ExpectedEvent[];
  readonly rules: readonly Rule[];
  /** Alarms that ring when a limit is foretold. */
  readonly warnings: readonly EarlyWarning[];
  readonly calm: CalmSettings;
  readonly targets: readonly TargetEntry[];
  /** By target: the alarms that it is told; those without one are told all. */
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly rotas: readonly Rota[];
  /** Whom alarms call, and when; the first that fits an alarm is its plan. */
  readonly plans: readonly Plan[];
  /** Where and how devices tell that something has happened; null: nobody listens. */
  readonly snmpTraps: SnmpTraps | null;
  /** `allow`: addresses that may connect to the box; `targets`: addresses and names that it may tell. In CIDR notation; null: all. */
  readonly network: { readonly allow: readonly string[] | null; readonly targets: readonly string[] | null };
  readonly doors: readonly Door[];
  /** Rounds as the file describes them; none: the house makes one of what the site has. */
  readonly inspection: readonly InspectionEntry[];
  /** Sirens, beacons and relays, and what switches them beside alarms and people. */
  readonly outputs: readonly Output[];
  readonly linkages: readonly Linkage[];
  /** Of the documents that the house makes by itself. */
  readonly exports: { readonly language: "zh" | "en"; readonly keepDays: number };
  /** Days and bytes. */
  readonly storage: StorageLimits;
  /** In what time incidents are taken and resolved. */
  readonly serviceLevels: ServiceLevels;
}
