import { randomInt } from "node:crypto";
import type { BusFault, Pace } from "../driver.ts";
import type { LostReason } from "../reading.ts";
import { GetMessage, ID_MAX, ID_MIN } from "./get-message.ts";
import { AgentSocket } from "./socket.ts";
import type { CommunitySecurity, SnmpAnswer, SnmpClient, SnmpWire } from "./wire.ts";

/** A question under way. */
interface Asked {
  readonly id: number;
  readonly message: GetMessage;
  readonly settle: (answer: SnmpAnswer) => void;
  /** Infinity until the question is sent: looking up a name takes its own time. */
  untilMs: number;
  retriesLeft: number;
  /** Something came that is no SNMP message. */
  garbled: boolean;
}

/** What an error of the system means. */
export type Trouble = (error: unknown) => BusFault;

/**
 * Asks an agent with a community for the same variables again and again, which is what a gateway does all day: a list of OIDs that is asked
 * anew is sent as it was encoded the first time, and its answer is read where it lies. Walks go to `walker`.
 */
export class CommunityClient implements SnmpClient {
  readonly version: CommunitySecurity["version"];
  readonly #wire: SnmpWire & { readonly security: CommunitySecurity };
  readonly #pace: Pace;
  readonly #trouble: Trouble;
  readonly #openWalker: () => SnmpClient;
  readonly #messages = new WeakMap<readonly string[], GetMessage>();
  readonly #closing = new AbortController();
  #walker: SnmpClient | null = null;
  #socket: AgentSocket | null = null;
  #asked: Asked | null = null;
  #id = randomInt(ID_MIN, ID_MAX);
  #watching = false;

  constructor(wire: SnmpWire & { readonly security: CommunitySecurity }, pace: Pace, trouble: Trouble, openWalker: () => SnmpClient) {
    this.#wire = wire;
    this.#pace = pace;
    this.#trouble = trouble;
    this.#openWalker = openWalker;
    this.version = wire.security.version;
  }

  /** `oids` is not changed afterwards: it stands for its message. */
  get(oids: readonly string[]): Promise<SnmpAnswer> {
    if (this.#asked !== null) throw new Error("two questions at once to one agent");
    if (this.#closing.signal.aborted) return Promise.resolve(CLOSED);
    this.#endWalk();
    const known = this.#messages.get(oids);
    if (known !== undefined) return this.#ask(known);
    const message = GetMessage.of(this.#wire.security, oids);
    if ("notAnOid" in message) return Promise.resolve(this.#at("garbled", `\`${message.notAnOid}\` is no OID`));
    this.#messages.set(oids, message);
    return this.#ask(message);
  }

  following(oid: string, countMax: number): Promise<SnmpAnswer> {
    if (this.#closing.signal.aborted) return Promise.resolve(CLOSED);
    this.#walker ??= this.#openWalker();
    return this.#walker.following(oid, countMax);
  }

  close(): void {
    this.#closing.abort();
    this.#endWalk();
    this.#settle(CLOSED);
    this.#drop();
  }

  #ask(message: GetMessage): Promise<SnmpAnswer> {
    const { retries } = this.#wire;
    this.#id = this.#id === ID_MAX ? ID_MIN : this.#id + 1;
    return new Promise((settle) => {
      this.#asked = { id: this.#id, message, settle, untilMs: Number.POSITIVE_INFINITY, retriesLeft: retries, garbled: false };
      this.#socket ??= this.#open();
      this.#socket.allow(retries + 1);
      this.#send(this.#asked);
    });
  }

  #send(asked: Asked): void {
    const bytes = asked.message.numbered(asked.id);
    const { host, port, timeoutMs } = this.#wire;
    asked.untilMs = Number.POSITIVE_INFINITY;
    this.#socket?.send(bytes, 0, bytes.length, port, host, (error) => {
      if (this.#asked !== asked) return;
      if (error !== null) return this.#failed(error);
      asked.untilMs = this.#pace.monotonicMs() + timeoutMs;
      if (!this.#watching) void this.#watch();
    });
  }

  readonly #failed = (error: unknown): void => this.#settle({ outcome: "fault", fault: this.#trouble(error) });

  #open(): AgentSocket {
    const socket = new AgentSocket(this.#wire, (error) => {
      if (this.#socket === socket) this.#failed(error);
    });
    socket.on("message", (bytes) => {
      if (this.#socket === socket && Buffer.isBuffer(bytes)) this.#arrived(bytes);
    });
    return socket;
  }

  #arrived(datagram: Buffer): void {
    const asked = this.#asked;
    const answer = asked?.message.answerIn(datagram, asked.id) ?? null;
    if (asked === null || answer === null) return;
    // Bytes that are no SNMP message: keep waiting for the real answer, but say so when none comes.
    if (answer === "malformed") asked.garbled = true;
    else this.#settle(answer.outcome === "fault" ? this.#at(answer.fault.reason, answer.fault.detail) : answer);
  }

  /** Wakes when the question's time is over. One sleep may serve many questions: most are answered long before. */
  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#asked !== null && this.#asked.untilMs < Number.POSITIVE_INFINITY && !this.#closing.signal.aborted) {
      const leftMs = this.#asked.untilMs - this.#pace.monotonicMs();
      if (leftMs <= 0) this.#unanswered(this.#asked);
      else await this.#pace.sleep(Math.ceil(leftMs), this.#closing.signal);
    }
    this.#watching = false;
  }

  #unanswered(asked: Asked): void {
    const { timeoutMs, retries } = this.#wire;
    if (asked.retriesLeft > 0) {
      asked.retriesLeft -= 1;
      this.#send(asked);
    } else if (asked.garbled) this.#settle(this.#at("garbled", "answer is not SNMP"));
    else
      this.#settle(this.#at("timeout", `no answer within ${timeoutMs} ms, asked ${retries + 1} times (a wrong community looks the same)`));
  }

  #at(reason: LostReason, detail: string): SnmpAnswer {
    return { outcome: "fault", fault: { reason, detail: `${this.#wire.host}:${this.#wire.port}: ${detail}` } };
  }

  #settle(answer: SnmpAnswer): void {
    const asked = this.#asked;
    this.#asked = null;
    // Whatever broke this socket must not break the next question: name lookup and route start afresh.
    if (answer.outcome === "fault") this.#drop();
    asked?.settle(answer);
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  /** A walk is over when something else is asked. */
  #endWalk(): void {
    this.#walker?.close();
    this.#walker = null;
  }
}

const CLOSED: SnmpAnswer = { outcome: "fault", fault: { reason: "adapterMissing", detail: "session closed" } };
