import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import type { BusEntry, DeviceEntry } from "./schema.ts";

/** No chip that a box has at its terminals has more lines: 54 on a Raspberry Pi 5, 58 on a Pi 4. */
const LINE_MAX = 63;

/** What contacts at GPIO lines need: a chip that is clear, a line that there is, and one contact per line. */
export function checkContacts(source: SourceText, buses: readonly Placed<BusEntry>[], devices: readonly Placed<DeviceEntry>[]): void {
  const chips = new Map(buses.flatMap(({ entry }) => (entry.kind === "gpio" ? [[entry.id, entry.chip] as const] : [])));
  for (const { entry, path } of buses)
    if (entry.kind === "gpio" && entry.chip === undefined && [...chips.values()].some((chip) => chip !== undefined))
      source.add(path, {
        zh: `有多个 gpio 总线时，每个都要写明 chip：总线 ${entry.id} 缺少 chip`,
        en: `with several gpio buses each names its chip: bus ${entry.id} lacks chip`,
      });
  const taken = new Map<string, string>();
  for (const { entry, path } of devices) {
    if (!chips.has(entry.bus)) continue;
    if (entry.channel > LINE_MAX)
      source.add([...path, "channel"], {
        zh: `GPIO 线号应为 0–${LINE_MAX}（BCM 编号，不是针脚号，也不是 sysfs 的全局编号），实际为 ${entry.channel}`,
        en: `expected a GPIO line 0–${LINE_MAX} (the BCM number, not the pin of the header, and not the global number of sysfs), found ${entry.channel}`,
      });
    const place = `${entry.bus} ${entry.channel}`;
    const other = taken.get(place);
    if (other === undefined) taken.set(place, entry.id);
    else
      source.add([...path, "channel"], {
        zh: `总线 ${entry.bus} 的 GPIO ${entry.channel} 已接 ${other}；一根线只能接一个触点`,
        en: `GPIO ${entry.channel} of bus ${entry.bus} has ${other} already; a line is one contact`,
      });
  }
}
