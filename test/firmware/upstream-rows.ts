import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { type IncidentEvent, incidentEvent, type Subject } from "../../firmware/incidents/event.ts";
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

/** A device of which everything is written down. */
export const SUBJECT: Subject = {
  reporter: { zh: "机房守望 · 深圳一号机房", en: "Roomward · Shenzhen 1" },
  category: "sensor",
  device: { zh: "3 号温湿度", en: "Probe 3" },
  location: { zh: "深圳一号机房 / 主机房 / 冷通道 / A 列 3 柜", en: "Shenzhen 1 / Main room / Cold aisle / A 列 3 柜" },
  maker: "Emerson",
  model: "XY-MD02",
  serial: "SN-0012",
  assetNumber: "ZC-2024-7",
  owner: "王工",
  provider: "某某服务",
  contract: "HT-9",
  servicePhone: "400-123-4567",
  warrantyUntil: "2027-05-01",
  inWarranty: true,
};

export function rowOf(event: IncidentEvent): OutboxRow {
  const { id, key, incident, state, sequence } = event;
  return { id: `${id}.itsm`, target: "itsm", key, incident, event: state, sequence, atMs: T0, body: JSON.stringify(event), attempts: 0 };
}
