import type { ComponentType } from "preact";
import type { Words } from "../firmware/contract/alarm.ts";
import type { Action } from "../firmware/contract/permissions.ts";

/** A page that is fetched when somebody goes there, with words and styles of its own: the wall screen never loads it. */
export interface Destination {
  /** First part of the address after `#/`. */
  readonly name: string;
  readonly words: Words;
  /** In the navigation, where the words are too long for it; they begin with it. */
  readonly short?: Words;
  /** Who may see it; others are told which role it takes. */
  readonly action: Action;
  /** Path data of a 24 × 24 line drawing. */
  readonly icon: string;
  /** Not in the navigation: another page leads there. */
  readonly aside?: true;
  readonly load: () => Promise<ComponentType<DestinationProps>>;
}

export interface DestinationProps {
  /** What follows the page's name in the address, decoded; empty when nothing does. */
  readonly tail: string;
}

/** In the order of the navigation. */
export const DESTINATIONS: readonly Destination[] = [
  {
    name: "incidents",
    words: { zh: "事件", en: "Incidents" },
    action: "room.see",
    icon: "M5 4h14v16H5zM9 9h6M9 13h6M9 17h3",
    load: () => import("./pages/incidents.tsx").then(({ IncidentsPage }) => IncidentsPage),
  },
  {
    name: "rounds",
    words: { zh: "巡检", en: "Rounds" },
    action: "inspection.see",
    icon: "M6 4h12v17H6zM9 2h6v4H9zM9 11l2 2 4-4M9 17h6",
    load: () => import("./pages/rounds.tsx").then(({ RoundsPage }) => RoundsPage),
  },
  {
    name: "on-call",
    words: { zh: "值班", en: "On call" },
    action: "onCall.see",
    icon: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1Z",
    load: () => import("./pages/on-call.tsx").then(({ OnCallPage }) => OnCallPage),
  },
  {
    name: "maintenance",
    words: { zh: "维护", en: "Maintenance" },
    action: "room.see",
    icon: "M14 6a4 4 0 0 0 5 5l-9 9-4-4 9-9ZM4 4l4 4M12 3v3M3 12h3",
    load: () => import("./pages/maintenance.tsx").then(({ MaintenancePage }) => MaintenancePage),
  },
  {
    name: "exports",
    words: { zh: "报表", en: "Reports" },
    action: "inspection.see",
    icon: "M6 3h9l4 4v14H6zM14 3v5h5M12 11v6m-3-3 3 3 3-3",
    load: () => import("./pages/exports.tsx").then(({ ExportsPage }) => ExportsPage),
  },
  {
    name: "quality",
    words: { zh: "告警质量", en: "Alarm quality" },
    short: { zh: "质量", en: "Quality" },
    action: "room.see",
    icon: "M4 20V4M4 20h16M8 17v-4M12 17V8M16 17v-7M20 17v-2",
    load: () => import("./pages/quality.tsx").then(({ QualityPage }) => QualityPage),
  },
  {
    name: "buses",
    words: { zh: "总线", en: "Buses" },
    action: "room.see",
    icon: "M4 12h16M6 12V6h4v6m4 0v6h4v-6",
    load: () => import("./pages/buses.tsx").then(({ BusesPage }) => BusesPage),
  },
  {
    name: "upstreams",
    words: { zh: "上级", en: "Upstreams" },
    action: "room.see",
    icon: "M12 20V9m-5 4 5-5 5 5M4 4h16",
    load: () => import("./pages/upstreams.tsx").then(({ UpstreamsPage }) => UpstreamsPage),
  },
  {
    name: "outputs",
    words: { zh: "输出", en: "Outputs" },
    action: "output.see",
    icon: "M6 17a6 6 0 0 1 12 0zM4 20h16M12 4v3M5 7l2 2M19 7l-2 2M12 13v4",
    load: () => import("./pages/outputs.tsx").then(({ OutputsPage }) => OutputsPage),
  },
  {
    name: "people",
    words: { zh: "人员", en: "People" },
    action: "people.see",
    icon: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.6-4 3-6 6.5-6s5.9 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5m1.5 3.5c2.2.7 3.6 2.5 4 5.5",
    load: () => import("./pages/people.tsx").then(({ PeoplePage }) => PeoplePage),
  },
  {
    name: "audit",
    words: { zh: "审计", en: "Audit" },
    action: "audit.see",
    icon: "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h4",
    load: () => import("./pages/audit.tsx").then(({ AuditPage }) => AuditPage),
  },
  {
    name: "configuration",
    words: { zh: "配置", en: "Configuration" },
    short: { zh: "配置", en: "Config" },
    action: "configuration.see",
    icon: "M4 6h9M17 6h3M15 4v4M4 12h3M11 12h9M9 10v4M4 18h11M19 18h1M17 16v4",
    load: () => import("./pages/configuration.tsx").then(({ ConfigurationPage }) => ConfigurationPage),
  },
  {
    name: "assets",
    words: { zh: "资产", en: "Assets" },
    action: "asset.see",
    icon: "M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10",
    load: () => import("./pages/assets.tsx").then(({ AssetsPage }) => AssetsPage),
  },
  {
    name: "labels",
    words: { zh: "标签", en: "Labels" },
    action: "asset.see",
    icon: "M4 4h7v7H4zM4 15h5v5H4zM15 4h5v5h-5zM13 13h3v3h4v4",
    aside: true,
    load: () => import("./pages/labels.tsx").then(({ LabelsPage }) => LabelsPage),
  },
  {
    name: "access",
    words: { zh: "进出", en: "Access" },
    action: "access.see",
    icon: "M6 21V4h9v17M3 21h18M11.5 12.5h.01M15 7h4v14",
    load: () => import("./pages/access.tsx").then(({ AccessPage }) => AccessPage),
  },
  {
    name: "storage",
    words: { zh: "存储", en: "Storage" },
    action: "room.see",
    icon: "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3Zm0 0v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
    load: () => import("./pages/storage.tsx").then(({ StoragePage }) => StoragePage),
  },
];

/** Everybody's own, at the end of the navigation beside the way out. */
export const ACCOUNT: Destination = {
  name: "account",
  words: { zh: "我", en: "Me" },
  action: "password.change",
  icon: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 20c1-4 4-6 8-6s7 2 8 6",
  load: () => import("./pages/account.tsx").then(({ AccountPage }) => AccountPage),
};

export function destinationOf(name: string): Destination | undefined {
  return [...DESTINATIONS, ACCOUNT].find((destination) => destination.name === name);
}
