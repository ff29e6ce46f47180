import { type Journal, JournalError, type JournalFault } from "./journal.ts";

/**
 * Stands in for a journal that cannot be opened at present, so that the room is watched all the same. It remembers nothing and promises
 * nothing: what a start asks for is empty, every write comes back with `fault`, and what a person asks to read rejects with it rather than
 * show an empty log. `fault` is asked at each call: trouble may change while it lasts.
 */
export function absentJournal(fault: () => JournalFault): Journal {
  const refuse = async (): Promise<JournalFault> => fault();
  const reject = async (): Promise<never> => {
    throw new JournalError(fault());
  };
  return {
    ...{
      commit: refuse,
      settle: refuse,
      release: refuse,
      resend: refuse,
      tellAgain: refuse,
      standIn: refuse,
      recordAccess: refuse,
      recordOnCall: refuse,
      inspect: refuse,
      expectSheets: refuse,
    },
    ...{ tidy: refuse, recordClock: refuse, workIncident: refuse },
    liveAlarms: async () => [],
    escalations: async () => [],
    maintenance: async () => [],
    lastIncidentNumber: async () => 0,
    deliveriesOf: async () => ({}),
    dueDeliveries: async () => ({ rows: [], nextDueAtMs: null }),
    acceptedLive: async () => [],
    accessMemory: async () => ({ readers: [], contacts: [], recent: [] }),
    clockMemory: async () => ({ trustedMs: null, steps: [], before: null }),
    ...{
      alarmEvents: reject,
      raisedCounts: reject,
      incidents: reject,
      onCall: reject,
      accessLog: reject,
      inspections: reject,
      usage: reject,
      targetQueues: reject,
      toldIncidents: reject,
      desk: reject,
    },
    ...{ audit: reject, auditChoices: reject, auditCheck: reject },
    close: async () => {},
  };
}
