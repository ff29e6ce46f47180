import { useState } from "preact/hooks";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { isActive, isUnacknowledged } from "../live/order.ts";
import { tc } from "../text/calm.ts";
import { formatDuration, formatWithUnit } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { stateWord, ticketWords } from "../ui/state-word.ts";
import { TimeMark } from "../ui/time-mark.tsx";
import { PointValue } from "../ui/value.tsx";
import { isSilenced } from "./alarm-company.tsx";

/** What a screen that still paints in a blackout draws anew at every change; the rest is a click away. */
const ROWS_MAX = 50;

interface Props {
  readonly alarms: readonly AlarmRecord[];
  readonly ticked: ReadonlySet<string>;
  readonly tick: (key: string) => void;
  readonly ask: (alarm: AlarmRecord) => void;
  readonly selected: string | null;
}

/** One row per alarm; on a phone each row is a card. */
export function AlarmTable({ alarms, ticked, tick, ask, selected }: Props) {
  const [all, showAll] = useState(false);
  const rows = all ? alarms : alarms.filter(({ key }, index) => index < ROWS_MAX || key === selected);
  return (
    <>
      <table class="alarm-table">
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">{t.value.acknowledge}</span>
            </th>
            <th scope="col">{t.value.severity}</th>
            <th scope="col">{t.value.what}</th>
            <th scope="col">{t.value.since}</th>
            <th scope="col">{t.value.where}</th>
            <th scope="col">{t.value.valueAndLimit}</th>
            <th scope="col">{t.value.state}</th>
            <th scope="col">{t.value.ticket}</th>
            <th scope="col">
              <span class="visually-hidden">{t.value.acknowledge}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((alarm) => (
            <AlarmRow key={alarm.key} alarm={alarm} ticked={ticked.has(alarm.key)} tick={tick} ask={ask} open={alarm.key === selected} />
          ))}
        </tbody>
      </table>
      {rows.length < alarms.length ? (
        <button type="button" onClick={() => showAll(true)}>
          {tc.value.showAllAlarms(alarms.length)}
        </button>
      ) : null}
    </>
  );
}

/** `tick` and `ask` stay the same functions: a row whose alarm has not changed is not drawn anew. */
interface RowProps {
  readonly alarm: AlarmRecord;
  readonly ticked: boolean;
  readonly tick: Props["tick"];
  readonly ask: Props["ask"];
  readonly open: boolean;
}

function AlarmRow({ alarm, ticked, tick, ask, open }: RowProps) {
  const { store } = usePage();
  const unseen = isUnacknowledged(alarm);
  const device = store.room.device(alarm.device);
  const area = store.room.site.areas.find(({ id }) => id === device?.area);
  return (
    <tr data-severity={alarm.severity} class={`${unseen ? "unseen" : ""}${isActive(alarm) ? "" : " returned"}${open ? " open" : ""}`}>
      <td>
        {unseen ? (
          <input
            type="checkbox"
            disabled={!store.mayAcknowledge}
            checked={ticked}
            aria-label={`${t.value.acknowledge}: ${said(alarm.text)}`}
            onChange={() => tick(alarm.key)}
          />
        ) : null}
      </td>
      <td>
        <SeverityMark severity={alarm.severity} returned={!isActive(alarm)} />
      </td>
      <td class="what">
        <a href={href.alarm(alarm.key)}>{said(alarm.text)}</a>
      </td>
      <td>
        <Since alarm={alarm} />
      </td>
      <td>{area === undefined ? "" : said(area.name)}</td>
      <td>
        <AgainstLimit alarm={alarm} />
      </td>
      <td>
        <span role="status">{stateWord(alarm)}</span>
        {alarm.acknowledgement === null ? null : <span class="label"> {alarm.acknowledgement.by}</span>}
        {alarm.soundOff === undefined ? null : <Silenced alarm={alarm} />}
      </td>
      <td>
        <Ticket incident={alarm.incident} />
      </td>
      <td>
        {unseen ? (
          <button type="button" disabled={!store.mayAcknowledge} onClick={() => ask(alarm)}>
            {t.value.acknowledge}
          </button>
        ) : null}
      </td>
    </tr>
  );
}

// What changes without the alarm has a component of its own, so that the clock and other incidents do not draw whole rows.

function Since({ alarm: { raisedAtMs, timeMark } }: { readonly alarm: AlarmRecord }) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  return (
    <>
      {time.since(raisedAtMs, now)} <span class="label">{formatDuration((now - raisedAtMs) / 1_000)}</span>
      <TimeMark mark={timeMark} />
    </>
  );
}

function Silenced({ alarm }: { readonly alarm: AlarmRecord }) {
  const { store } = usePage();
  return isSilenced(alarm, boxNowMs(store)) ? <span class="label"> {tc.value.silenced}</span> : null;
}

function Ticket({ incident }: { readonly incident: string }) {
  const { store } = usePage();
  const told = store.deliveriesOf(incident).findLast(({ ticket }) => ticket !== null);
  return told === undefined ? null : <span>{ticketWords(told)}</span>;
}

/** The value as it is now against the limit that was crossed. */
export function AgainstLimit({ alarm }: { readonly alarm: AlarmRecord }) {
  const { store } = usePage();
  const point = alarm.point === null ? undefined : store.room.point(alarm.point);
  if (point === undefined) return null;
  return (
    <span class="against">
      <PointValue point={point} />
      {alarm.limit === null ? null : <span class="label"> / {formatWithUnit(point, alarm.limit)}</span>}
    </span>
  );
}
