import { connect } from "node:net";
import type { Pace } from "../driver.ts";
import { type Beginning, matchAnswer, shownBytes } from "./answer.ts";
import { asExpected, down, type Finding, networkFinding } from "./finding.ts";

/** A connection, and the first sentences on it. */
export interface TcpQuestion {
  readonly address: string;
  readonly port: number;
  readonly send: Uint8Array | null;
  /** Null: that somebody takes the connection is all that is asked. */
  readonly expect: readonly Beginning[] | null;
}

const HEARD_BYTES_MAX = 4_096;

/** Connects, says the first sentence, and listens until the answer is known to be right or wrong. Ends within `timeoutMs`. */
export async function askTcp(question: TcpQuestion, pace: Pace, timeoutMs: number, signal: AbortSignal): Promise<Finding> {
  const { address, port, send, expect } = question;
  const startedMs = pace.monotonicMs();
  const since = (): number => pace.monotonicMs() - startedMs;
  const done = new AbortController();
  const stop = (): void => done.abort();
  signal.addEventListener("abort", stop, { once: true });
  const socket = connect({ host: address, port, noDelay: true });
  let heard = Buffer.alloc(0);
  let connected = false;
  const found = new Promise<Finding>((resolve) => {
    socket.on("connect", () => {
      connected = true;
      if (send !== null) socket.write(send);
      if (expect === null) resolve(asExpected({ responseMs: since() }));
    });
    socket.on("data", (bytes: Buffer) => {
      if (expect === null || heard.length >= HEARD_BYTES_MAX) return;
      heard = Buffer.concat([heard, bytes]).subarray(0, HEARD_BYTES_MAX);
      const match = matchAnswer(expect, heard);
      if (match === "expected") resolve(asExpected({ responseMs: since() }));
      else if (match === "unexpected") resolve(down("unexpected", `it says ${shownBytes(heard)}`, { responseMs: since() }));
    });
    socket.on("end", () => resolve(down("closed", "it closes the connection before it has answered")));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(networkFinding(error.code) ?? down("closed", error.code ?? error.message));
    });
  });
  const late = pace
    .sleep(timeoutMs, done.signal)
    .then(() =>
      down("silent", connected ? `it takes the connection and says nothing in ${timeoutMs} ms` : `no connection in ${timeoutMs} ms`),
    );
  const finding = await Promise.race([found, late]);
  signal.removeEventListener("abort", stop);
  done.abort();
  socket.destroy();
  return finding;
}
