import { decodeFrame, type ServerMessage } from "../../firmware/contract/live.ts";
import type { Store } from "./store.ts";

/** The box speaks at least every 5 s; silence for this long means the link is dead, whatever TCP believes. */
const SILENCE_MS_MAX = 12_000;
const CHECK_MS = 1_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
/** After so many failed tries, and after every so many more, the box is asked whether it still knows us. */
const ASK_EVERY = 2;

/** Time and chance of the page, replaceable in tests. */
export interface PageClock {
  now(): number;
  random(): number;
}

export interface Live {
  /** Ends the connection and does not come back. */
  stop(): void;
}

export interface LiveEvents {
  /** The site or the program changed: the page must be loaded anew. */
  outdated(): void;
  /** The box does not know us any more: sign in. */
  signedOut(): void;
}

/** Keeps the store fed: connects, checks that no frame is missing, and comes back by itself after every break. */
export function startLive(store: Store, url: string, clock: PageClock, events: LiveEvents): Live {
  let socket: WebSocket | null = null;
  let attempts = 0;
  let heardMs = clock.now();
  let sequence: number | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const connect = (): void => {
    retry = undefined;
    heardMs = clock.now();
    sequence = null;
    const fresh = new WebSocket(url);
    fresh.binaryType = "arraybuffer";
    socket = fresh;
    fresh.onmessage = ({ data }) => {
      if (socket === fresh) take(data);
    };
    fresh.onclose = ({ code }) => {
      if (socket === fresh) lost(code);
    };
  };

  const take = (data: unknown): void => {
    heardMs = clock.now();
    if (data instanceof ArrayBuffer) takeFrame(data);
    else if (typeof data === "string") takeMessage(JSON.parse(data) as ServerMessage);
  };

  const takeFrame = (data: ArrayBuffer): void => {
    const frame = decodeFrame(data);
    const isNext = frame !== null && (frame.snapshot || (sequence !== null && frame.sequence === (sequence + 1) >>> 0));
    if (!isNext) {
      // A frame is missing or broken: what is shown can no longer be trusted, so begin again.
      socket?.close();
      return;
    }
    attempts = 0;
    sequence = frame.sequence;
    store.takeFrame(frame, clock.now());
  };

  const takeMessage = (message: ServerMessage): void => {
    if (message.type === "hello" && (message.revision !== store.room.site.revision || message.version !== store.room.site.version)) {
      stop();
      events.outdated();
      return;
    }
    store.takeMessage(message, clock.now());
  };

  const lost = (code: number): void => {
    socket = null;
    store.linkLost();
    if (stopped) return;
    const delayMs = Math.min(RETRY_FIRST_MS * 2 ** attempts, RETRY_MAX_MS) * (0.5 + clock.random());
    attempts += 1;
    retry = setTimeout(connect, delayMs);
    // A refused handshake and a lost network look the same from here; only the box can say whether we are still known.
    if (code === REFUSED_CODE || attempts % ASK_EVERY === 0) void stillKnown().then((known) => (known ? undefined : events.signedOut()));
  };

  const watch = setInterval(() => {
    if (socket !== null && clock.now() - heardMs > SILENCE_MS_MAX) {
      const silent = socket;
      socket = null;
      silent.close();
      lost(0);
    }
  }, CHECK_MS);

  const hurry = (): void => {
    if (document.visibilityState !== "visible" || retry === undefined) return;
    clearTimeout(retry);
    attempts = 0;
    connect();
  };
  document.addEventListener("visibilitychange", hurry);
  window.addEventListener("online", hurry);

  const stop = (): void => {
    stopped = true;
    clearTimeout(retry);
    clearInterval(watch);
    document.removeEventListener("visibilitychange", hurry);
    window.removeEventListener("online", hurry);
    socket?.close();
    socket = null;
  };

  connect();
  return { stop };
}

/** "Policy violation", RFC 6455 §7.4.1: the box says it when a token was removed. */
const REFUSED_CODE = 1_008;

async function stillKnown(): Promise<boolean> {
  try {
    return (await fetch("/api/v1/session")).status !== 401;
  } catch {
    return true;
  }
}
