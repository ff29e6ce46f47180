import { portOf, SETTINGS_OF } from "../../drivers/probe/plan.ts";
import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import type { ProfileSource } from "./own-profiles.ts";
import type { DeviceEntry } from "./schema.ts";

/** What a probe needs of the site, and what it has no use for; and nothing asked twice. */
export function checkProbes(source: SourceText, devices: readonly Placed<DeviceEntry>[], profileOf: ProfileSource): void {
  const asked = new Map<string, string>();
  for (const { entry, path } of devices) {
    const loaded = profileOf(entry.profile);
    if ("problems" in loaded) continue;
    const { profile } = loaded;
    const settings = entry.probe ?? {};
    if (profile.protocol !== "probe") {
      if (entry.probe !== undefined)
        source.add([...path, "probe"], {
          zh: `型号 ${profile.id} 不是探测（probe）型号，没有 probe`,
          en: `profile ${profile.id} is no probe: it has no probe settings`,
        });
      continue;
    }
    const { what } = profile.ask;
    const known: readonly string[] = SETTINGS_OF[what];
    for (const key of Object.keys(settings))
      if (!known.includes(key))
        source.add([...path, "probe", key], {
          zh: `型号 ${profile.id}（${what}）不用 ${key}；可用：${known.join("、") || "无"}`,
          en: `profile ${profile.id} (${what}) has no use for ${key}; it knows: ${known.join(", ") || "nothing"}`,
        });
    if (settings.verify === false && settings.ca !== undefined)
      source.add([...path, "probe", "ca"], {
        zh: "verify: false 时不检查证书，ca 没有作用：二者取一",
        en: "with verify: false no certificate is checked, so ca does nothing: one of them",
      });
    const port = portOf(profile, settings);
    if (what !== "ping" && port === undefined)
      source.add(path, {
        zh: `${entry.id} 缺少 probe: { port: … }（型号 ${profile.id} 没有默认端口）`,
        en: `${entry.id} lacks probe: { port: … } (profile ${profile.id} has no port of its own)`,
      });
    const place = [entry.bus, entry.profile, port, settings.path ?? "/", settings.serverName].join(" ");
    const other = asked.get(place);
    if (other === undefined) asked.set(place, entry.id);
    else
      source.add(path, {
        zh: `与 ${other} 是同一个探测（总线、型号、端口、路径相同）`,
        en: `this is the same probe as ${other} (same bus, profile, port and path)`,
      });
  }
}
