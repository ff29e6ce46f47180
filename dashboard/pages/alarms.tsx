import { useCallback, useRef, useState } from "preact/hooks";
import type { AlarmRecord, Severity } from "../../firmware/contract/alarm.ts";
import { SEVERITIES } from "../../firmware/contract/severity.ts";
import { isActive, isUnacknowledged } from "../live/order.ts";
import { tc } from "../text/calm.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { AcknowledgeDialog } from "./acknowledge-dialog.tsx";
import { AlarmAside } from "./alarm-aside.tsx";
import { AlarmDetail } from "./alarm-detail.tsx";
import { AlarmIncidents } from "./alarm-incidents.tsx";
import { AlarmTable } from "./alarm-table.tsx";
import "./alarms.css";

/** What is wrong now, and what was: look, acknowledge, open one. `selected` is the alarm whose detail is open. */
export function AlarmsPage({ selected }: { readonly selected: string | null }) {
  const { store } = usePage();
  const [hidden, setHidden] = useState<ReadonlySet<Severity>>(new Set());
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<readonly AlarmRecord[]>([]);
  const [held, hold] = useHeldOrder(store.alarms.value);
  const shown = held.filter(({ severity }) => !hidden.has(severity));
  const unseen = shown.filter(isUnacknowledged);
  const chosen = unseen.filter(({ key }) => ticked.has(key));
  const tick = useCallback((key: string) => setTicked((before) => flip(before, key)), []);
  const ask = useCallback((alarm: AlarmRecord) => setAsking([alarm]), []);
  const done = (): void => {
    setAsking([]);
    // What rings again under the same key was not ticked by anybody.
    setTicked(new Set());
  };
  const flood = store.alarms.value.find((alarm) => alarm.type === "flood" && isActive(alarm));
  return (
    <div class="alarms">
      <div role="status">
        {flood === undefined ? null : (
          <p class="flood" data-severity={flood.severity}>
            {said(flood.text)} · {tc.value.floodBanner}
          </p>
        )}
      </div>
      <section class="panel" aria-labelledby="active">
        <div class="toolbar">
          <h2 id="active">{t.value.activeAlarms}</h2>
          {SEVERITIES.map((severity) => (
            <button
              key={severity}
              type="button"
              class="chip"
              aria-pressed={!hidden.has(severity)}
              onClick={() => setHidden(flip(hidden, severity))}
            >
              <SeverityMark severity={severity} /> {held.filter((alarm) => alarm.severity === severity).length}
            </button>
          ))}
          <span class="push" />
          {unseen.length === 0 ? null : (
            <button type="button" disabled={!store.mayAcknowledge} onClick={() => setTicked(new Set(unseen.map(({ key }) => key)))}>
              {t.value.selectAll}
            </button>
          )}
          <button type="button" class="primary" disabled={!store.mayAcknowledge || chosen.length === 0} onClick={() => setAsking(chosen)}>
            {t.value.acknowledgeSelected(chosen.length)}
          </button>
        </div>
        {store.mayAcknowledge ? null : <p class="notice">{t.value.viewerMayNot}</p>}
        {shown.length === 0 ? (
          <div class="message">
            <p>{t.value.noAlarms}</p>
            <p class="label">{t.value.noAlarmsMore}</p>
          </div>
        ) : (
          // While somebody points or tabs at a row it must not move away from under them.
          <div
            onPointerEnter={() => hold(true)}
            onPointerLeave={() => hold(false)}
            onFocusIn={() => hold(true)}
            onFocusOut={() => hold(false)}
          >
            <AlarmTable alarms={shown} ticked={ticked} tick={tick} ask={ask} selected={selected} />
          </div>
        )}
      </section>
      {selected === null ? null : <AlarmDetail key={selected} alarmKey={selected} ask={ask} />}
      <AlarmAside />
      <AlarmIncidents />
      {asking.length === 0 ? null : <AcknowledgeDialog alarms={asking} close={done} />}
    </div>
  );
}

function flip<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  return set.has(item) ? new Set([...set].filter((other) => other !== item)) : new Set([...set, item]);
}

/** Alarms in order; while held, those that were there keep their places, what is new goes to the end, what ended goes. */
function useHeldOrder(alarms: readonly AlarmRecord[]): [readonly AlarmRecord[], (on: boolean) => void] {
  const order = useRef<readonly string[] | null>(null);
  const [, redraw] = useState(0);
  const hold = (on: boolean): void => {
    if (on === (order.current !== null)) return;
    order.current = on ? alarms.map(({ key }) => key) : null;
    redraw((count) => count + 1);
  };
  if (order.current === null) return [alarms, hold];
  const place = new Map(order.current.map((key, index) => [key, index]));
  const rank = ({ key }: AlarmRecord): number => place.get(key) ?? Number.POSITIVE_INFINITY;
  return [alarms.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b))), hold];
}
