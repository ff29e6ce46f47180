import { useState } from "preact/hooks";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { unshelve } from "../live/calm.ts";
import { isActive } from "../live/order.ts";
import type { Store } from "../live/store.ts";
import { tc } from "../text/calm.ts";
import type { SiteTime } from "../text/format.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";

/** Shelved, suppressed, out of service: how many, always, and which on demand. What nobody is told must not be forgotten either. */
export function AlarmAside() {
  const { store } = usePage();
  const aside = store.aside.value;
  const groups = [
    [tc.value.shelvedCount, aside.filter(({ state }) => state === "E")],
    [tc.value.suppressedCount, aside.filter(({ state }) => state === "F")],
    [tc.value.outOfServiceCount, aside.filter(({ state }) => state === "G")],
  ] as const;
  return (
    <section class="panel aside" aria-labelledby="aside">
      <div class="toolbar">
        <h2 id="aside">{tc.value.setAside}</h2>
        <span class="push" />
        <a href={href.to("maintenance")}>{tc.value.openMaintenance}</a>
      </div>
      {aside.length === 0 ? <p class="dim">{tc.value.nothingAside}</p> : null}
      {groups.map(([title, alarms]) =>
        alarms.length === 0 ? (
          <p key={title(0)} class="label">
            {title(0)}
          </p>
        ) : (
          <details key={title(0)}>
            <summary>{title(alarms.length)}</summary>
            <ul class="aside-list">
              {alarms.map((alarm) => (
                <AsideLine key={alarm.key} alarm={alarm} />
              ))}
            </ul>
          </details>
        ),
      )}
    </section>
  );
}

function AsideLine({ alarm }: { readonly alarm: AlarmRecord }) {
  const { store, time } = usePage();
  const [problem, setProblem] = useState("");
  const release = async (): Promise<void> => {
    const answer = await unshelve([alarm.key]);
    setProblem(answer.ok ? "" : said(answer.message));
  };
  return (
    <li>
      <SeverityMark severity={alarm.severity} returned={!isActive(alarm)} />
      <span>
        <a href={href.alarm(alarm.key)}>{said(alarm.text)}</a>
        <span class="label"> {asideReason(alarm, store, time)}</span>
      </span>
      <span class="label">{isActive(alarm) ? tc.value.isThere : tc.value.isOver}</span>
      {alarm.state === "E" && store.mayShelve ? (
        <button type="button" aria-label={tc.value.unshelveOf(said(alarm.text))} onClick={() => void release()}>
          {tc.value.unshelve}
        </button>
      ) : null}
      {problem === "" ? null : <span role="alert">{problem}</span>}
    </li>
  );
}

/** Why an alarm is set aside, and until when; empty: it is not. */
export function asideReason({ state, shelf, suppressedBy, window }: AlarmRecord, store: Store, time: SiteTime): string {
  const now = boxNowMs(store);
  if (state === "E" && shelf !== undefined)
    return shelf.untilMs === null
      ? tc.value.shelfOnce(shelf.by, shelf.reason)
      : tc.value.shelfUntil(shelf.by, time.since(shelf.untilMs, now), shelf.reason);
  if (state === "F") {
    const cause = store.alarmOf(suppressedBy ?? "");
    return suppressedBy === "settle" ? tc.value.settling : cause === undefined ? "" : tc.value.explainedBy(said(cause.text));
  }
  const found = store.maintenance.value.find(({ id }) => id === window);
  if (state !== "G" || found === undefined) return "";
  if (found.untilMs === null) return tc.value.isOutOfService(found.reason);
  return tc.value.inWindow(found.change, time.since(found.untilMs, now));
}
