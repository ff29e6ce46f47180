import type { BusFault } from "../driver.ts";

/** What a line tells whoever opened it. */
export interface LineListener {
  /** Bytes in the order of their arrival. The buffer is used again as soon as the call returns. */
  bytes(chunk: Uint8Array): void;
  /** Once, when the line is gone without having been closed by us. */
  lost(fault: BusFault): void;
}

/** An open way for bytes, to one serial port or one TCP endpoint. */
export interface Line {
  send(bytes: Uint8Array): void;
  /** Looks whether the far end of the line is still there: an unplugged adapter does not always say so. */
  check(): Promise<BusFault | null>;
  /** Resolves when the port or socket is free again; never rejects. */
  close(): Promise<void>;
}

export type LineAnswer = { readonly line: Line } | { readonly fault: BusFault };
