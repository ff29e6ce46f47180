import type { AcknowledgeReply, AlarmRecord, Delivery, Words } from "../contract/alarm.ts";
import type { ClockState } from "../contract/clock.ts";
import type { BusDoctorView } from "../contract/doctor.ts";
import type { ForecastRecordReply, ForecastsReply } from "../contract/forecast.ts";
import type { MaintenanceWindow } from "../contract/maintenance.ts";
import type { RuleView } from "../contract/rules.ts";
import type { BusHealth, Health, History, PointValue, SiteView, TrapHealth } from "../contract/site.ts";
import type { HistoryStore, SampleSource } from "../history/history.ts";
import type { InspectionDesk } from "../inspection/desk.ts";
import type { Doer } from "../people/people-file.ts";
import type { Person } from "../people/token-book.ts";

/** Inspection rounds, as HTTP works with them. */
export type InspectionPort = Pick<InspectionDesk, "today" | "month" | "sheet" | "answer" | "sign" | "review" | "correct">;

/** What is ahead, and how well it was foretold so far. */
export interface ForecastPort {
  reply(): ForecastsReply;
  record(): ForecastRecordReply;
}

/** What the gateway gives to HTTP. Joined to the real things by main, to a scripted room by tests. */
export interface ServePorts {
  readonly site: SiteView;
  pointValues(): readonly PointValue[];
  /** The rules of a device or of one point, each number with who says it; without a filter all. */
  rules(filter: { readonly device?: string | undefined; readonly point?: string | undefined }): readonly RuleView[];
  /** The last minutes of these points, or the ids that the site does not have. */
  history(points: readonly string[], minutes: number): History | { readonly unknown: readonly string[] };
  /** What is remembered on the disk. */
  readonly minutes: HistoryStore & SampleSource;
  alarms(): readonly AlarmRecord[];
  readonly inspection: InspectionPort;
  readonly forecasts: ForecastPort;
  health(): Health;
  buses(): readonly BusHealth[];
  traps(): TrapHealth | null;
  doctor(): readonly BusDoctorView[];
  /** Resolved means committed to the journal. `problem` says why it could not be. */
  acknowledge(keys: readonly string[], doer: Doer, note: string): Promise<AcknowledgeReply | { readonly problem: Words }>;
}

/** What the gateway gives to the live stream. The columns are the gateway's own, read when a frame is made. */
export interface LivePorts {
  readonly version: string;
  readonly revision: string;
  readonly points: {
    readonly values: Float64Array;
    readonly qualities: Uint8Array;
    /** Wall clock of the last good reading, ms; NaN: never since start. */
    readonly lastGoodWallMs: Float64Array;
  };
  alarms(): readonly AlarmRecord[];
  /** Deliveries of the incidents of the live alarms, by incident id. */
  deliveries(): Readonly<Record<string, readonly Delivery[]>>;
  buses(): readonly BusHealth[];
  clock(): ClockState;
  maintenance(): readonly MaintenanceWindow[];
  /** Null as soon as what this person showed is not good any more. */
  stillValid(personId: string): Promise<Person | null>;
}

/** Where a broken invariant of ours is told: the request ends with "internal error", the gateway goes on. */
export type ReportFault = (where: string, error: unknown) => void;
