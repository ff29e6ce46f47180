import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import { mayBeReached } from "./reach.ts";
import type { TargetEntry } from "./target-schema.ts";

/** A key is only shown by TLS. */
export function checkPins(source: SourceText, targets: readonly Placed<TargetEntry>[]): void {
  for (const { entry, path } of targets) {
    if (!("pin" in entry) || entry.pin === undefined || speaksTls(entry)) continue;
    source.add([...path, "pin"], {
      zh: `${entry.id} 不使用 TLS，没有可核对的公钥：请改用 TLS（https://、security、transport），或删去 pin`,
      en: `${entry.id} does not speak TLS, so there is no key to compare: let it (https://, security, transport), or leave pin out`,
    });
  }
}

function speaksTls(entry: TargetEntry): boolean {
  if ("security" in entry) return entry.security !== "none";
  if (entry.kind === "syslog") return entry.transport === "tls";
  return placesIn(entry).every(({ isPlain }) => !isPlain);
}

/** What a site allows at all is said where a target is not in it; a name that is not listed is looked at when it was resolved. */
export function checkReach(source: SourceText, targets: readonly Placed<TargetEntry>[], allowed: readonly string[] | null): void {
  if (allowed === null) return;
  for (const { entry, path } of targets)
    for (const { key, host } of placesIn(entry)) {
      if (mayBeReached(allowed, host)) continue;
      source.add([...path, ...key], {
        zh: `${host} 不在 network.targets 之内，不会连接：请把它加入 network.targets，或更改地址`,
        en: `${host} is not in network.targets and would never be connected to: add it there, or change the address`,
      });
    }
}

interface TargetPlace {
  readonly key: readonly PropertyKey[];
  readonly host: string;
  /** An address of the web without TLS. */
  readonly isPlain: boolean;
}

function placesIn(entry: TargetEntry): readonly TargetPlace[] {
  const place = (key: readonly PropertyKey[], text: string): TargetPlace => {
    const { hostname, protocol } = new URL(text);
    return { key, host: hostname.replaceAll(/[[\]]/g, ""), isPlain: protocol === "http:" };
  };
  if ("urls" in entry) return entry.urls.map((url, index) => place(["urls", index], url));
  // A modem needs no network.
  if (entry.kind === "sms") return [];
  return "url" in entry ? [place(["url"], entry.url)] : [{ key: ["host"], host: entry.host, isPlain: false }];
}
