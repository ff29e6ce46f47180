import type { Talker, Utterance } from "./talker.ts";

interface Sim {
  readonly pin: string | null;
  tries: number;
  isOpen: boolean;
}

/** How a modem of some make tells how many tries a PIN has left. */
type TriesCommand = "CPINR" | "CSIM" | "none";

const CONTROL_Z = 0x1a;
const ESCAPE = 0x1b;
const REGISTER_MS = 300;
const THINKS_MS = 15;
/** A network takes its time, and so does a phone that rings. */
const SUBMIT_MS = 120;

/**
 * A modem with a SIM in a network: it echoes until told not to, takes its time to register, and says things that nobody asked for between
 * the lines of its answers. What is not a right PDU, or said before it is registered, it refuses by the numbers of 3GPP TS 27.005.
 */
export class SimulatedModem {
  sim: Sim | null = { pin: null, tries: 3, isOpen: true };
  triesCommand: TriesCommand = "CPINR";
  /** 0: nothing on the air; 3: the network denies. */
  network: 0 | 1 | 3 | 5 = 1;
  /** Registered in LTE alone. */
  isPacketOnly = false;
  isDead = false;
  unsolicited: readonly string[] = ["+CREG: 2", "RING", '+CMTI: "SM",3', "^RSSI:17"];
  /** +CMS ERROR of the submissions to come, or a whole answer; 0: it is sent. */
  readonly fates: (number | string)[] = [];
  /** The number of a phone and the word that its call ends with, by itself. */
  readonly callEnds: Readonly<Record<string, string>> = { "+8613900000002": "BUSY" };
  /** PDUs that the network took, with the address of the service centre. */
  readonly sent: string[] = [];
  readonly calls: string[] = [];
  readonly pinsEntered: string[] = [];
  hangUps = 0;
  /** What the network loses: it took the message, and the modem never says so. */
  loseAnswer = false;

  #echoes = true;
  #isNumeric = false;
  #isPduMode = false;
  #pending: number[] = [];
  #expected: number | null = null;
  #searchingSinceMs = performance.now();
  #said = 0;

  /** Loses power and comes back: settings are gone, the network is sought anew. */
  restart(): void {
    this.#echoes = true;
    this.#isNumeric = false;
    this.#isPduMode = false;
    this.#pending = [];
    this.#expected = null;
    this.#searchingSinceMs = performance.now();
    if (this.sim !== null) this.sim.isOpen = this.sim.pin === null;
  }

  readonly talker: Talker = (heard) => {
    if (this.isDead) return [];
    return [...heard].flatMap((byte) => this.#hear(byte));
  };

  #hear(byte: number): readonly Utterance[] {
    const echo = this.#echoes ? [{ bytes: Buffer.from([byte]), afterMs: 0 }] : [];
    if (byte === ESCAPE) {
      const wasAsked = this.#expected !== null;
      this.#expected = null;
      this.#pending = [];
      return wasAsked ? [...echo, ...this.#say("OK")] : echo;
    }
    if (this.#expected !== null) {
      if (byte !== CONTROL_Z) {
        this.#pending.push(byte);
        return echo;
      }
      const hex = Buffer.from(this.#pending).toString("latin1").trim();
      this.#pending = [];
      return [...echo, ...this.#submit(hex)];
    }
    if (byte !== 0x0d) {
      this.#pending.push(byte);
      return echo;
    }
    const line = Buffer.from(this.#pending).toString("latin1").trim();
    this.#pending = [];
    return [...echo, ...(line === "" ? [] : this.#obey(line))];
  }

  #obey(line: string): readonly Utterance[] {
    const [, command = ""] = /^AT(.*)$/i.exec(line) ?? [];
    if (!/^AT/i.test(line)) return this.#say("ERROR");
    if (command === "") return this.#say("OK");
    if (command === "E0") {
      this.#echoes = false;
      return this.#say("OK");
    }
    if (command === "+CMEE=1") {
      this.#isNumeric = true;
      return this.#say("OK");
    }
    if (this.sim === null) return this.#cme(10);
    if (command === "+CPIN?") return this.#say(`+CPIN: ${this.#simState()}`, "OK");
    const [, pin] = /^\+CPIN="(\d+)"$/.exec(command) ?? [];
    if (pin !== undefined) return this.#enter(this.sim, pin);
    if (command.startsWith("+CPINR"))
      return this.triesCommand === "CPINR" ? this.#say(`+CPINR: SIM PIN,${this.sim.tries},3`, "OK") : this.#cme(100);
    if (command === '+CSIM=10,"0020000100"')
      return this.triesCommand === "CSIM" ? this.#say(`+CSIM: 4,"63C${this.sim.tries.toString(16).toUpperCase()}"`, "OK") : this.#cme(100);
    if (!this.sim.isOpen) return this.#cme(11);
    if (command === "+CREG?") return this.#say(`+CREG: 2,${this.isPacketOnly ? 0 : this.#state()}`, "OK");
    if (command === "+CEREG?") return this.#say(`+CEREG: 0,${this.isPacketOnly ? this.#state() : 0}`, "OK");
    if (command === "+CMGF=0") {
      this.#isPduMode = true;
      return this.#say("OK");
    }
    const [, length] = /^\+CMGS=(\d+)$/.exec(command) ?? [];
    if (length !== undefined) {
      if (!this.#isPduMode) return this.#say("+CMS ERROR: 305");
      this.#expected = Number(length);
      return [{ bytes: Buffer.from("\r\n> "), afterMs: THINKS_MS }];
    }
    const [, number] = /^D(\+?\d+);$/.exec(command) ?? [];
    if (number !== undefined) return this.#dial(number);
    if (command === "H") {
      this.hangUps += 1;
      return this.#say("OK");
    }
    return this.#cme(100);
  }

  #simState(): string {
    if (this.sim?.isOpen === true) return "READY";
    return (this.sim?.tries ?? 0) > 0 ? "SIM PIN" : "SIM PUK";
  }

  #enter(sim: Sim, pin: string): readonly Utterance[] {
    this.pinsEntered.push(pin);
    if (sim.tries === 0) return this.#cme(12);
    if (pin !== sim.pin) {
      sim.tries -= 1;
      return this.#cme(16);
    }
    Object.assign(sim, { tries: 3, isOpen: true });
    return this.#say("OK");
  }

  #state(): number {
    return performance.now() - this.#searchingSinceMs < REGISTER_MS ? 2 : this.network;
  }

  #submit(hex: string): readonly Utterance[] {
    const length = this.#expected;
    this.#expected = null;
    const octets = Buffer.from(hex, "hex");
    const centre = (octets[0] ?? 0) + 1;
    if (octets.length * 2 !== hex.length || octets.length - centre !== length) return this.#say("+CMS ERROR: 304");
    if (![1, 5].includes(this.#state())) return this.#say("+CMS ERROR: 331");
    const fate = this.fates.shift() ?? 0;
    if (fate !== 0) return this.#say(typeof fate === "string" ? fate : `+CMS ERROR: ${fate}`);
    this.sent.push(hex);
    if (this.loseAnswer) return [];
    const answer = this.#say(`+CMGS: ${this.sent.length % 256}`, "OK");
    return answer.map((one, index) => (index === 0 ? { ...one, afterMs: SUBMIT_MS } : one));
  }

  #dial(number: string): readonly Utterance[] {
    this.calls.push(number);
    const ends = this.callEnds[number];
    return [...this.#say("OK"), ...(ends === undefined ? [] : [{ bytes: Buffer.from(`\r\n${ends}\r\n`), afterMs: 200 }])];
  }

  #cme(code: number): readonly Utterance[] {
    return this.#say(this.#isNumeric ? `+CME ERROR: ${code}` : "ERROR");
  }

  /** With something between that has nothing to do with it. */
  #say(...lines: readonly string[]): readonly Utterance[] {
    const between = this.unsolicited[this.#said++ % Math.max(1, this.unsolicited.length)];
    const all = between === undefined ? lines : [between, ...lines];
    return all.map((line, index) => ({ bytes: Buffer.from(`\r\n${line}\r\n`), afterMs: index === 0 ? THINKS_MS : 0 }));
  }
}
