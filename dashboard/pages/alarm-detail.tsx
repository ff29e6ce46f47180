import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { AlarmRecord, Delivery } from "../../firmware/contract/alarm.ts";
import { isActive, isUnacknowledged } from "../live/order.ts";
import { formatWithUnit } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Sparkline } from "../ui/sparkline.tsx";
import { stateWord, ticketWords } from "../ui/state-word.ts";
import { CalmActions, Company } from "./alarm-company.tsx";
import { AlarmEscalation } from "./alarm-escalation.tsx";
import { AgainstLimit } from "./alarm-table.tsx";

/** One alarm: what to do, its curve, and everything that happened to it. */
export function AlarmDetail({ alarmKey, ask }: { readonly alarmKey: string; readonly ask: (alarm: AlarmRecord) => void }) {
  const { store } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const alarm = store.everyAlarm.value.find(({ key }) => key === alarmKey);
  const leave = (): void => {
    location.hash = href.alarms;
  };
  return (
    <section class="panel detail" aria-labelledby="detail" onKeyDown={(event) => (event.key === "Escape" ? leave() : undefined)}>
      <div class="toolbar">
        <h2 id="detail" ref={heading} tabIndex={-1}>
          {alarm === undefined ? t.value.alarmEnded : said(alarm.text)}
        </h2>
        <span class="push" />
        <button type="button" onClick={leave}>
          {t.value.close}
        </button>
      </div>
      {alarm === undefined ? <p class="dim">{t.value.alarmEndedMore}</p> : <Body alarm={alarm} ask={ask} />}
    </section>
  );
}

function Body({ alarm, ask }: { readonly alarm: AlarmRecord; readonly ask: (alarm: AlarmRecord) => void }) {
  const { store } = usePage();
  const point = alarm.point === null ? undefined : store.room.point(alarm.point);
  const device = store.room.device(alarm.device);
  return (
    <div class="detail-columns">
      <div>
        <p>
          <SeverityMark severity={alarm.severity} returned={!isActive(alarm)} /> · {stateWord(alarm)}
        </p>
        {alarm.incidentNumber === undefined ? null : (
          <p class="label">
            {t.value.incidentNumber} <a href={href.to("incidents", alarm.incidentNumber)}>{alarm.incidentNumber}</a>
          </p>
        )}
        <Company alarm={alarm} />
        <p class="now">
          <AgainstLimit alarm={alarm} />
        </p>
        {point === undefined || point.kind === "state" || alarm.minimum === null || alarm.maximum === null ? null : (
          <p class="label">
            {t.value.minimumMaximum}: {formatWithUnit(point, alarm.minimum)} / {formatWithUnit(point, alarm.maximum)}
          </p>
        )}
        <h3>{t.value.whatToDo}</h3>
        <p>{said(alarm.action)}</p>
        <Guidance alarmKey={alarm.key} />
        <div class="actions">
          {isUnacknowledged(alarm) ? (
            <button type="button" class="primary" disabled={!store.mayAcknowledge} onClick={() => ask(alarm)}>
              {t.value.acknowledge}
            </button>
          ) : null}
          <CalmActions alarm={alarm} />
          {device === undefined ? null : (
            <a href={href.device(device.id)}>
              {t.value.openDevice}: {said(device.name)}
            </a>
          )}
          {device === undefined ? null : <a href={href.to("assets", device.id)}>{t.value.assetRecord}</a>}
        </div>
      </div>
      <div>
        <AlarmEscalation alarmKey={alarm.key} />
        <h3>{t.value.lifeLine}</h3>
        <LifeLine alarm={alarm} deliveries={store.deliveriesOf(alarm.incident)} />
      </div>
      {point === undefined || point.kind === "state" ? null : (
        <div>
          <h3>{said(point.label)}</h3>
          <Sparkline point={point} />
        </div>
      )}
    </div>
  );
}

/** Fetched with the first alarm that somebody opens: the wall screen never loads it. */
function Guidance({ alarmKey }: { readonly alarmKey: string }) {
  const [Loaded, setLoaded] = useState<ComponentType<{ readonly alarmKey: string }> | null>(null);
  useEffect(() => void import("./alarm-guidance.tsx").then(({ AlarmGuidance }) => setLoaded(() => AlarmGuidance)), []);
  return Loaded === null ? null : <Loaded alarmKey={alarmKey} />;
}

interface Moment {
  readonly atMs: number;
  readonly text: string;
  readonly more: string;
  readonly ticketUrl: string | null;
}

/** Raised, acknowledged, returned, delivered: in the order in which it happened. */
function LifeLine({ alarm, deliveries }: { readonly alarm: AlarmRecord; readonly deliveries: readonly Delivery[] }) {
  const { store, time } = usePage();
  const { acknowledgement, raiseCount, raisedAtMs, clearedAtMs } = alarm;
  const plain = (atMs: number, text: string, more = ""): Moment => ({ atMs, text, more, ticketUrl: null });
  const moments: readonly Moment[] = [
    plain(raisedAtMs, t.value.raised, [raiseCount > 1 ? t.value.raisedAgain(raiseCount) : "", markWord(alarm)].filter(Boolean).join(" · ")),
    ...(acknowledgement === null ? [] : [plain(acknowledgement.atMs, t.value.acknowledgedBy(acknowledgement.by), acknowledgement.note)]),
    ...(clearedAtMs === null ? [] : [plain(clearedAtMs, t.value.returned)]),
    ...deliveries.map(deliveryMoment),
  ].sort((a, b) => a.atMs - b.atMs);
  return (
    <ol class="life-line">
      {moments.map(({ atMs, text, more, ticketUrl }, index) => (
        <li key={`${atMs} ${text} ${index}`}>
          <time class="label">{time.since(atMs, boxNowMs(store))}</time> {text}
          {more === "" ? null : ticketUrl === null ? (
            <span class="dim"> {more}</span>
          ) : (
            <a href={ticketUrl} target="_blank" rel="noopener noreferrer">
              {more}
            </a>
          )}
        </li>
      ))}
      {store.room.site.targets.length === 0 ? <li class="dim">{t.value.noTargets}</li> : null}
    </ol>
  );
}

function markWord({ timeMark }: AlarmRecord): string {
  if (timeMark === undefined) return "";
  return timeMark === "uncertain" ? t.value.timeUncertain : t.value.timeCorrected;
}

function deliveryMoment(delivery: Delivery): Moment {
  const { atMs, target, event, state, attempts, answer, ticket, ticketUrl } = delivery;
  const what = {
    raise: t.value.eventRaise,
    update: t.value.eventUpdate,
    acknowledge: t.value.eventAcknowledge,
    clear: t.value.eventClear,
    escalate: t.value.eventEscalate,
  }[event];
  const text = { queued: t.value.queued, sent: t.value.delivered, parked: t.value.parked }[state](target, what);
  const more =
    state === "sent"
      ? ticketWords(delivery)
      : [attempts > 0 ? t.value.attempts(attempts) : "", answer].filter((part) => part !== "").join(" · ");
  return {
    atMs,
    text,
    more,
    ticketUrl: state === "sent" && ticket !== null && ticketUrl !== null && /^https?:\/\//.test(ticketUrl) ? ticketUrl : null,
  };
}
