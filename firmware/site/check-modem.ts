import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import { portNames } from "./line.ts";
import type { BusEntry } from "./schema.ts";
import type { TargetEntry } from "./target-schema.ts";

/** A port has one user: what speaks with the modem is no bus and no other target. */
export function checkModems(source: SourceText, targets: readonly Placed<TargetEntry>[], buses: readonly Placed<BusEntry>[]): void {
  const users = new Map(buses.flatMap(({ entry }) => portNames(entry).map((name) => [name, entry.id] as const)));
  for (const { entry, path } of targets) {
    if (entry.kind !== "sms") continue;
    const other = users.get(entry.path);
    if (other === undefined) users.set(entry.path, entry.id);
    else
      source.add([...path, "path"], {
        zh: `${entry.path} 已由 ${other} 使用；一个串口只能有一个用户`,
        en: `${entry.path} belongs to ${other} already; a port has one user`,
      });
  }
}
