import type { HandOverItem } from "../contract/escalation.ts";
import type { AuditEntry } from "../journal/journal.ts";

/** Rows are kept up to so many; a room writes about a thousand a year. */
export const DUTY_ROWS_MAX = 20_000;

/** What people on call, and the box for them, write down. `changeMs`: when the shift changes. */
export type OnCallAct =
  | {
      readonly kind: "swap";
      readonly rota: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly who: string | null;
      readonly note: string;
    }
  | {
      readonly kind: "note";
      readonly rota: string;
      readonly changeMs: number;
      readonly outgoing: string;
      readonly incoming: string;
      readonly text: string;
      readonly open: readonly HandOverItem[];
    }
  /** The shift has changed and nobody wrote anything: the box's own act. */
  | { readonly kind: "missing"; readonly rota: string; readonly changeMs: number; readonly outgoing: string; readonly incoming: string }
  /** `of`: id of the note. */
  | { readonly kind: "confirm"; readonly rota: string; readonly changeMs: number; readonly of: string; readonly note: string };

export interface OnCallWrite {
  /** The same act made twice is recorded once. */
  readonly id: string;
  readonly atMs: number;
  readonly certain: boolean;
  readonly by: string;
  readonly act: OnCallAct;
  readonly audit: AuditEntry;
}

export interface OnCallRow {
  readonly number: number;
  readonly id: string;
  readonly atMs: number;
  readonly by: string;
  readonly act: OnCallAct;
}

export interface OnCallQuery {
  readonly kinds: readonly OnCallAct["kind"][];
  readonly limit: number;
  /** Only those with a lesser number. */
  readonly before?: number;
  readonly rota?: string;
  /** Changes of shifts from here, before there; of swaps their ends. */
  readonly fromMs?: number;
  readonly toMs?: number;
}
