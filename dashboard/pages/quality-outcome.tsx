import type { Basis, Difference, Episode, WhatIfReply } from "../../firmware/contract/review.ts";
import { formatDuration, formatNumber } from "../text/format.ts";
import { tq } from "../text/quality.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";

const ROWS_MAX = 50;
const SPANS_NAMED_MAX = 3;
const WIDTH = 1_000;

/** What a changed rule would have made of the period: counts, load, a picture, and what differs one by one. */
export function Outcome({ outcome }: { readonly outcome: WhatIfReply }) {
  const { problems, basis, before, after, gained, lost, moved, same, differences, yaml } = outcome;
  if (basis === null)
    return (
      <div role="alert">
        <p>{tq.value.problems}</p>
        <ul>
          {problems.map(({ line, column, path, message }) => (
            <li key={`${line}:${column} ${path}`}>
              <code>{path}</code> {said(message)}
            </li>
          ))}
        </ul>
      </div>
    );
  const perWeek = (load: WhatIfReply["before"]): string => formatNumber(load.perWeek, 1);
  return (
    <div class="outcome">
      <p role="status">
        <strong>{tq.value.load(perWeek(before), perWeek(after))}</strong> · {tq.value.gained} {gained} · {tq.value.lost} {lost} ·{" "}
        {tq.value.moved} {moved} · {tq.value.same} {same}
      </p>
      <BasisLine basis={basis} />
      <Timeline outcome={outcome} />
      {differences.length === 0 ? null : <Differences all={differences} count={gained + lost + moved} />}
      {yaml === null ? null : (
        <details>
          <summary>{tq.value.yaml}</summary>
          <pre>{yaml}</pre>
        </details>
      )}
    </div>
  );
}

export function BasisLine({ basis }: { readonly basis: Basis }) {
  const { time } = usePage();
  const { samples, fullHours, minuteHours, beginsMs, certain } = basis;
  if (beginsMs === null) return <p class="dim">{tq.value.basisNone}</p>;
  return (
    <p class="dim">
      {tq.value.basis(formatNumber(samples, 0), fullHours, minuteHours)}{" "}
      {tq.value.basisBegins(`${time.day(beginsMs)} ${time.clock(beginsMs)}`)}
      {certain ? "" : ` ${tq.value.basisUncertain}`}
    </p>
  );
}

function Timeline({ outcome: { fromMs, toMs, timeline, before, after } }: { readonly outcome: WhatIfReply }) {
  const place = (atMs: number): number => (WIDTH * (Math.min(Math.max(atMs, fromMs), toMs) - fromMs)) / Math.max(1, toMs - fromMs);
  const lane = (name: string, episodes: readonly Episode[]) => (
    <div class="lane">
      <span class="label">{name}</span>
      <svg aria-hidden="true" viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none">
        <rect class="ground" width={WIDTH} height="14" />
        {episodes.map((episode) => (
          <rect
            key={`${episode.fromMs} ${episode.toMs}`}
            class="episode"
            data-severity={episode.severity}
            x={place(episode.fromMs)}
            width={Math.max(2, place(episode.toMs ?? toMs) - place(episode.fromMs))}
            height="14"
          />
        ))}
      </svg>
    </div>
  );
  return (
    <div class="timeline" role="img" aria-label={tq.value.timeline(before.alarms, after.alarms)}>
      {lane(tq.value.today, timeline.before)}
      {lane(tq.value.changed, timeline.after)}
    </div>
  );
}

function Differences({ all, count }: { readonly all: readonly Difference[]; readonly count: number }) {
  const rows = all.slice(0, ROWS_MAX);
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{tq.value.what}</th>
            <th scope="col">{tq.value.today}</th>
            <th scope="col">{tq.value.changed}</th>
            <th scope="col">{tq.value.shift}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <Row key={`${one.kind} ${one.point} ${one.type} ${(one.before[0] ?? one.after[0])?.fromMs}`} one={one} />
          ))}
        </tbody>
      </table>
      {count > rows.length ? <p class="dim">{tq.value.more(count - rows.length)}</p> : null}
    </>
  );
}

function Row({ one: { kind, point, type, before, after, raiseShiftMs, clearShiftMs } }: { readonly one: Difference }) {
  const { store, time } = usePage();
  const since = (atMs: number): string => time.since(atMs, boxNowMs(store));
  const spans = (episodes: readonly Episode[]): string => {
    const named = episodes
      .slice(0, SPANS_NAMED_MAX)
      .map(({ fromMs, toMs }) => `${since(fromMs)}–${toMs === null ? tq.value.goesOn : time.clock(toMs)}`);
    const rest = episodes.length - named.length;
    return [...named, ...(rest > 0 ? [tq.value.more(rest)] : [])].join(", ") || "—";
  };
  const shifts = [
    ...(raiseShiftMs === null ? [] : [tq.value.starts(shiftWord(raiseShiftMs))]),
    ...(clearShiftMs === null ? [] : [tq.value.endsShift(shiftWord(clearShiftMs))]),
  ];
  return (
    <tr>
      <th scope="row">
        {tq.value[kind]} <span class="label">{`${point} ${type}`}</span>
      </th>
      <td data-label={tq.value.today}>{spans(before)}</td>
      <td data-label={tq.value.changed}>{spans(after)}</td>
      <td data-label={tq.value.shift}>{shifts.join(", ") || "—"}</td>
    </tr>
  );
}

function shiftWord(ms: number): string {
  if (ms === 0) return tq.value.sameTime;
  const span = formatDuration(Math.abs(ms) / 1_000);
  return ms > 0 ? tq.value.later(span) : tq.value.earlier(span);
}
