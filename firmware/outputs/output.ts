import type { LineOutput } from "../../drivers/contact/output.ts";
import type { ModbusOutput } from "../../drivers/modbus/switch.ts";
import type { Severity, Words } from "../contract/alarm.ts";

/** Where an output is on its bus. */
export type OutputPlace = ({ readonly kind: "line" } & LineOutput) | ({ readonly kind: "modbus" } & ModbusOutput);

/** Which alarms are meant. Null: all of that kind. */
export interface Scope {
  readonly severities: readonly Severity[] | null;
  /** With everything below them. */
  readonly areas: ReadonlySet<string> | null;
  readonly types: readonly string[] | null;
  /** Point ids; `*` stands for any text. */
  readonly points: readonly string[] | null;
}

/** A time of day in which alarms switch nothing on. Minutes since midnight; one that ends before it begins goes over midnight. */
export interface QuietTime {
  /** 1 Monday to 7 Sunday, of the day on which it begins. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

export type OutputKind = "siren" | "beacon" | "relay";

/** An output with everything resolved. */
export interface Output {
  readonly id: string;
  readonly name: Words;
  readonly area: string;
  readonly kind: OutputKind;
  readonly bus: string;
  readonly place: OutputPlace;
  /** The alarms that switch it on; null: none does. */
  readonly when: Scope | null;
  readonly quiet: readonly QuietTime[];
  /** The longest that one reason keeps it on; null: as long as it holds. */
  readonly onAtMostMs: number | null;
  /** What it is at while nothing asks for anything. */
  readonly normally: boolean;
  /** What it is left at when the gateway ends, and while it is locked out; null: as it is. */
  readonly safe: boolean | null;
  /** The least time between two switches. */
  readonly restMs: number;
  /** Key of its alarm `outputFailed`. */
  readonly alarm: string;
}

/** Something that is so, is not so, or is not known. */
export type Condition =
  | { readonly kind: "alarms"; readonly scope: Scope }
  | {
      readonly kind: "point";
      readonly point: string;
      /** Its number in the point table. */
      readonly number: number;
      readonly test: { readonly state: number; readonly name: string } | { readonly above: number } | { readonly below: number };
    }
  | { readonly kind: "output"; readonly output: string; readonly isOn: boolean };

/** What a condition of one point switches, and what must not be the case meanwhile. */
export interface Linkage {
  readonly id: string;
  readonly name: Words;
  readonly when: Condition;
  readonly forMs: number;
  readonly output: string;
  readonly isOn: boolean;
  /** It does not act while one of these is so, or is not known. */
  readonly unless: readonly Condition[];
  /** Whether a person ends it, or the end of its condition does. */
  readonly ends: "person" | "condition";
  /** Names this definition: whoever armed it has armed exactly this. */
  readonly mark: string;
}
