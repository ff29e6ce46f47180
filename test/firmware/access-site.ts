import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";

/** Two doors: one with readers on both sides and a wired exit button, one with a contact alone. */
export const DOOR_SITE_YAML = `site: { id: sz1, name: { zh: 深圳一号机房, en: Shenzhen 1 }, timezone: Asia/Shanghai }
areas:
  - { id: room, name: { zh: 主机房, en: Main room } }
  - { id: store, name: { zh: 库房, en: Store } }
buses:
  - { id: io, kind: modbus-tcp, host: 127.0.0.1, port: 1502 }
  - { id: in, kind: modbus-tcp, host: 127.0.0.1, port: 1503 }
  - { id: out, kind: modbus-tcp, host: 127.0.0.1, port: 1504 }
devices:
  - { id: contact-1, area: room, bus: io, unit: 1, channel: 0, profile: door/wellpro-di }
  - { id: button-1, area: room, bus: io, unit: 1, channel: 1, profile: door/wellpro-di-exit }
  - { id: contact-2, area: store, bus: io, unit: 1, channel: 2, profile: door/wellpro-di }
  - { id: reader-in, area: room, bus: in, unit: 1, profile: door/rfideas-modbus-tcp }
  - { id: reader-out, area: room, bus: out, unit: 1, profile: door/generic-event-registers }
access:
  doors:
    - id: main
      name: { zh: 大门, en: Main door }
      area: room
      contact: contact-1
      readers: [{ device: reader-in, direction: in }, { device: reader-out, direction: told }]
      exitButton: button-1
      openTooLong: 60s
      cardOpensFor: 10s
      refusals: { count: 3, within: 5min }
    - { id: store, name: { zh: 库房门, en: Store door }, area: store, contact: contact-2 }
`;

export function siteOf(yaml: string): Site {
  return loadedSite(yaml);
}

export const DOOR_SITE: Site = siteOf(DOOR_SITE_YAML);
