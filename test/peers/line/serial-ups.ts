import { batteryStatus, batteryVolts, freshUps, runtimeSeconds, stepUps, UPS_RATED_W, type UpsState } from "../../room/physics/ups.ts";
import { lineTalker, type Talker } from "./talker.ts";

/** A UPS with a battery that drains and fills, and with a serial port that tells of it in one of three languages. */
export class SerialUps {
  ups: UpsState = freshUps(1);
  mainsVolts = 229.5;
  loadW = 6_000;
  degrees = 31.4;
  testing = false;
  broken = false;

  constructor() {
    this.step(1);
  }

  /** Lets time pass. A mains that fails and one that returns are told by whoever listens to UPS-Link. */
  step(seconds: number): void {
    this.ups = stepUps(this.ups, this.loadW, this.mainsVolts > 170, seconds);
  }

  get onBattery(): boolean {
    return this.ups.source === "battery";
  }

  get outputVolts(): number {
    return this.ups.source === "none" ? 0 : 230;
  }

  get loadPercent(): number {
    return (100 * this.loadW) / UPS_RATED_W;
  }

  /** Volts of one of the 96 cells of the string. */
  get cellVolts(): number {
    return batteryVolts(this.ups) / 96;
  }

  get low(): boolean {
    return batteryStatus(this.ups) !== "normal";
  }
}

const number = (value: number, digits: number, decimals: number): string => value.toFixed(decimals).padStart(digits, "0");

/** Bits of Q1 from the highest: mains failed, battery low, bypass, fault, line-interactive, test, shutdown, beeper. */
export function q1Answer(ups: SerialUps): string {
  const bits = [ups.onBattery, ups.low, false, ups.broken, false, ups.testing, false, true].map((bit) => (bit ? "1" : "0")).join("");
  return `(${number(ups.mainsVolts, 5, 1)} 195.0 ${number(ups.outputVolts, 5, 1)} ${number(ups.loadPercent, 3, 0)} 50.0 ${number(ups.cellVolts, 4, 2)} ${number(ups.degrees, 4, 1)} ${bits}`;
}

/** Q1 and its kin. A question that it does not know comes back as it is, as such units do. */
export function q1Talker(ups: SerialUps, turnaroundMs = 60): Talker {
  const answers: Readonly<Record<string, () => string>> = {
    Q1: () => q1Answer(ups),
    F: () => "#230.0 065 192.0 50.0",
    I: () => "#ROOMWARD TEST   STAND      V1        ",
  };
  return lineTalker("\r", (line) => `${answers[line]?.() ?? line}\r`, turnaroundMs);
}

/** QGS, QMOD, QBV and QRI; refuses the rest. The second battery string is not there, and is told as dashes. */
export function qgsTalker(ups: SerialUps, turnaroundMs = 60): Talker {
  const answers: Readonly<Record<string, () => string>> = {
    QGS: () => {
      const amperes = (ups.loadW * 0.9) / 230;
      const bits = `10${[ups.onBattery, ups.low, false, ups.broken, false, ups.testing, false, true].map((bit) => (bit ? "1" : "0")).join("")}00`;
      return `(${number(ups.mainsVolts, 5, 1)} 50.0 ${number(ups.outputVolts, 5, 1)} 50.0 ${number(amperes, 5, 1)} ${number(ups.loadPercent, 3, 0)} 369.1 ---.- ${number(batteryVolts(ups.ups), 5, 1)} ---.- ${number(ups.degrees, 5, 1)} ${bits}`;
    },
    QMOD: () => (ups.onBattery ? "(B" : "(L"),
    QBV: () =>
      `(${number(batteryVolts(ups.ups), 5, 1)} 16 01 ${number(ups.ups.charge * 100, 3, 0)} ${number(Math.min(999, runtimeSeconds(ups.ups) / 60), 3, 0)}`,
    QRI: () => "(230.0 065 192.0 50.0",
    // What other programs ask before anything else.
    QPI: () => "(PI09",
  };
  return lineTalker("\r", (line) => `${answers[line]?.() ?? "(NAK"}\r`, turnaroundMs);
}

/** One letter, one answer; in the simple mode it only knows `Y`. `events` are sent in the middle of the next answer, as such units do. */
export function smartUpsTalker(ups: SerialUps, events: string[] = [], turnaroundMs = 40): Talker {
  let smart = false;
  const hex = (): string => {
    const bits = [false, ups.low, false, ups.onBattery, !ups.onBattery, false, false, false];
    return Number.parseInt(bits.map((bit) => (bit ? "1" : "0")).join(""), 2)
      .toString(16)
      .toUpperCase()
      .padStart(2, "0");
  };
  const answers: Readonly<Record<string, () => string>> = {
    Q: hex,
    // The command set, which other programs ask for before anything else.
    a: () => "3.!$%+?=#|.\u0001BCFGLMNOPQXYVabcefgjklmnopqrsuxz",
    "\u0001": () => "Smart-UPS 1500",
    V: () => "8TI",
    b: () => "50.9.D",
    n: () => "AS0000000000",
    B: () => number(batteryVolts(ups.ups) / 8, 5, 2),
    f: () => number(ups.ups.charge * 100, 5, 1),
    j: () => `${number(runtimeSeconds(ups.ups) / 60, 4, 0)}:`,
    L: () => number(ups.mainsVolts, 5, 1),
    M: () => number(ups.mainsVolts + 3, 5, 1),
    N: () => number(Math.max(0, ups.mainsVolts - 3), 5, 1),
    O: () => number(ups.outputVolts, 5, 1),
    F: () => "50.00",
    P: () => number(ups.loadPercent, 5, 1),
    C: () => number(ups.degrees, 5, 1),
    G: () => (ups.onBattery ? "L" : "O"),
    X: () => "OK",
    g: () => "024",
  };
  return (heard) =>
    [...heard.toString("latin1")].flatMap((letter) => {
      if (letter === "Y") smart = true;
      else if (letter === "R") smart = false;
      else if (!smart) return [];
      const said = letter === "Y" ? "SM" : letter === "R" ? "BYE" : (answers[letter]?.() ?? "NA");
      const event = events.shift() ?? "";
      return [{ bytes: Buffer.from(`${said.slice(0, 1)}${event}${said.slice(1)}\r\n`, "latin1"), afterMs: turnaroundMs }];
    });
}
