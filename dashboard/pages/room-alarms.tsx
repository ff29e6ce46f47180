import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { SEVERITIES } from "../../firmware/contract/severity.ts";
import { isActive, isUnacknowledged } from "../live/order.ts";
import { formatDuration, formatWithUnit } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { stateWord } from "../ui/state-word.ts";
import { TimeMark } from "../ui/time-mark.tsx";

/** More than these do not fit beside a room; the rest is one click away. */
const SHOWN_MAX = 6;

/** How many of each severity, and the worst few with what one needs to walk off. */
export function RoomAlarms() {
  const { store } = usePage();
  const alarms = store.alarms.value;
  return (
    <>
      <section class="panel" aria-labelledby="counts">
        <h2 id="counts">{t.value.activeAlarms}</h2>
        <ul class="counts">
          {SEVERITIES.map((severity) => {
            const count = alarms.filter((alarm) => alarm.severity === severity && isActive(alarm)).length;
            return (
              <li key={severity} data-severity={severity} class={count > 0 ? "count on" : "count"}>
                <b>
                  <SeverityMark severity={severity} word={false} />
                  {count}
                </b>
                {t.value[severity]}
              </li>
            );
          })}
        </ul>
      </section>
      {alarms.length === 0 ? (
        <section class="panel calm">
          <p>{t.value.noAlarms}</p>
          <p class="label">{t.value.noAlarmsMore}</p>
        </section>
      ) : (
        <section class="panel" aria-labelledby="worst">
          <h2 id="worst">{t.value.alarms}</h2>
          <ul class="cards">
            {alarms.slice(0, SHOWN_MAX).map((alarm) => (
              <AlarmCard key={alarm.key} alarm={alarm} />
            ))}
          </ul>
          {alarms.length > SHOWN_MAX ? (
            <a class="more" href={href.alarms}>
              {t.value.allAlarms} ({alarms.length})
            </a>
          ) : null}
        </section>
      )}
    </>
  );
}

function AlarmCard({ alarm }: { readonly alarm: AlarmRecord }) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  const point = alarm.point === null ? undefined : store.room.point(alarm.point);
  const device = store.room.device(alarm.device);
  const area = store.room.site.areas.find(({ id }) => id === device?.area);
  const tickets = store.deliveriesOf(alarm.incident).flatMap(({ ticket }) => ticket ?? []);
  return (
    <li data-severity={alarm.severity} class={isUnacknowledged(alarm) ? "card unseen" : "card"}>
      <a href={href.alarm(alarm.key)}>
        <span class="head">
          <SeverityMark severity={alarm.severity} returned={!isActive(alarm)} word={false} />
          <b>{said(alarm.text)}</b>
        </span>
        <span class="facts">
          <span>
            {time.since(alarm.raisedAtMs, now)} · {formatDuration((now - alarm.raisedAtMs) / 1_000)}
            <TimeMark mark={alarm.timeMark} />
          </span>
          {area === undefined ? null : <span>{said(area.name)}</span>}
          {point === undefined || point.kind === "state" || alarm.value === null ? null : (
            <span class="reading">
              {formatWithUnit(point, alarm.value)}
              {alarm.limit === null ? "" : ` / ${formatWithUnit(point, alarm.limit)}`}
            </span>
          )}
        </span>
        <span class="facts">
          <span>{stateWord(alarm)}</span>
          {alarm.acknowledgement === null ? null : <span>{alarm.acknowledgement.by}</span>}
          {tickets[0] === undefined ? null : (
            <span>
              {t.value.ticket} {tickets[0]}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
