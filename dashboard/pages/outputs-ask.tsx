import type { ComponentChildren } from "preact";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import { ask } from "../live/api.ts";
import { to } from "../text/outputs.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import type { Acting } from "./outputs.tsx";

/** What is asked of the box, and what has to be said for it. */
export interface Order<T> {
  readonly title: string;
  readonly does: string;
  readonly verb: string;
  readonly path: string;
  readonly body: (fields: FormData) => Record<string, unknown>;
  readonly withReason: boolean;
  readonly children?: ComponentChildren;
  /** What came of it, in words. */
  readonly told?: (answer: T) => string;
}

/** A button that asks before it does something; its name says to what. */
export function OrderButton<T>({ label, order, acting }: { readonly label: string; readonly order: Order<T>; readonly acting: Acting }) {
  const { title, does, verb, path, body, withReason, children, told } = order;
  const open = (): void =>
    acting.ask(
      <AskDialog<T>
        title={title}
        does={does}
        verb={verb}
        run={(fields) => ask<T>("POST", path, { ...body(fields), ...(withReason ? { reason: String(fields.get("reason") ?? "") } : {}) })}
        done={(answer) => acting.done(told?.(answer))}
        close={() => acting.ask(null)}
      >
        {children}
        {withReason ? (
          <label class="field">
            {to.value.reason}
            <input name="reason" required maxLength={REASON_MAX} autocomplete="off" />
          </label>
        ) : null}
      </AskDialog>,
    );
  return (
    <button type="button" aria-label={title} onClick={open}>
      {label}
    </button>
  );
}
