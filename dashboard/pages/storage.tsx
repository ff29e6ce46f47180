import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { may } from "../../firmware/contract/permissions.ts";
import type { StorageReply } from "../../firmware/contract/storage.ts";
import type { DestinationProps } from "../destinations.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { formatNumber } from "../text/format.ts";
import { sizeText, ts } from "../text/storage.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { ClockCard } from "./storage-clock.tsx";
import { DamagedFiles } from "./storage-damaged.tsx";
import "./storage.css";

const LOOK_EVERY_MS = 15_000;
/** From here on somebody should make room: history stops soon. */
const DISK_FULL_PART = 0.95;

/** For whoever looks after the box: what is kept, how much room it takes, what happens when it is full, and what is damaged. */
export function StoragePage(_: DestinationProps) {
  const { store } = usePage();
  const { answer, again } = useAsked(() => ask<StorageReply>("GET", "/api/v1/storage"), "", LOOK_EVERY_MS);
  const [dialog, setDialog] = useState<ComponentChildren>(null);
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { disk, ballast, journal, history, damaged, generations, problem } = answer.data;
  const mayDelete = may(store.session.role, "storage.change");
  return (
    <div class="storage">
      <h2 class="title">{ts.value.storage}</h2>
      <p class="dim">{ts.value.explain}</p>
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      <DamagedFiles files={damaged} mayDelete={mayDelete} ask={setDialog} done={again} />
      <div class="cards">
        <DiskCard disk={disk} ballast={ballast} />
        <HistoryCard history={history} />
      </div>
      <ClockCard />
      {journal === null ? null : <JournalCard journal={journal} />}
      <section class="panel" aria-labelledby="storage-settings">
        <h2 id="storage-settings">{ts.value.settings}</h2>
        <ul>
          {generations.map(({ name, older }) => (
            <li key={name}>{ts.value.generations(name, older)}</li>
          ))}
        </ul>
      </section>
      {dialog}
    </div>
  );
}

/** A share as a bar, with its numbers in words beside it: nobody has to guess from a length. */
function Bar({ part, label, isUrgent = false }: { readonly part: number; readonly label: string; readonly isUrgent?: boolean }) {
  const percent = Math.max(0, Math.min(100, part * 100));
  return (
    <div class={isUrgent ? "quota urgent" : "quota"} data-severity={isUrgent ? "major" : undefined}>
      <svg role="img" aria-label={label} viewBox="0 0 100 4" preserveAspectRatio="none">
        <rect class="room" width="100" height="4" />
        <rect class="used" width={percent} height="4" />
      </svg>
      <p>
        {isUrgent ? <span aria-hidden="true">▲ </span> : null}
        {label}
      </p>
    </div>
  );
}

function DiskCard({ disk, ballast }: Pick<StorageReply, "disk" | "ballast">) {
  const used = 1 - disk.freeBytes / Math.max(1, disk.sizeBytes);
  const words = {
    ready: ts.value.ballastReady(sizeText(ballast.bytes)),
    growing: ts.value.ballastGrowing,
    freed: ts.value.ballastFreed,
    none: ts.value.ballastNone,
  };
  return (
    <section class="panel" aria-labelledby="storage-disk">
      <h2 id="storage-disk">{ts.value.disk}</h2>
      <Bar part={used} label={ts.value.free(sizeText(disk.freeBytes), sizeText(disk.sizeBytes))} isUrgent={used > DISK_FULL_PART} />
      <p class="dim">{words[ballast.state]}</p>
    </section>
  );
}

function usedLabel(bytes: number, bytesMax: number): string {
  const percent = (bytes / bytesMax) * 100;
  return ts.value.usedOf(sizeText(bytes), sizeText(bytesMax), percent > 0 && percent < 1 ? "<1" : formatNumber(percent, 0));
}

function HistoryCard({ history }: Pick<StorageReply, "history">) {
  const since = useSince();
  return (
    <section class="panel" aria-labelledby="storage-history">
      <h2 id="storage-history">{ts.value.history}</h2>
      {history === null ? (
        <p class="dim">{ts.value.historyUnknown}</p>
      ) : (
        <>
          <Bar part={history.bytes / history.bytesMax} label={usedLabel(history.bytes, history.bytesMax)} />
          <p>{ts.value.fullRate(since(history.oldestFullRateMs), history.fullRateDays)}</p>
          <p>{ts.value.minutes(since(history.oldestMinuteMs), history.minuteDays)}</p>
        </>
      )}
    </section>
  );
}

function useSince(): (atMs: number | null) => string {
  const { time } = usePage();
  return (atMs) => (atMs === null ? ts.value.noneYet : time.day(atMs));
}

const KINDS = ["events", "audit", "access", "sheets"] as const;

function JournalCard({ journal }: { readonly journal: NonNullable<StorageReply["journal"]> }) {
  const { waiting, parked, oldestWaitingMs } = journal.deliveries;
  const { time } = usePage();
  const since = useSince();
  return (
    <section class="panel" aria-labelledby="storage-journal">
      <h2 id="storage-journal">{ts.value.journal}</h2>
      <Bar part={journal.bytesUsed / journal.bytesMax} label={usedLabel(journal.bytesUsed, journal.bytesMax)} />
      <p class="dim">{ts.value.whenFull}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{ts.value.kind}</th>
            <th scope="col">{ts.value.count}</th>
            <th scope="col">{ts.value.takes}</th>
            <th scope="col">{ts.value.oldest}</th>
            <th scope="col">{ts.value.kept}</th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map((kind) => {
            const { count, bytes, oldestMs, days } = journal[kind];
            return (
              <tr key={kind}>
                <th scope="row">{ts.value[kind]}</th>
                <td data-label={ts.value.count}>{formatNumber(count, 0)}</td>
                <td data-label={ts.value.takes}>{count === 0 ? "—" : sizeText(bytes)}</td>
                <td data-label={ts.value.oldest}>{count === 0 ? ts.value.none : since(oldestMs)}</td>
                <td data-label={ts.value.kept}>{ts.value.days(days)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p>
        {waiting === 0 || oldestWaitingMs === null ? (
          parked === 0 ? (
            ts.value.delivered
          ) : null
        ) : (
          <Fragment>{ts.value.waiting(waiting, `${time.day(oldestWaitingMs)} ${time.clock(oldestWaitingMs)}`)}</Fragment>
        )}
      </p>
      {parked === 0 ? null : (
        <p class="urgent" data-severity="major">
          <span aria-hidden="true">▲ </span>
          {ts.value.parked(parked)}
        </p>
      )}
    </section>
  );
}
