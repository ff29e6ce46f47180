import type { WebSocket } from "ws";

/** Bytes that may wait for one client. Beyond it the client gets nothing until it has caught up. */
const WAITING_BYTES_MAX = 256 * 1024;
const STUCK_AFTER_MS = 30_000;
const PONGS_MISSED_MAX = 2;
/** Some client libraries ping by themselves; more than this between two of our pings is not politeness. */
const PINGS_MAX = 10;

/** Close codes of RFC 6455 as this stream uses them. */
export const CLOSE = {
  goingAway: [1001, "the gateway is stopping"],
  listenOnly: [1008, "this stream only speaks: send nothing"],
  signedOut: [1008, "the access token was removed"],
  full: [1013, "too many live clients: close a dashboard or try again later"],
} as const;

/** One browser or program that listens, and how far behind it is. It gets the newest values, never a backlog. */
export class LiveClient {
  readonly personId: string;
  readonly #socket: WebSocket;
  #behindSinceMs: number | null = null;
  #pongsMissed = 0;
  #pings = 0;
  #spoke = false;

  constructor(socket: WebSocket, personId: string) {
    this.personId = personId;
    this.#socket = socket;
    socket.on("pong", () => {
      this.#pongsMissed = 0;
    });
    socket.on("ping", () => {
      this.#pings += 1;
      if (this.#pings > PINGS_MAX) this.#refuseSpeech();
    });
    socket.on("message", () => this.#refuseSpeech());
  }

  /** Gets every message as it is made; false while it has to catch up. */
  get isFollowing(): boolean {
    return this.#behindSinceMs === null;
  }

  /** Everything that was sent has left the box. */
  get hasDrained(): boolean {
    return this.#socket.bufferedAmount === 0;
  }

  /** Sends what all followers get, unless too much is waiting already: from then on the client is behind. */
  follow(bytes: Buffer, binary: boolean, nowMs: number): void {
    if (this.#socket.bufferedAmount > WAITING_BYTES_MAX) this.#behindSinceMs = nowMs;
    else this.#send(bytes, binary);
  }

  /** The whole present state; from here on the client follows. */
  startOver(hello: Buffer, snapshot: Buffer): void {
    this.#behindSinceMs = null;
    this.#send(hello, false);
    this.#send(snapshot, true);
  }

  /** A client that takes nothing for so long is gone, whatever TCP says. */
  endIfStuck(nowMs: number): void {
    if (this.#behindSinceMs !== null && nowMs - this.#behindSinceMs >= STUCK_AFTER_MS) this.#socket.terminate();
  }

  /** Asks for a sign of life; ends the connection when the last ones did not come. */
  ping(): void {
    this.#pings = 0;
    if (!this.isFollowing) return;
    if (this.#pongsMissed >= PONGS_MISSED_MAX) {
      this.#socket.terminate();
      return;
    }
    this.#pongsMissed += 1;
    this.#socket.ping();
  }

  close([code, reason]: (typeof CLOSE)[keyof typeof CLOSE]): void {
    this.#socket.close(code, reason);
  }

  /** Says goodbye and does not wait for the answer. */
  end(farewell: (typeof CLOSE)[keyof typeof CLOSE]): void {
    this.close(farewell);
    this.#socket.terminate();
  }

  #refuseSpeech(): void {
    if (this.#spoke) this.#socket.terminate();
    this.#spoke = true;
    this.close(CLOSE.listenOnly);
  }

  #send(bytes: Buffer, binary: boolean): void {
    this.#socket.send(bytes, { binary, compress: false, fin: true });
  }
}
