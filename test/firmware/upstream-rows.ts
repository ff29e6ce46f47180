import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { type IncidentEvent, incidentEvent } from "../../firmware/incidents/event.ts";
import type { OutboxRow } from "../../firmware/journal/journal.ts";
import { raised } from "./journal-entries.ts";

const T0 = Date.UTC(2026, 8, 20, 3, 12, 45, 120);

/** The event that the journal would write for a change. */
export function eventFor(change: AlarmChange = raised(), sequence = 7): IncidentEvent {
  const id = `6b1c6f0e-5ad0-4d3a-9a52-3f9a2f0c5a${String(sequence).padStart(2, "0").slice(-2)}`;
  return incidentEvent(change, { id, sequence, bootId: "boot-1", atMs: T0 + sequence, clockTrusted: true });
}

/** Its delivery as the outbox hands it out. */
export function rowFor(change: AlarmChange = raised(), sequence = 7): OutboxRow {
  return rowOf(eventFor(change, sequence));
}

export function rowOf(event: IncidentEvent): OutboxRow {
  const { id, key, incident, state, sequence } = event;
  return { id: `${id}.itsm`, target: "itsm", key, incident, event: state, sequence, body: JSON.stringify(event), attempts: 0 };
}
