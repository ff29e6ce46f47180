import type { BookTime } from "./alarms/book.ts";
import { isInForce } from "./alarms/windows.ts";
import type { Words } from "./contract/alarm.ts";
import {
  type MaintenanceRequest,
  type MaintenanceWindow,
  type OutOfServiceRequest,
  WINDOW_LATE_MAX_MS,
  WINDOW_MAX_MS,
  WINDOWS_MAX,
} from "./contract/maintenance.ts";
import type { Fault } from "./contract/site.ts";
import type { AuditEntry, Journal } from "./journal/journal.ts";
import type { Doer } from "./people/people-file.ts";
import type { Clock } from "./platform/clock.ts";

/** Windows that have ended stay to be looked at. */
const ENDED_SHOWN_MAX = 50;
const RETRY_MS = 10_000;

export interface MaintenanceParts {
  readonly site: { readonly areas: readonly { readonly id: string }[]; readonly devices: readonly { readonly id: string }[] };
  readonly journal: Pick<Journal, "commit">;
  readonly clock: Clock;
  readonly windows: readonly MaintenanceWindow[];
  /** The windows are on the disk: alarms go by them from now on. */
  readonly changed: (windows: readonly MaintenanceWindow[]) => void;
}

type Outcome = { readonly window: MaintenanceWindow } | { readonly faults: readonly Fault[] } | { readonly problem: Words };

/** Maintenance windows and devices out of service: planned and ended by people, begun and over by time. Each step is in the journal first. */
export class MaintenanceDesk {
  readonly #parts: MaintenanceParts;
  #windows: readonly MaintenanceWindow[];
  #notBeforeMs = 0;
  #writing = false;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#windows = parts.windows;
  }

  /** In force or planned, the next to begin first; then the last that ended. */
  list(): readonly MaintenanceWindow[] {
    const [ended, open] = [this.#windows.filter(hasEnded), this.#windows.filter((window) => !hasEnded(window))];
    return [
      ...open.toSorted((a, b) => a.fromMs - b.fromMs),
      ...ended.toSorted((a, b) => (b.endedAtMs ?? 0) - (a.endedAtMs ?? 0)).slice(0, ENDED_SHOWN_MAX),
    ];
  }

  async plan(asked: MaintenanceRequest, doer: Doer): Promise<Outcome> {
    const nowMs = this.#parts.clock.wallMs();
    const fromMs = asked.fromMs ?? nowMs;
    const faults = [...this.#scopeFaults(asked.scope), ...timeFaults(fromMs, asked.untilMs, nowMs), ...this.#roomFaults()];
    if (faults.length > 0) return { faults };
    const { scope, untilMs, change, requester, reason } = asked;
    return this.#add({ kind: "maintenance", scope, fromMs, untilMs, change, requester, reason }, doer);
  }

  async takeOut({ devices, reason, requester }: OutOfServiceRequest, doer: Doer): Promise<Outcome> {
    const scope = { all: false, areas: [], devices };
    const faults = [
      ...this.#scopeFaults(scope).map(({ path, ...rest }) => ({ ...rest, path: path.replace("scope.", "") })),
      ...this.#roomFaults(),
    ];
    if (faults.length > 0) return { faults };
    const what = { kind: "outOfService" as const, scope, fromMs: this.#parts.clock.wallMs(), untilMs: null, change: "", requester, reason };
    return this.#add(what, doer);
  }

  /** Null: there is no such window, or it is over. */
  async end(id: string, doer: Doer): Promise<Outcome | null> {
    const window = this.#windows.find((one) => one.id === id && !hasEnded(one));
    if (window === undefined) return null;
    const atMs = this.#parts.clock.wallMs();
    return this.#record({ ...window, endedAtMs: atMs }, this.#line(window, "end", doer));
  }

  /** Windows begin and end by themselves. What the journal cannot take now is tried again. */
  tick({ monotonicMs, wallMs }: BookTime): void {
    if (this.#writing || monotonicMs < this.#notBeforeMs) return;
    const due = this.#windows.find(
      (window) =>
        !hasEnded(window) &&
        ((window.untilMs !== null && window.untilMs <= wallMs) || (window.startedAtMs === null && isInForce(window, wallMs))),
    );
    if (due === undefined) return;
    const isOver = due.untilMs !== null && due.untilMs <= wallMs;
    const doer = { by: due.by, from: "" };
    const next = isOver ? { ...due, endedAtMs: wallMs } : { ...due, startedAtMs: wallMs };
    this.#writing = true;
    void this.#record(next, this.#line(due, isOver ? "end" : "start", doer)).then((outcome) => {
      this.#writing = false;
      if ("problem" in outcome) this.#notBeforeMs = monotonicMs + RETRY_MS;
    });
  }

  /** The journal began a new file: it must know them. */
  recordAgain(): void {
    const { journal, clock } = this.#parts;
    const entry = { atMs: clock.wallMs(), clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [], audit: [] };
    // What is refused now stays in memory, and the next change of a window is written all the same.
    if (this.#windows.length > 0) void journal.commit({ ...entry, windows: this.#windows });
  }

  #add(what: Omit<MaintenanceWindow, "id" | "by" | "startedAtMs" | "endedAtMs">, doer: Doer): Promise<Outcome> {
    const { clock } = this.#parts;
    const isNow = what.fromMs <= clock.wallMs();
    const window = { ...what, id: clock.uuid(), by: doer.by, startedAtMs: isNow ? clock.wallMs() : null, endedAtMs: null };
    return this.#record(window, this.#line(window, isNow ? "start" : "plan", doer));
  }

  async #record(
    window: MaintenanceWindow,
    line: AuditEntry,
  ): Promise<{ readonly window: MaintenanceWindow } | { readonly problem: Words }> {
    const { journal, clock, changed } = this.#parts;
    const outcome = await journal.commit({
      ...{ atMs: clock.wallMs(), clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [] },
      ...{ audit: [line], windows: [window] },
    });
    if (!outcome.ok) return { problem: outcome.message };
    this.#windows = [...this.#windows.filter(({ id }) => id !== window.id), window];
    changed(this.#windows);
    return { window };
  }

  #line(window: MaintenanceWindow, step: "plan" | "start" | "end", { by, from }: Doer): AuditEntry {
    const { kind, scope, change, requester, reason } = window;
    const subject = scope.all ? "all" : [...scope.areas, ...scope.devices].join(" ");
    const detail = [change, requester, reason].filter((part) => part !== "").join(" · ");
    const action = kind === "maintenance" ? `maintenance.${step}` : step === "end" ? "device.returnToService" : "device.outOfService";
    return { atMs: this.#parts.clock.wallMs(), by, from, action, subject: subject.slice(0, 255), detail };
  }

  #scopeFaults({ all, areas, devices }: MaintenanceWindow["scope"]): readonly Fault[] {
    const { site } = this.#parts;
    const expected = (zh: string, en: string) => ({ zh, en });
    return [
      ...(all || areas.length > 0 || devices.length > 0
        ? []
        : [{ path: "scope", expected: expected("至少一个区域或设备，或整个机房", "an area or a device at least, or the whole room") }]),
      ...areas.flatMap((id, index) =>
        site.areas.some((area) => area.id === id)
          ? []
          : [{ path: `scope.areas[${index}]`, expected: expected("本站的区域", "an area of this site") }],
      ),
      ...devices.flatMap((id, index) =>
        site.devices.some((device) => device.id === id)
          ? []
          : [{ path: `scope.devices[${index}]`, expected: expected("本站的设备", "a device of this site") }],
      ),
    ];
  }

  #roomFaults(): readonly Fault[] {
    if (this.#windows.filter((window) => !hasEnded(window)).length < WINDOWS_MAX) return [];
    return [
      {
        path: "",
        expected: { zh: `最多 ${WINDOWS_MAX} 个维护窗口；请先结束旧的`, en: `at most ${WINDOWS_MAX} windows; end old ones first` },
      },
    ];
  }
}

function timeFaults(fromMs: number, untilMs: number, nowMs: number): readonly Fault[] {
  const faults: Fault[] = [];
  if (fromMs < nowMs - WINDOW_LATE_MAX_MS)
    faults.push({ path: "fromMs", expected: { zh: "不早于现在（最多补记 5 分钟）", en: "not before now; five minutes late at most" } });
  if (untilMs <= fromMs) faults.push({ path: "untilMs", expected: { zh: "结束时间晚于开始时间", en: "an end after the start" } });
  else if (untilMs <= nowMs) faults.push({ path: "untilMs", expected: { zh: "结束时间在将来", en: "an end that is not in the past" } });
  else if (untilMs - fromMs > WINDOW_MAX_MS)
    faults.push({
      path: "untilMs",
      expected: { zh: "最长 7 天；更久请将设备停用", en: "seven days at most; what is away for longer is out of service" },
    });
  return faults;
}

function hasEnded({ endedAtMs }: MaintenanceWindow): boolean {
  return endedAtMs !== null;
}
