import type { BusFault, Pace } from "../driver.ts";
import type { Line } from "../line/line.ts";
import { openSerial } from "../line/serial.ts";

/** Of what comes between two questions no more is kept. */
const PENDING_MAX = 8_192;

export interface ModemPort {
  readonly path: string;
  readonly baudRate: number;
}

/** What a modem makes of one command line (ITU-T V.250, 3GPP TS 27.007). `lines` came before the result, unsolicited ones among them. */
export type AtAnswer =
  | { readonly result: "ok" | "prompt"; readonly lines: readonly string[] }
  | { readonly result: "ended"; readonly word: string }
  /** `code` of +CME or +CMS; null where it only says no. */
  /** Of the message +CMS ERROR (3GPP TS 27.005), of the equipment +CME ERROR (TS 27.007) or no more than ERROR. */
  | { readonly result: "error"; readonly of: "message"; readonly code: number }
  | { readonly result: "error"; readonly of: "equipment"; readonly code: number | null }
  | { readonly result: "silent" }
  | { readonly result: "gone"; readonly fault: BusFault };

interface Asked {
  readonly prompt: boolean;
  readonly ends: RegExp | null;
  readonly lines: string[];
  readonly settle: (answer: AtAnswer) => void;
}

/** One serial port with a modem at its far end. One question at a time. */
export class AtPort {
  readonly #pace: Pace;
  #line: Line | null = null;
  #pending = "";
  #asked: Asked | null = null;
  #fault: BusFault | null = null;

  private constructor(pace: Pace) {
    this.#pace = pace;
  }

  static async open({ path, baudRate }: ModemPort, pace: Pace): Promise<AtPort | BusFault> {
    const port = new AtPort(pace);
    const settings = { path, baudRate, parity: "none", stopBits: 1 } as const;
    const opened = await openSerial(settings, { bytes: (chunk) => port.#hear(chunk), lost: (fault) => port.#lose(fault) });
    if ("fault" in opened) return opened.fault;
    port.#line = opened.line;
    return port;
  }

  /** Sends a command line and waits for its final result. `ends`: further words that end it, as those of a call do. */
  ask(
    command: string,
    timeoutMs: number,
    { prompt = false, ends = null }: { prompt?: boolean; ends?: RegExp | null } = {},
  ): Promise<AtAnswer> {
    return this.#await({ prompt, ends }, timeoutMs, `${command}\r`);
  }

  /** Sends what a prompt has asked for. */
  give(content: string, timeoutMs: number): Promise<AtAnswer> {
    return this.#await({ prompt: false, ends: null }, timeoutMs, content);
  }

  /** Waits for a word that nobody asked for; `silent` when it does not come. */
  hear(ends: RegExp, timeoutMs: number): Promise<AtAnswer> {
    return this.#await({ prompt: false, ends }, timeoutMs, "");
  }

  /** Waits until what was said before has been said, and forgets it. */
  async quiet(ms: number): Promise<void> {
    await this.#pace.sleep(ms);
    this.#pending = "";
  }

  async close(): Promise<void> {
    await this.#line?.close();
  }

  async #await(how: Pick<Asked, "prompt" | "ends">, timeoutMs: number, text: string): Promise<AtAnswer> {
    if (this.#fault !== null) return { result: "gone", fault: this.#fault };
    const over = new AbortController();
    const answer = new Promise<AtAnswer>((settle) => {
      this.#asked = { ...how, lines: [], settle };
    });
    const late = this.#pace.sleep(timeoutMs, over.signal).then((): AtAnswer => ({ result: "silent" }));
    if (text !== "") this.#line?.send(Buffer.from(text, "latin1"));
    const first = await Promise.race([answer, late]);
    over.abort();
    this.#asked = null;
    const gone = first.result === "silent" ? await this.#line?.check() : null;
    return gone == null ? first : { result: "gone", fault: gone };
  }

  #hear(chunk: Uint8Array): void {
    const heard = (this.#pending + Buffer.from(chunk).toString("latin1")).slice(-PENDING_MAX).split(/[\r\n]+/);
    this.#pending = heard.pop() ?? "";
    for (const line of heard) this.#take(line.trim());
    if (this.#asked?.prompt === true && /^> ?$/.test(this.#pending)) {
      this.#pending = "";
      this.#settle({ result: "prompt", lines: this.#asked.lines });
    }
  }

  #take(line: string): void {
    if (line === "" || this.#asked === null) return;
    const { ends, lines } = this.#asked;
    const [, kind, code = null] = /^\+CM([ES]) ERROR: ?(\d+)$/.exec(line) ?? [];
    if (ends?.test(line) === true) this.#settle({ result: "ended", word: line });
    else if (line === "OK") this.#settle({ result: "ok", lines });
    else if (code !== null) this.#settle({ result: "error", of: kind === "S" ? "message" : "equipment", code: Number(code) });
    else if (line === "ERROR" || /^\+CM[ES] ERROR/.test(line)) this.#settle({ result: "error", of: "equipment", code: null });
    else lines.push(line);
  }

  #settle(answer: AtAnswer): void {
    this.#asked?.settle(answer);
    this.#asked = null;
  }

  #lose(fault: BusFault): void {
    this.#fault = fault;
    this.#settle({ result: "gone", fault });
  }
}
