import type { Loaned } from "../acquire/loan.ts";
import type { Words } from "../contract/alarm.ts";
import type { Job, NetworkScanAsk } from "../contract/commissioning.ts";
import type { Act } from "../people/act.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { type BusAsk, limitOf, type WireBus } from "./ask.ts";
import type { Outcome } from "./bench.ts";
import { ownAddresses, planNetworkScan, runNetworkScan } from "./network.ts";
import { runAsk } from "./run.ts";
import { refusals } from "./words.ts";

export interface CommissioningParts {
  readonly site: Site;
  readonly clock: Clock;
  /** Lends a wire of the running room. */
  readonly lend: <Result>(
    bus: string,
    to: string,
    limitMs: number,
    work: (ends: AbortSignal) => Promise<Result>,
  ) => Promise<Loaned<Result>>;
  /** False: it could not be written into the audit log. */
  readonly note: (act: Act) => Promise<boolean>;
  readonly report: (where: string, error: unknown) => void;
}

export type Started =
  | { readonly job: Job }
  /** `busy`: somebody else has the bus. `notNoted`: the journal could not take the line. */
  | { readonly why: "unknownBus" | "busy" | "notNoted" | "notAccepted"; readonly words: Words };

/** What an engineer may have done on the wires of the running room. */
export interface CommissioningDesk {
  start(asked: BusAsk, doer: Doer): Promise<Started>;
  scanNetwork(ask: NetworkScanAsk, doer: Doer): Promise<Started>;
  /** The latest job of each bus, and of the network. */
  jobs(): readonly Job[];
  job(id: string): Job | null;
  /** False when there is no such job, or it is over. */
  cancel(id: string, doer: Doer): Promise<boolean>;
  stop(): Promise<void>;
}

/** Key of the scan of a network among the jobs of the buses: no bus has it. */
const NETWORK = "";
const ACTIONS = { scan: "bus.scan", identify: "bus.identify", read: "bus.read", write: "bus.write" } as const;

interface Running {
  job: Job;
  readonly cancelling: AbortController;
  over: Promise<void>;
}

export function openCommissioning(parts: CommissioningParts): CommissioningDesk {
  return new Desk(parts);
}

class Desk implements CommissioningDesk {
  readonly #parts: CommissioningParts;
  readonly #jobs = new Map<string, Running>();
  /** Buses whose job is being written down before it begins. */
  readonly #starting = new Set<string>();

  constructor(parts: CommissioningParts) {
    this.#parts = parts;
  }

  async start(asked: BusAsk, doer: Doer): Promise<Started> {
    const { site, lend } = this.#parts;
    const bus = site.buses.find(({ id }) => id === asked.ask.bus);
    if (bus === undefined)
      return {
        why: "unknownBus",
        words: refusals.noSuchBus(
          asked.ask.bus,
          site.buses.map(({ id }) => id),
        ),
      };
    if (bus.kind === "gpio" || bus.kind === "probe") return { why: "notAccepted", words: refusals.unfit(asked.kind, bus.kind) };
    const limitMs = limitOf(asked, bus);
    return this.#begin(bus.id, asked.kind, limitMs, doer, detailOf(asked), async (running) => {
      const loaned = await lend(bus.id, doer.by, limitMs, (ends) => this.#work(asked, bus, doer, running, ends));
      switch (loaned.outcome) {
        case "done":
          return loaned.result;
        case "takenBack":
          return { problem: refusals.takenBack() };
        case "taken":
          return { problem: refusals.lent(bus.id, loaned.by) };
        case "ended":
          return { problem: refusals.ended() };
        default:
          return loaned satisfies never;
      }
    });
  }

  #work(asked: BusAsk, bus: WireBus, doer: Doer, running: Running, ends: AbortSignal): Promise<Outcome> {
    const { site, clock } = this.#parts;
    return runAsk(asked, {
      ...{ bus, clock, known: site.devices.filter((device) => device.bus === bus.id) },
      ends: AbortSignal.any([ends, running.cancelling.signal]),
      tell: (progress, found) => {
        running.job = { ...running.job, progress, found: [...found] };
      },
      note: (before, after) => this.#note(ACTIONS[asked.kind], subjectOf(asked), reasonOf(asked), doer, { before, after }),
    });
  }

  async scanNetwork(ask: NetworkScanAsk, doer: Doer): Promise<Started> {
    const own = ownAddresses();
    const planned = planNetworkScan(ask, own);
    if ("problem" in planned) return { why: "notAccepted", words: planned.problem };
    return this.#begin(NETWORK, "network", planned.limitMs, doer, ask.subnet, async (running) => {
      const result = await runNetworkScan(ask, planned.addresses, own, {
        clock: this.#parts.clock,
        ends: running.cancelling.signal,
        tell: (progress) => {
          running.job = { ...running.job, progress };
        },
      });
      return { result };
    });
  }

  async #begin(
    key: string,
    kind: Job["kind"],
    limitMs: number,
    doer: Doer,
    detail: string,
    work: (running: Running) => Promise<Outcome>,
  ): Promise<Started> {
    const { clock } = this.#parts;
    const other = this.#jobs.get(key)?.job;
    if (other?.state === "running" || this.#starting.has(key))
      return { why: "busy", words: key === NETWORK ? refusals.scanning(other?.by ?? doer.by) : refusals.lent(key, other?.by ?? doer.by) };
    this.#starting.add(key);
    try {
      // A write is written down with its old and new value, right before it.
      const isNoted = kind === "write" || (await this.#note(`bus.${kind}`, key, detail, doer, { before: null, after: null }));
      if (!isNoted) return { why: "notNoted", words: refusals.notNoted() };
    } finally {
      this.#starting.delete(key);
    }
    const job: Job = {
      ...{ id: clock.uuid(), bus: key === NETWORK ? null : key, kind, by: doer.by, startedAtMs: clock.wallMs(), state: "running", limitMs },
      ...{ progress: { done: 0, total: 0, leftMs: limitMs, now: "" }, found: [], result: null, problem: null },
    };
    const running: Running = { job, cancelling: new AbortController(), over: Promise.resolve() };
    this.#jobs.set(key, running);
    running.over = this.#run(running, work);
    return { job };
  }

  async #run(running: Running, work: (running: Running) => Promise<Outcome>): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await work(running);
    } catch (error) {
      // A broken invariant of a job: told, and no reason for the room to end.
      this.#parts.report(`commissioning ${running.job.kind}`, error);
      outcome = { problem: refusals.broken(String(error)) };
    }
    const problem = "problem" in outcome ? outcome.problem : null;
    const state = running.cancelling.signal.aborted ? "cancelled" : problem === null ? "done" : "failed";
    running.job = {
      ...running.job,
      state,
      result: outcome.result ?? null,
      problem,
      progress: { ...running.job.progress, leftMs: 0, now: "" },
    };
  }

  jobs(): readonly Job[] {
    return [...this.#jobs.values()].map(({ job }) => job);
  }

  job(id: string): Job | null {
    return this.jobs().find((job) => job.id === id) ?? null;
  }

  async cancel(id: string, doer: Doer): Promise<boolean> {
    const running = [...this.#jobs.values()].find(({ job }) => job.id === id);
    if (running === undefined || running.job.state !== "running") return false;
    running.cancelling.abort();
    await this.#note("bus.cancel", running.job.bus ?? NETWORK, running.job.kind, doer, { before: null, after: null });
    return true;
  }

  /** Ends what runs; the wires are taken back by the room. */
  async stop(): Promise<void> {
    for (const { cancelling } of this.#jobs.values()) cancelling.abort();
    const { clock } = this.#parts;
    const patience = new AbortController();
    await Promise.race([Promise.all([...this.#jobs.values()].map(({ over }) => over)), clock.sleep(STOP_MS, patience.signal)]);
    patience.abort();
  }

  #note(action: string, subject: string, detail: string, doer: Doer, values: Pick<Act, "before" | "after">): Promise<boolean> {
    return this.#parts.note({ atMs: this.#parts.clock.wallMs(), ...doer, action, subject, detail, ...values });
  }
}

/** What is in the middle of a question ends with it. */
const STOP_MS = 5_000;

function detailOf(asked: BusAsk): string {
  switch (asked.kind) {
    case "scan":
      return asked.ask.units === undefined ? "" : `units ${asked.ask.units.join(",")}`.slice(0, 200);
    case "identify":
      return asked.ask.unit === undefined ? "" : `unit ${asked.ask.unit}`;
    case "read": {
      const { what } = asked.ask;
      if (what.kind === "frame") return "frame";
      return "oid" in what ? `${what.kind} ${what.oid}` : `unit ${what.unit} ${what.kind} ${what.address}+${what.count}`;
    }
    case "write":
      return "";
    default:
      return asked satisfies never;
  }
}

function subjectOf({ kind, ask }: BusAsk): string {
  return kind === "write" ? `${ask.bus} unit ${ask.unit} ${ask.table} ${ask.address}` : ask.bus;
}

function reasonOf(asked: BusAsk): string {
  if (asked.kind === "write") return asked.ask.reason;
  return asked.kind === "read" && asked.ask.what.kind === "frame" ? asked.ask.what.reason : "";
}
