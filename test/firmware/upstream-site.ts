import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";

const TEXT = `
site: { id: sz1, name: { zh: 深圳一号机房, en: Shenzhen 1 }, timezone: Asia/Shanghai }
areas:
  - { id: main, name: { zh: 主机房, en: Main room } }
  - { id: r1, name: { zh: 冷通道, en: Cold aisle }, parent: main }
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-3, name: { zh: 3 号温湿度, en: Probe 3 }, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
`;

/** A site with the device that the journal's example alarms are about. */
export const PLACES_SITE: Site = siteFrom(TEXT);

function siteFrom(text: string): Site {
  return loadedSite(text);
}
