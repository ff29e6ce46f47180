import { lookup } from "node:dns/promises";
import { isIP, SocketAddress } from "node:net";
import { openReceiver } from "../../drivers/snmp/receiver.ts";
import { NotificationSocket } from "../../drivers/snmp/socket.ts";
import type { Words } from "../contract/alarm.ts";
import type { TrapHealth } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { plainAddress } from "../platform/subnet.ts";
import type { LogLevel } from "../platform/voice.ts";
import type { Site } from "../site/model.ts";
import type { SnmpTraps } from "../site/schema.ts";
import { engineIdOf, type SnmpBus, trapNames } from "../site/snmp.ts";
import { TrapDesk, type TrapSender } from "./trap-desk.ts";
import { ignoredWords, listeningWords, notListeningWords } from "./trap-words.ts";

const OPEN_AGAIN_MS = 60_000;
/** Names of hosts may come to mean another address. */
const RESOLVE_AGAIN_MS = 300_000;
/** What was ignored is summed up in the log this often. */
const SUM_UP_MS = 60_000;

export interface TrapParts {
  readonly site: Pick<Site, "id" | "buses">;
  readonly traps: SnmpTraps;
  readonly clock: Clock;
  /** Something has happened behind this bus. */
  readonly hint: (bus: string) => void;
  /** Whether traps cannot be heard. */
  readonly deaf: (isDeaf: boolean) => void;
  readonly log: (level: LogLevel, words: Words) => void;
}

/** Who listens for traps and informs, as long as the room is watched. */
export interface TrapListener {
  health(): TrapHealth;
  ofBus(bus: string): { readonly heard: number; readonly rejected: number };
  close(): Promise<void>;
}

/** Listens from now on; a port that cannot be had, and hosts whose names cannot be found, are tried again and again. */
export function listenForTraps(parts: TrapParts): TrapListener {
  const { traps, clock, log } = parts;
  const desk = new TrapDesk(() => clock.monotonicMs(), parts.hint);
  const stopping = new AbortController();
  const { signal } = stopping;
  let listening = false;
  const opened = keepOpen(parts, desk, signal, (now) => {
    listening = now;
  });
  // Not waited for at the end: a name server may take its time.
  void keepResolved(parts, desk, signal);
  const health = (): TrapHealth => ({ listening, port: traps.port, ...desk.counts() });
  let before = health();
  const endSum = clock.every(SUM_UP_MS, () => {
    const now = health();
    for (const words of ignoredWords(before, now)) log("warn", words);
    before = now;
  });
  return {
    health,
    ofBus: (bus) => desk.ofBus(bus),
    async close() {
      endSum();
      stopping.abort();
      await opened;
    },
  };
}

async function keepOpen(
  { traps, clock, deaf, log }: TrapParts,
  desk: TrapDesk,
  signal: AbortSignal,
  listening: (now: boolean) => void,
): Promise<void> {
  let end = (_trouble: Error | null): void => {};
  signal.addEventListener("abort", () => end(null), { once: true });
  let said = "";
  while (!signal.aborted) {
    const { promise: ended, resolve } = Promise.withResolvers<NodeJS.ErrnoException | null>();
    end = resolve;
    let trouble: NodeJS.ErrnoException | null;
    try {
      const socket = await NotificationSocket.open(traps.port, traps.address ?? null, (bytes, from) => desk.take(bytes, from), resolve);
      listening(true);
      deaf(false);
      said = "";
      log("info", listeningWords(traps));
      trouble = await ended;
      listening(false);
      await socket.close();
    } catch (error) {
      trouble = error as NodeJS.ErrnoException;
    }
    if (trouble === null || signal.aborted) return;
    deaf(true);
    const words = notListeningWords(traps, trouble);
    if (words.en !== said) log("warn", words);
    said = words.en;
    await clock.sleep(OPEN_AGAIN_MS, signal);
  }
}

/** Tells the desk who is at which address, and again when a name has come to mean another. */
async function keepResolved({ site, traps, clock }: TrapParts, desk: TrapDesk, signal: AbortSignal): Promise<void> {
  const buses = site.buses.filter((bus) => bus.kind === "snmp");
  const known = new Map<string, readonly string[]>();
  const senders = new Map<string, TrapSender>();
  const engineId = engineIdOf(site.id);
  const expect = (): void => {
    const byAddress = new Map<string, SnmpBus[]>();
    for (const bus of buses)
      for (const address of known.get(bus.host) ?? []) byAddress.set(address, [...(byAddress.get(address) ?? []), bus]);
    for (const [address, at] of byAddress) {
      const ids = at.map(({ id }) => id);
      // One that stays the same keeps the keys that it has made.
      if (senders.get(address)?.buses.join() !== ids.join())
        senders.set(address, { buses: ids, receiver: openReceiver(engineId, trapNames(traps, at)) });
    }
    for (const address of senders.keys()) if (!byAddress.has(address)) senders.delete(address);
    desk.expect(new Map(senders));
  };
  const hosts = [...new Set(buses.map(({ host }) => host))];
  const names = hosts.filter((host) => isIP(host) === 0);
  for (const host of hosts) if (isIP(host) !== 0) known.set(host, [asTheSystemWrites(host)]);
  expect();
  while (names.length > 0 && !signal.aborted) {
    for (const name of names) {
      const addresses = await addressesOf(name);
      // A name server that is away for a while makes no device a stranger.
      if (addresses.length > 0) known.set(name, addresses);
      if (signal.aborted) return;
    }
    expect();
    await clock.sleep(RESOLVE_AGAIN_MS, signal);
  }
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => asTheSystemWrites(address));
  } catch {
    return [];
  }
}

function asTheSystemWrites(address: string): string {
  const plain = plainAddress(address);
  return isIP(plain) === 6 ? plainAddress(new SocketAddress({ address: plain, family: "ipv6" }).address) : plain;
}
