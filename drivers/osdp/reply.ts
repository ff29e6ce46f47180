import { type CardRead, formattedCard, rawCard } from "./card.ts";
import { NAK, REPLIES } from "./frame.ts";

/** What an answer tells, whatever was asked: a reader also answers a poll with what has changed. */
export type Told =
  | { readonly kind: "nothing" }
  | { readonly kind: "card"; readonly read: CardRead }
  /** Only how many: what is typed may be somebody's code. */
  | { readonly kind: "keys"; readonly count: number }
  | { readonly kind: "local"; readonly tamper: number; readonly power: number }
  | { readonly kind: "inputs"; readonly states: readonly number[] }
  | { readonly kind: "identity"; readonly text: string }
  | { readonly kind: "capabilities"; readonly inputs: number }
  | { readonly kind: "busy" }
  | { readonly kind: "nak"; readonly reason: number; readonly what: string }
  | { readonly kind: "malformed"; readonly what: string };

/** Table of NAK error codes. (OSDP 2.2) */
const NAK_WORDS: Readonly<Record<number, string>> = {
  [NAK.badCheck]: "the command arrived damaged",
  [NAK.badLength]: "wrong length of the command",
  [NAK.unknownCommand]: "does not know the command",
  [NAK.sequence]: "did not expect this sequence number",
  [NAK.securityBlock]: "wants another security block",
  [NAK.secureOnly]: "answers over a secure channel only: set the reader to unencrypted (install) mode",
  7: "does not know this kind of biometrics",
  8: "does not know this format of biometrics",
  9: "cannot carry out the command",
};

const LOCAL_BYTES = 2;
const IDENTITY_BYTES = 12;
/** Each capability is a function, how far it complies, and how many there are of it. */
const CAPABILITY_BYTES = 3;
const CONTACT_STATUS = 1;
const KEYPAD_HEAD_BYTES = 2;

const malformed = (what: string): Told => ({ kind: "malformed", what });

export function told(code: number, data: Buffer): Told {
  switch (code) {
    case REPLIES.nak:
      return data[0] === undefined ? malformed("a NAK without a reason") : nak(data[0]);
    case REPLIES.busy:
      return { kind: "busy" };
    case REPLIES.id:
      return data.length === IDENTITY_BYTES ? { kind: "identity", text: identity(data) } : malformed("an identity of another length");
    case REPLIES.capabilities:
      return data.length % CAPABILITY_BYTES === 0
        ? { kind: "capabilities", inputs: inputCount(data) }
        : malformed("capabilities of another length");
    case REPLIES.localStatus: {
      const [tamper = 0, power = 0] = data;
      return data.length === LOCAL_BYTES ? { kind: "local", tamper, power } : malformed("a status of another length");
    }
    case REPLIES.inputStatus:
      return { kind: "inputs", states: [...data] };
    case REPLIES.rawCard:
      return { kind: "card", read: rawCard(data) };
    case REPLIES.formattedCard:
      return { kind: "card", read: formattedCard(data) };
    case REPLIES.keypad:
      return data[1] !== undefined && data.length === KEYPAD_HEAD_BYTES + data[1]
        ? { kind: "keys", count: data[1] }
        : malformed("keys of another count than it says");
    default:
      return { kind: "nothing" };
  }
}

function inputCount(data: Buffer): number {
  for (let at = 0; at < data.length; at += CAPABILITY_BYTES) if (data[at] === CONTACT_STATUS) return data[at + 2] ?? 0;
  return 0;
}

function nak(reason: number): Told {
  return { kind: "nak", reason, what: NAK_WORDS[reason] ?? `refuses with reason ${reason}` };
}

/** Vendor (three bytes of its MAC addresses), model, version, serial number (low byte first), firmware. (OSDP 2.2, osdp_PDID) */
function identity(data: Buffer): string {
  const vendor = data.toString("hex", 0, 3).toUpperCase();
  const [model = 0, version = 0] = data.subarray(3);
  const serial = data.readUInt32LE(5).toString(16).padStart(8, "0").toUpperCase();
  return `vendor ${vendor}, model ${model}.${version}, serial ${serial}, firmware ${[...data.subarray(9)].join(".")}`;
}
