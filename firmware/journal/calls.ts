import type { JournalCalls, Stamp } from "./journal.ts";
import type { JournalStore } from "./store.ts";

/** Lines of the audit log that are checked between two commits: some 20 ms of a small box. */
const AUDIT_ROWS_PER_STEP = 250;

export type JournalRequest = {
  [Call in keyof JournalCalls]: {
    readonly id: number;
    readonly call: Call;
    readonly argument: JournalCalls[Call]["argument"];
    readonly stamp: Stamp;
  };
}[keyof JournalCalls];
/** The calls that change something. */
const WRITE_CALLS = [
  "commit",
  "settle",
  "release",
  "resend",
  "tellAgain",
  "standIn",
  "recordAccess",
  "recordOnCall",
  "inspect",
  "expectSheets",
  "recordClock",
  "workIncident",
] as const satisfies readonly (keyof JournalCalls)[];
export type WriteCall = (typeof WRITE_CALLS)[number];
export type WriteRequest = Extract<JournalRequest, { call: WriteCall }>;
type TidyRequest = Extract<JournalRequest, { call: "tidy" }>;
export type ReadRequest = Exclude<JournalRequest, WriteRequest | TidyRequest>;

/** What is refused when the journal's quota is used up. What was told to targets, and who did what, is still written down. */
export function takesRoom(request: WriteRequest): boolean {
  if (request.call === "commit") return request.argument.changes.length > 0;
  return (
    request.call === "inspect" ||
    request.call === "recordOnCall" ||
    request.call === "standIn" ||
    request.call === "workIncident" ||
    (request.call === "recordAccess" && request.argument.entries.length > 0)
  );
}

/** One that changes something. */
export function isWrite(request: JournalRequest): request is WriteRequest {
  return (WRITE_CALLS as readonly string[]).includes(request.call);
}

/** Inside a transaction. */
export function write(store: JournalStore, request: WriteRequest): JournalCalls[WriteRequest["call"]]["answer"] {
  switch (request.call) {
    case "commit":
      return store.commit(request.argument, request.stamp);
    case "settle":
      for (const result of request.argument) store.outbox.settle(result);
      return { ok: true };
    case "release":
      store.outbox.release(request.argument);
      return { ok: true };
    case "standIn":
      return { ok: true, queued: store.outbox.standIn(request.argument) };
    case "resend":
      return store.resend(request.argument, request.stamp);
    case "tellAgain":
      return store.tellAgain(request.argument, request.stamp);
    case "recordAccess":
      store.access.record(request.argument, store.audit, store.clock, request.stamp);
      return { ok: true };
    case "recordOnCall":
      store.onCall.record(request.argument, store.clock, request.stamp);
      return { ok: true };
    case "inspect":
      return store.inspections.step(request.argument, store.clock, request.stamp);
    case "expectSheets":
      store.inspections.expect(request.argument);
      return { ok: true };
    case "workIncident":
      return store.work(request.argument, request.stamp);
    case "recordClock":
      store.recordClock(request.argument, request.stamp);
      return { ok: true };
  }
}

export function read(store: JournalStore, request: Exclude<ReadRequest, { call: "usage" }>): JournalCalls[ReadRequest["call"]]["answer"] {
  switch (request.call) {
    case "lastIncidentNumber":
      return store.lastIncidentNumber();
    case "alarmEvents":
      return store.alarmEvents.page(request.argument);
    case "maintenance":
      return store.maintenance.list();
    case "raisedCounts":
      return store.raisedCounts(request.argument);
    case "liveAlarms":
      return store.liveAlarms();
    case "escalations":
      return store.escalations();
    case "onCall":
      return store.onCall.list(request.argument);
    case "incidents":
      return store.incidents(request.argument);
    case "deliveriesOf":
      return store.outbox.of(request.argument);
    case "dueDeliveries":
      return store.outbox.due(request.argument);
    case "targetQueues":
      return request.argument.targets.map((target) => store.outbox.waiting(target, request.argument.deadMax));
    case "toldIncidents":
      return store.outbox.told(request.argument);
    case "acceptedLive":
      return store.outbox.acceptedLive(request.argument);
    case "accessLog":
      return store.access.list(request.argument);
    case "accessMemory":
      return store.access.memory();
    case "audit":
      return store.audit.list(request.argument.limit, request.argument.before, request.argument.filter);
    case "auditChoices":
      return store.audit.choices();
    case "auditCheck":
      return store.audit.check(request.argument, AUDIT_ROWS_PER_STEP);
    case "inspections":
      return store.inspections.query(request.argument);
    case "desk":
      return store.desk(request.argument);
    case "clockMemory":
      return store.clock.memory();
  }
}
