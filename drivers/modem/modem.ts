import type { Pace } from "../driver.ts";
import type { Words } from "../vocabulary.ts";
import { type AtAnswer, AtPort, type ModemPort } from "./at.ts";
import { smsRefusal } from "./errors.ts";
import type { SubmitPdu } from "./pdu.ts";

const COMMAND_MS = 5_000;
const SYNC_MS = 1_000;
const SYNC_TRIES = 3;
const QUIET_MS = 200;
/** A SIM that has just been unlocked reads itself first. */
const PIN_MS = 10_000;
const REGISTER_EVERY_MS = 2_000;
/** What 3GPP TS 27.005 lets the network take. */
const SUBMIT_MS = 60_000;
const DIAL_MS = 20_000;
/** What a SIM has before anybody was wrong. */
const PIN_TRIES_FULL = 3;

const ESCAPE = "\u001b";
const CONTROL_Z = "\u001a";
const CALL_ENDS = /^(NO CARRIER|BUSY|NO ANSWER|NO DIALTONE|NO DIAL TONE)$/;
/** Home, roaming, and either for short messages only (3GPP TS 27.007, 7.2). */
const REGISTERED: ReadonlySet<number> = new Set([1, 5, 6, 7]);
const DENIED = 3;

/** Why the modem cannot be used now; it is no fault of any message. */
export interface ModemTrouble {
  readonly trouble: Words;
}

export type Submitted = { readonly outcome: "sent" } | { readonly outcome: "refused" | "unavailable"; readonly why: Words };

/** Of one SIM, as long as the process lives. */
export interface PinMemory {
  refused: boolean;
}

export interface Modem {
  submit(pdu: SubmitPdu): Promise<Submitted>;
  /** Lets a phone ring and hangs up. @returns what came of it. */
  ring(number: string, forMs: number): Promise<Words>;
  close(): Promise<void>;
}

export interface ModemSettings extends ModemPort {
  readonly pin?: string | undefined;
  /** How long to wait for a network. */
  readonly patienceMs: number;
}

/** Opens a modem and brings it to where a message can be sent: awake, unlocked, registered, in PDU mode. */
export async function openModem(settings: ModemSettings, memory: PinMemory, pace: Pace): Promise<Modem | ModemTrouble> {
  const port = await AtPort.open(settings, pace);
  if (!(port instanceof AtPort)) return { trouble: { zh: `串口 ${port.detail}`, en: port.detail } };
  const trouble = (await wake(port)) ?? (await unlock(port, settings.pin, memory)) ?? (await register(port, settings.patienceMs, pace));
  const mode = trouble === null ? await port.ask("AT+CMGF=0", COMMAND_MS) : null;
  const wrong = trouble ?? (mode === null || mode.result === "ok" ? null : troubleOf(mode));
  if (wrong === null) return modemAt(port);
  await port.close();
  return { trouble: wrong };
}

function modemAt(port: AtPort): Modem {
  return {
    async submit({ hex, length }) {
      const asked = await port.ask(`AT+CMGS=${length}`, COMMAND_MS, { prompt: true });
      const answer = asked.result === "prompt" ? await port.give(`${hex}${CONTROL_Z}`, SUBMIT_MS) : asked;
      // A modem that still waits for the rest takes the next command for it.
      if (answer.result === "silent") await port.give(ESCAPE, SYNC_MS);
      if (answer.result === "ok" && asked.result === "prompt") return { outcome: "sent" };
      if (answer.result !== "error") return { outcome: "unavailable", why: troubleOf(answer) };
      // The same numbers mean other things of the modem than of a message, and nothing about the modem is for good.
      if (answer.of === "equipment")
        return { outcome: "unavailable", why: answer.code === null ? troubleOf(answer) : simTrouble(answer.code) };
      const { forGood, words } = smsRefusal(answer.code);
      return { outcome: forGood ? "refused" : "unavailable", why: words };
    },

    async ring(number, forMs) {
      const dialled = await port.ask(`ATD${number};`, DIAL_MS, { ends: CALL_ENDS });
      const heard = dialled.result === "ok" ? await port.hear(CALL_ENDS, forMs) : dialled;
      await port.ask("ATH", COMMAND_MS);
      if (heard.result === "silent" && dialled.result === "ok")
        return { zh: `振铃 ${forMs / 1_000} 秒`, en: `rang for ${forMs / 1_000} s` };
      if (heard.result === "ended") return { zh: `呼叫结束：${heard.word}`, en: `the call ended: ${heard.word}` };
      return troubleOf(heard);
    },

    close: () => port.close(),
  };
}

/** An escape ends what a broken attempt may have begun; what it is answered with is not the answer to the next command. */
async function wake(port: AtPort): Promise<Words | null> {
  await port.give(ESCAPE, QUIET_MS);
  let answer: AtAnswer = { result: "silent" };
  for (let tries = 0; tries < SYNC_TRIES && answer.result === "silent"; tries += 1) answer = await port.ask("AT", SYNC_MS);
  await port.quiet(QUIET_MS);
  if (answer.result !== "ok") return troubleOf(answer);
  for (const command of ["ATE0", "AT+CMEE=1"]) {
    const set = await port.ask(command, COMMAND_MS);
    if (set.result !== "ok" && set.result !== "error") return troubleOf(set);
  }
  return null;
}

const PIN_REFUSED: Words = {
  zh: "SIM 卡拒绝了 PIN，不会再试：请改正 simPin，并用手机正确输入一次 PIN",
  en: "the SIM refused the PIN, which is not tried again: correct simPin, and enter the right one once in a phone",
};

async function unlock(port: AtPort, pin: string | undefined, memory: PinMemory): Promise<Words | null> {
  const asked = await port.ask("AT+CPIN?", COMMAND_MS);
  if (asked.result === "error") return simTrouble(asked.code);
  if (asked.result !== "ok") return troubleOf(asked);
  const wanted = said(asked.lines, /^\+CPIN: ?(.+)$/)?.[1];
  if (wanted === "READY") return null;
  if (wanted !== "SIM PIN")
    return {
      zh: `SIM 卡已锁定（${wanted ?? "未知"}）：请用手机解锁`,
      en: `the SIM is locked (${wanted ?? "unknown"}): unlock it in a phone`,
    };
  if (pin === undefined)
    return {
      zh: "SIM 卡需要 PIN：请填写 simPin，或用手机关闭 PIN",
      en: "the SIM wants its PIN: give it as simPin, or turn it off in a phone",
    };
  if (memory.refused) return PIN_REFUSED;
  const left = await pinTries(port);
  if (left === null)
    return {
      zh: "调制解调器不报告 PIN 剩余次数，不会尝试输入：请用手机关闭 SIM 卡的 PIN",
      en: "the modem does not tell how many tries the PIN has left, so none is made: turn the SIM's PIN off in a phone",
    };
  if (left < PIN_TRIES_FULL) return PIN_REFUSED;
  const entered = await port.ask(`AT+CPIN="${pin}"`, PIN_MS);
  if (entered.result === "ok") return null;
  memory.refused = true;
  return entered.result === "error" ? PIN_REFUSED : troubleOf(entered);
}

/** By +CPINR (3GPP TS 27.007, 8.65), which modems may have, or of the SIM itself: VERIFY without a PIN (ETSI TS 102 221, 11.1.9) counts nothing. */
async function pinTries(port: AtPort): Promise<number | null> {
  const asked = await port.ask('AT+CPINR="SIM PIN"', COMMAND_MS);
  const told = asked.result === "ok" ? said(asked.lines, /^\+CPINR: ?"?SIM PIN"?, ?(\d+)/)?.[1] : undefined;
  if (told !== undefined) return Number(told);
  const raw = await port.ask('AT+CSIM=10,"0020000100"', COMMAND_MS);
  const status = raw.result === "ok" ? said(raw.lines, /^\+CSIM: ?4, ?"?63C([0-9A-F])"?$/i)?.[1] : undefined;
  return status === undefined ? null : Number.parseInt(status, 16);
}

async function register(port: AtPort, patienceMs: number, pace: Pace): Promise<Words | null> {
  const untilMs = pace.monotonicMs() + patienceMs;
  for (;;) {
    let isDenied = false;
    for (const name of ["CREG", "CEREG"]) {
      const asked = await port.ask(`AT+${name}?`, COMMAND_MS);
      if (asked.result === "silent" || asked.result === "gone") return troubleOf(asked);
      // One that nobody asked for has a single number.
      const found = asked.result === "ok" ? said(asked.lines, new RegExp(`^\\+${name}: ?\\d, ?(\\d+)`))?.[1] : undefined;
      if (REGISTERED.has(Number(found ?? 0))) return null;
      isDenied ||= Number(found ?? 0) === DENIED;
    }
    if (pace.monotonicMs() + REGISTER_EVERY_MS > untilMs)
      return isDenied
        ? { zh: "网络拒绝注册：请检查 SIM 卡是否停机", en: "the network denies registration: see whether the SIM's contract is in force" }
        : { zh: "没有注册到网络：请检查天线和信号", en: "not registered in a network: look at the antenna and the signal" };
    await pace.sleep(REGISTER_EVERY_MS);
  }
}

function said(lines: readonly string[], what: RegExp): RegExpExecArray | null {
  for (const line of lines) {
    const found = what.exec(line);
    if (found !== null) return found;
  }
  return null;
}

/** +CME ERROR of 3GPP TS 27.007, 9.2. */
function simTrouble(code: number | null): Words {
  if (code === 10) return { zh: "调制解调器中没有 SIM 卡：请插入", en: "there is no SIM in the modem: put one in" };
  if (code === 14) return { zh: "SIM 卡忙", en: "the SIM is busy" };
  return { zh: `SIM 卡不可用（+CME ERROR ${code ?? "?"}）`, en: `the SIM cannot be used (+CME ERROR ${code ?? "?"})` };
}

function troubleOf(answer: AtAnswer): Words {
  switch (answer.result) {
    case "gone":
      return { zh: `串口 ${answer.fault.detail}`, en: answer.fault.detail };
    case "error":
      return { zh: `调制解调器报错 ${answer.code ?? ""}`.trimEnd(), en: `the modem answered ERROR ${answer.code ?? ""}`.trimEnd() };
    case "ended":
      return { zh: answer.word, en: answer.word };
    default:
      return { zh: "调制解调器没有应答：请检查电源、串口和波特率", en: "the modem does not answer: look at its power, port and baud rate" };
  }
}
