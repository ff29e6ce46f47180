import type { ComponentChildren } from "preact";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { ACCOUNT, DESTINATIONS, type Destination } from "../destinations.ts";
import { isActive, isUnacknowledged } from "../live/order.ts";
import type { Store } from "../live/store.ts";
import { tc } from "../text/calm.ts";
import { formatAge } from "../text/format.ts";
import { language, theme } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "./page.ts";
import { href, type Route, route } from "./route.ts";
import { SeverityMark } from "./severity.tsx";
import { isFitted } from "./value.tsx";

/** What is on every page: where one can go, the state of the room in one sentence, the clock, and whether the data is fresh. */
export function Shell({ children, leave }: { readonly children: ComponentChildren; readonly leave: () => void }) {
  const { store } = usePage();
  return (
    <div class={store.link.value.state === "down" ? "shell link-down" : "shell"}>
      <button type="button" class="skip" onClick={focusContent}>
        {t.value.skipToContent}
      </button>
      <Navigation leave={leave} />
      <div class="content">
        <Header />
        <LinkBanner />
        <main id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}

const FURTHER = "further";

function focusContent(): void {
  document.getElementById("content")?.focus();
}

function Navigation({ leave }: { readonly leave: () => void }) {
  const { store } = usePage();
  const unseen = store.alarms.value.filter(isUnacknowledged);
  const current = (page: Route["page"]) => (route.value.page === page ? { "aria-current": "page" as const } : {});
  const allowed = DESTINATIONS.filter(({ action, aside }) => aside !== true && may(store.session.role, action));
  return (
    <nav aria-label={t.value.mainNavigation}>
      <a href={href.room} {...current("room")}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <rect x="3" y="4" width="18" height="16" rx="2" />
          <path d="M8 4v16M16 4v16M3 12h5m8 0h5" />
        </svg>
        {t.value.room}
      </a>
      <a href={href.alarms} {...current("alarms")}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 3 2.5 20h19z" />
          <path d="M12 10v4m0 3v.01" />
        </svg>
        {t.value.alarms}
        {unseen[0] === undefined ? null : (
          <span class="badge" data-severity={unseen[0].severity}>
            {unseen.length}
          </span>
        )}
      </a>
      <button type="button" class="more" popoverTarget={FURTHER}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3" stroke-linecap="round" />
        </svg>
        {t.value.more}
      </button>
      {/* A phone shows these behind "more", any wider screen at once. */}
      <div id={FURTHER} class="further" popover="auto">
        {allowed.map((destination) => (
          <DestinationLink key={destination.name} destination={destination} />
        ))}
        <span class="push" />
        <button type="button" aria-label={t.value.switchLanguage} onClick={() => (language.value = language.value === "zh" ? "en" : "zh")}>
          {t.value.language}
        </button>
        <button type="button" aria-label={t.value.switchTheme} onClick={() => (theme.value = theme.value === "dark" ? "light" : "dark")}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="8" />
            <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
          </svg>
        </button>
        <DestinationLink destination={ACCOUNT} />
        <button type="button" aria-label={t.value.signOut} onClick={leave}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M10 4H5v16h5M9 12h11m0 0-4-4m4 4-4 4" />
          </svg>
        </button>
      </div>
    </nav>
  );
}

function DestinationLink({ destination: { name, words, short, icon } }: { readonly destination: Destination }) {
  const now = route.value;
  const here = now.page === "elsewhere" && now.name === name;
  return (
    <a
      aria-label={said(words)}
      href={href.to(name)}
      {...(here ? { "aria-current": "page" as const } : {})}
      onClick={() => document.getElementById(FURTHER)?.hidePopover()}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={icon} />
      </svg>
      {said(short ?? words)}
    </a>
  );
}

function Header() {
  const { store, time } = usePage();
  const { site } = store.room;
  return (
    <header>
      <h1 class="state" aria-live="polite" aria-atomic="true">
        <StateSentence />
      </h1>
      <div class="meta">
        {site.demo ? <span class="badge-demo">{t.value.demo}</span> : null}
        <span>{said(site.name)}</span>
        {store.aside.value.length === 0 ? null : <a href={href.alarms}>{tc.value.setAsideCount(store.aside.value.length)}</a>}
        <DataAge store={store} />
        <ClockSign />
        <time class="clock">{time.seconds(boxNowMs(store))}</time>
      </div>
    </header>
  );
}

/** Said beside the clock, with the day, while what it says is not certain. */
function ClockSign() {
  const { store, time } = usePage();
  const clock = store.clock.value;
  if (clock === null) return null;
  const isRefused = clock.refusedMs !== null;
  if (!isRefused && clock.quality.source !== "unsynced" && !clock.repeats) return null;
  const day = time.day(boxNowMs(store));
  return (
    <a class="clock-sign" href={href.to("storage")}>
      {isRefused ? t.value.clockRefused(day) : clock.quality.source === "unsynced" ? t.value.clockUncertain(day) : t.value.clockRepeats}
    </a>
  );
}

/** The state of the room in one sentence, for somebody who looks for two seconds. */
function StateSentence() {
  const { store, time } = usePage();
  const { site, points, readings } = store.room;
  const alarms = store.alarms.value;
  const worst = worstUnseen(alarms);
  if (worst !== null) {
    const same = alarms.filter((alarm) => isUnacknowledged(alarm) && alarm.severity === worst.severity);
    const since = Math.min(...same.map(({ raisedAtMs }) => raisedAtMs));
    return (
      <>
        <SeverityMark severity={worst.severity} word={false} />
        {t.value.alarmsSince(same.length, t.value[worst.severity], time.since(since, boxNowMs(store)))}
      </>
    );
  }
  const active = alarms.filter(isActive).length;
  // Counted once a second, not at every frame: the clock is what this follows, so readings are only peeked at.
  boxNowMs(store);
  const fitted = points.filter((point) => isFitted(point, readings.of(point.number).peek()));
  const silent = fitted.filter(({ number }) => readings.of(number).peek().quality !== "good").length;
  const waiting = store.dataAtMs.value === null;
  return (
    <>
      {waiting
        ? t.value.connecting
        : active > 0
          ? t.value.allHandled(active)
          : silent > 0
            ? t.value.pointsWithoutData(silent)
            : t.value.allNormal}
      <small>{t.value.devicesAndPoints(site.devices.length, fitted.length)}</small>
    </>
  );
}

function worstUnseen(alarms: readonly AlarmRecord[]): AlarmRecord | null {
  return alarms.find(isUnacknowledged) ?? null;
}

function DataAge({ store }: { readonly store: Store }) {
  const atMs = store.dataAtMs.value;
  return atMs === null ? null : <span class="data-age">{t.value.dataAge(formatAge(boxNowMs(store) - atMs))}</span>;
}

function LinkBanner() {
  const { store, time } = usePage();
  const link = store.link.value;
  return (
    <div role="status" class={link.state === "down" ? "banner" : ""}>
      {link.state === "down" ? t.value.linkDown(time.seconds(link.sinceMs)) : ""}
    </div>
  );
}
