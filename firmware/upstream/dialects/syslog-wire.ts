import { AgentSocket } from "../../../drivers/snmp/socket.ts";
import type { Clock } from "../../platform/clock.ts";
import { later, oneLine, taken } from "../body.ts";
import type { SendOutcome } from "../dialect.ts";
import { lookupOf, openStream, type Trust, toldOf } from "../trust.ts";

const TIMEOUT_MS = 10_000;
const ANSWER_MAX = 200;
/** A host without a listener says so in a round trip of the LAN. */
const REFUSAL_WITHIN_MS = 100;
/** A receiver that has read everything closes its side too; one that does not is believed after this. */
const FAREWELL_WITHIN_MS = 2_000;

export interface SyslogWire extends Trust {
  readonly host: string;
  readonly port: number;
  /** `tls` sends nothing before the certificate was checked. */
  readonly transport: "udp" | "tcp" | "tls";
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

export interface SyslogSender {
  /** Resolves in any case. */
  send(message: Buffer, signal: AbortSignal): Promise<SendOutcome>;
  close(): void;
}

/** A connection for every message: alarms are rare, and the end of a connection is the only receipt that syslog has. */
export function syslogSender(wire: SyslogWire): SyslogSender {
  const closed = new AbortController();
  const send = wire.transport === "udp" ? sendDatagram : sendStream;
  return {
    send: (message, signal) => send(wire, message, AbortSignal.any([signal, closed.signal])),
    close: () => closed.abort(),
  };
}

function sendDatagram(wire: SyslogWire, message: Buffer, signal: AbortSignal): Promise<SendOutcome> {
  const { host, port, clock, timeoutMs = TIMEOUT_MS } = wire;
  return new Promise((resolve) => {
    const done = new AbortController();
    const settle = (outcome: SendOutcome): void => {
      done.abort();
      socket.close();
      resolve(outcome);
    };
    const limit = AbortSignal.any([signal, done.signal]);
    const socket = new AgentSocket({ host, port, ...lookupOf(wire) }, (error) => settle(later(codeOf(error))));
    socket.allow(1);
    socket.send(message, 0, message.length, port, host, (error) => {
      if (error !== null) settle(later(codeOf(error)));
      else
        void clock
          .sleep(REFUSAL_WITHIN_MS, limit)
          .then(() => settle(signal.aborted ? later("stopped") : taken("sent over UDP; syslog gives no receipt")));
    });
    void clock.sleep(timeoutMs, limit).then(() => settle(later(signal.aborted ? "stopped" : `not sent in ${timeoutMs} ms`)));
  });
}

/** Octet counting of RFC 6587 and RFC 5425: the length in bytes, a space, the message. */
function sendStream(wire: SyslogWire, message: Buffer, signal: AbortSignal): Promise<SendOutcome> {
  const { clock, timeoutMs = TIMEOUT_MS } = wire;
  const over = wire.transport.toUpperCase();
  return new Promise((resolve) => {
    const done = new AbortController();
    const limit = AbortSignal.any([signal, done.signal]);
    const settle = (outcome: SendOutcome): void => {
      done.abort();
      socket.destroy();
      resolve(outcome);
    };
    const socket = openStream({ ...wire, tls: wire.transport === "tls" });
    socket.resume();
    socket.on("error", (error) => settle(later(codeOf(error))));
    socket.once("finish", () => {
      void clock
        .sleep(FAREWELL_WITHIN_MS, limit)
        .then(() => settle(signal.aborted ? later("stopped") : taken(`sent over ${over}; the receiver kept the connection open`)));
    });
    socket.once("close", () =>
      settle(socket.writableFinished ? taken(`sent over ${over}, read to its end`) : later("closed before it was read")),
    );
    socket.end(Buffer.concat([Buffer.from(`${message.length} `), message]));
    void clock.sleep(timeoutMs, limit).then(() => settle(later(signal.aborted ? "stopped" : `no connection in ${timeoutMs} ms`)));
  });
}

/** Where a certificate is the trouble, in words: its codes are for programmers. */
function codeOf(error: Error): string {
  const told = toldOf(error);
  if (told !== null) return told;
  const code = "code" in error ? String(error.code) : "";
  if (/CERT|SIGNATURE|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(code)) return oneLine(`TLS refused, ${code}: ${error.message}`, ANSWER_MAX);
  return code === "" ? error.message : code;
}
