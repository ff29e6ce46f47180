import type { BusFault } from "../driver.ts";
import type { Variable } from "./decode.ts";
import type { AgentAddress } from "./socket.ts";

export interface CommunitySecurity {
  readonly version: "1" | "2c";
  readonly community: string;
}

export interface UserSecurity {
  readonly version: "3";
  readonly user: string;
  readonly level: "noAuthNoPriv" | "authNoPriv" | "authPriv";
  readonly authProtocol?: "md5" | "sha" | "sha224" | "sha256" | "sha384" | "sha512";
  readonly authKey?: string;
  readonly privProtocol?: "des" | "aes" | "aes256b" | "aes256r";
  readonly privKey?: string;
  readonly context?: string;
}

/**
 * One SNMP agent on the network. An unanswered datagram is sent again `retries` times, each waiting `timeoutMs`. Many UPS cards
 * need seconds: 5 s and one repetition are a good choice.
 */
export interface SnmpWire extends AgentAddress {
  readonly kind: "snmp";
  readonly timeoutMs: number;
  readonly retries: number;
  readonly security: CommunitySecurity | UserSecurity;
  /** SNMPv3 traps are told under our own engine's name, in hex; informs and questions under the other side's. */
  readonly engineId?: string;
}

/** What came back for one request. */
export type SnmpAnswer =
  | { readonly outcome: "variables"; readonly variables: readonly Variable[] }
  /** The agent refused the request as a whole; `oid` is the variable it blames, when it blames one. */
  | { readonly outcome: "errorStatus"; readonly status: number; readonly name: string; readonly oid: string | null }
  | { readonly outcome: "fault"; readonly fault: BusFault };

/** What is told to a manager: the kind of notification, and its objects in order. */
export interface Notification {
  readonly oid: string;
  readonly objects: readonly { readonly oid: string; readonly type: number; readonly value: number | Buffer }[];
}

/** Tells one manager, one notification at a time. Never throws for trouble on the wire. */
export interface SnmpNotifier {
  /** `variables` means that the manager has confirmed it. */
  inform(notification: Notification): Promise<SnmpAnswer>;
  /** `variables` means that the network took it; nobody confirms a trap. */
  trap(notification: Notification): Promise<SnmpAnswer>;
  close(): void;
}

/** Asks one agent, one request at a time. Never throws for trouble on the wire. */
export interface SnmpClient {
  readonly version: "1" | "2c" | "3";
  /** The answer's variables are those asked for, in the same order. They are good until the same list is asked for again. */
  get(oids: readonly string[]): Promise<SnmpAnswer>;
  /** The variables that follow `oid`: one on version 1, up to `countMax` on the others. */
  following(oid: string, countMax: number): Promise<SnmpAnswer>;
  close(): void;
}

/** What a datagram to the port for notifications was; `answers` are to be sent back to where it came from. */
export type Heard =
  /** A trap, or an inform, which is confirmed by its answer. */
  | { readonly outcome: "notification"; readonly answers: readonly Buffer[] }
  /** A sender of SNMPv3 informs asks for the name of our engine first (RFC 3414, section 4). */
  | { readonly outcome: "discovery"; readonly answers: readonly Buffer[] }
  | { readonly outcome: "rejected"; readonly wrong: "community" | "user" | "key"; readonly answers: readonly Buffer[] }
  /** No notification, or no SNMP at all. */
  | { readonly outcome: "malformed" };

/** Understands what one sender tells under the names that it may use. Never throws for what is in a datagram. */
export interface SnmpReceiver {
  take(datagram: Buffer, from: { readonly address: string; readonly port: number }): Heard;
}
