import { useState } from "preact/hooks";
import type { ClockReply, ClockStep } from "../../firmware/contract/clock.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { formatJump, formatOff, tc } from "../text/clock.ts";
import { formatDuration } from "../text/format.ts";
import { localOf, momentOf } from "../text/local-time.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, nowMs, usePage } from "../ui/page.ts";
import "./storage-clock.css";

const PATH = "/api/v1/clock";
const ASK_EVERY_MS = 15_000;
/** Less is the time that the question took. */
const SAME_MS = 1_500;

/** What time the gateway tells, who says so and how far it may be off; and to set it, where nobody else can. */
export function ClockCard() {
  const { store } = usePage();
  // Asked again at once when the box says that something has changed.
  const state = store.clock.value;
  const { answer, again } = useAsked<ClockReply>(
    () => ask("GET", PATH),
    JSON.stringify([state?.quality.source, state?.refusedMs === null, state?.repeats]),
    ASK_EVERY_MS,
  );
  return (
    <section class="panel clock-card" aria-labelledby="clock-title">
      <h2 id="clock-title">{tc.value.clock}</h2>
      {answer === null ? (
        <p role="status">{t.value.loading}</p>
      ) : answer.ok ? (
        <Clock clock={answer.data} again={again} />
      ) : (
        <p role="alert">{said(answer.message)}</p>
      )}
    </section>
  );
}

function Clock({ clock, again }: { readonly clock: ClockReply; readonly again: () => void }) {
  const { store, time } = usePage();
  const [asking, setAsking] = useState<"accept" | "set" | null>(null);
  const full = (atMs: number): string => `${time.day(atMs)} ${time.seconds(atMs)}`;
  const isAllowed = may(store.session.role, "clock.set");
  const done = (): void => again();
  return (
    <>
      <Trouble clock={clock} full={full} />
      <dl>
        <dt>{tc.value.now}</dt>
        <dd>
          <time class="value">{full(boxNowMs(store))}</time> <span class="label">{store.room.site.timezone}</span>
        </dd>
        <dt>{tc.value.source}</dt>
        <dd>{sourceWords(clock)}</dd>
        <dt>{tc.value.system}</dt>
        <dd>{systemWords(clock, full)}</dd>
        <dt>{tc.value.trusted}</dt>
        <dd>{full(clock.trustedMs)}</dd>
        <dt>{tc.value.boot}</dt>
        <dd>{formatDuration(clock.uptimeMs / 1_000)}</dd>
      </dl>
      {isAllowed ? (
        <p class="buttons">
          {clock.refusedMs === null ? null : (
            <button type="button" class="primary" onClick={() => setAsking("accept")}>
              {tc.value.accept}
            </button>
          )}
          {clock.quality.source === "ntp" && clock.refusedMs === null ? null : (
            <button type="button" onClick={() => setAsking("set")}>
              {tc.value.set}
            </button>
          )}
        </p>
      ) : null}
      <Steps steps={clock.steps} full={full} />
      {asking === "accept" ? (
        <AskDialog
          title={tc.value.accept}
          does={tc.value.acceptDoes(full(clock.refusedMs ?? clock.systemMs))}
          verb={tc.value.accept}
          run={(fields) => ask<ClockReply>("POST", PATH, { accept: true, reason: String(fields.get("reason")) })}
          done={done}
          close={() => setAsking(null)}
        >
          <Reason />
        </AskDialog>
      ) : null}
      {asking === "set" ? <SetDialog done={done} close={() => setAsking(null)} /> : null}
    </>
  );
}

function Trouble({ clock, full }: { readonly clock: ClockReply; readonly full: (atMs: number) => string }) {
  if (clock.refusedMs !== null)
    return (
      <p role="alert" class="notice">
        <strong>{tc.value.refusedHead}</strong> {tc.value.refusedBody(full(clock.refusedMs))}
      </p>
    );
  if (clock.quality.source === "unsynced") return <p class="notice">{tc.value.unsyncedBody}</p>;
  return clock.repeats ? <p class="notice">{tc.value.repeatsBody}</p> : null;
}

function SetDialog({ done, close }: { readonly done: () => void; readonly close: () => void }) {
  const { timezone } = usePage().store.room.site;
  const [offered] = useState(() => localOf(nowMs.peek(), timezone));
  return (
    <AskDialog
      title={tc.value.set}
      does={tc.value.setDoes(timezone)}
      verb={tc.value.set}
      run={(fields) => {
        const typed = String(fields.get("time"));
        // What was left as it was offered means now: a reason takes a moment to write.
        const atMs = typed === offered ? Date.now() : momentOf(typed, timezone);
        return ask<ClockReply>("POST", PATH, { atMs, reason: String(fields.get("reason")) });
      }}
      done={done}
      close={close}
    >
      <label for="clock-time">{tc.value.time}</label>
      <input id="clock-time" name="time" type="datetime-local" step="1" required defaultValue={offered} />
      <Reason />
    </AskDialog>
  );
}

function Reason() {
  return (
    <>
      <label for="clock-reason">{tc.value.reason}</label>
      <input id="clock-reason" name="reason" required maxLength={300} />
    </>
  );
}

function sourceWords({ quality: { source, errorMs }, by, server }: ClockReply): string {
  if (source === "unsynced") return tc.value.unsynced;
  const who = source === "ntp" ? [by, server].filter((part) => part !== "").join(" ") : "";
  const off = errorMs === null ? tc.value.offUnknown : tc.value.off(formatOff(errorMs));
  return [tc.value[source], who, off].filter((part) => part !== "").join(" · ");
}

function systemWords({ systemMs, correctionMs }: ClockReply, full: (atMs: number) => string): string {
  if (Math.abs(correctionMs) < SAME_MS) return tc.value.followed;
  const span = formatOff(Math.abs(correctionMs));
  return `${full(systemMs)} · ${tc.value.corrected(correctionMs > 0 ? tc.value.later(span) : tc.value.earlier(span))}`;
}

function Steps({ steps, full }: { readonly steps: readonly ClockStep[]; readonly full: (atMs: number) => string }) {
  if (steps.length === 0) return <p class="dim">{tc.value.noSteps}</p>;
  return (
    <details>
      <summary>{tc.value.steps}</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{tc.value.what}</th>
              <th scope="col">{tc.value.from}</th>
              <th scope="col">{tc.value.to}</th>
              <th scope="col">{tc.value.by}</th>
              <th scope="col">{tc.value.source}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.number}>
                <th scope="row">{step.cause === "set" ? tc.value.setByHand : tc.value[step.cause]}</th>
                <td>{full(step.fromMs)}</td>
                <td>{full(step.toMs)}</td>
                <td>{formatJump(step.toMs - step.fromMs)}</td>
                <td>{step.after.source === "unsynced" ? tc.value.nobody : tc.value[step.after.source]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
