import type { Words } from "../contract/alarm.ts";
import { MESSAGE_FIELDS } from "../contract/message-fields.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { previewOf } from "./preview.ts";
import { rehearse, rulesAbout } from "./rehearsal.ts";

export interface TargetsTerminal {
  readonly clock: Clock;
  /** Goes to the output. */
  print(line: string): void;
  inTongue(words: Words): string;
  fail(words: Words): void;
}

/**
 * `roomward targets try DEVICE[/POINT[/TYPE]]`: who would be told of this alarm, and exactly what; `targets fields`: what a template
 * may say. Nothing is sent.
 */
export function targetsCommand(
  [what, about]: readonly string[],
  values: { readonly site: Site | null; readonly at?: string | undefined },
  terminal: TargetsTerminal,
): "done" | "failed" | "usage" {
  if (what === "fields") {
    for (const field of MESSAGE_FIELDS) terminal.print(`{${field}}`);
    return "done";
  }
  const { site } = values;
  if (what !== "try" || about === undefined || site === null) return "usage";
  const atMs = momentOf(values.at, site.timezone, terminal.clock);
  if (atMs === null) {
    terminal.fail({
      zh: `--at ${values.at} 不是时刻，应如 2026-11-26T03:00。`,
      en: `--at ${values.at} is no time; write 2026-11-26T03:00.`,
    });
    return "failed";
  }
  const rules = rulesAbout(site.rules, about);
  if (rules.length === 0) {
    terminal.fail({
      zh: `没有关于 ${about} 的告警规则。用 roomward rules --site 查看全部。`,
      en: `No rule makes an alarm about ${about}. roomward rules --site lists them all.`,
    });
    return "failed";
  }
  const line = (words: Words): string => terminal.inTongue(words).replaceAll("\n", " · ");
  const known = new Map(site.targets.map((target) => [target.id, target]));
  for (const rule of rules) {
    const { record, event, targets } = rehearse(site, rule, atMs);
    terminal.print(`${record.key} · ${record.severity} · ${line(record.text)}`);
    for (const { target: id, isTold, why } of targets) {
      terminal.print(`  ${isTold ? "→" : "✗"} ${id}: ${line(why)}`);
      const target = known.get(id);
      if (!isTold || target === undefined) continue;
      for (const said of previewOf(target, site, event).split("\n")) terminal.print(`    | ${said}`);
    }
  }
  return "done";
}

function momentOf(at: string | undefined, timezone: string, clock: Clock): number | null {
  if (at === undefined) return clock.wallMs();
  try {
    return Temporal.PlainDateTime.from(at).toZonedDateTime(timezone).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
