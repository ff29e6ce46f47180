import { useState } from "preact/hooks";
import type { InspectionFigure, InspectionFigures, InspectionSheet, MeasuredItem } from "../../firmware/contract/inspection.ts";
import type { PointView } from "../../firmware/contract/site.ts";
import { formatDuration, formatNumber, formatValue, formatWithUnit, unitOf } from "../text/format.ts";
import { tr } from "../text/rounds.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { PointValue } from "../ui/value.tsx";

/** Gaps that are named one by one; then their sum says enough. */
const GAPS_NAMED_MAX = 2;

/** What the gateway itself measured on the day of the sheet: now, lowest and highest, limit in force, and what is missing. */
export function RoundsMeasured({ sheet }: { readonly sheet: InspectionSheet }) {
  const [whole, setWhole] = useState(false);
  const { time } = usePage();
  const figures = whole && sheet.wholeDay !== null ? sheet.wholeDay : sheet.measured;
  const differ = sheet.wholeDay !== null && sheet.wholeDay.toMs !== sheet.measured.toMs;
  const items = sheet.form.items.filter((item): item is MeasuredItem => item.kind === "measured");
  if (items.length === 0) return null;
  const passed = figures.rows.filter(({ abnormal }) => abnormal !== null).length;
  const gapped = items.filter((item) => item.fitted).filter((item) => hasGap(figures.rows.find((row) => row.item === item.id))).length;
  return (
    <section class="panel measured" aria-labelledby="measured">
      <h2 id="measured">{tr.value.measured}</h2>
      <p class="label">
        {tr.value.measuredSpan(
          `${time.day(figures.fromMs)} ${time.clock(figures.fromMs)}`,
          endOf(figures, sheet, time.clock(figures.toMs)),
        )}
        {passed === 0 ? null : ` · ${tr.value.passedLimits(passed)}`}
        {gapped === 0 ? null : ` · ${tr.value.withGaps(gapped)}`}
      </p>
      {differ ? (
        <div class="toolbar">
          <button type="button" class="chip-button" aria-pressed={!whole} onClick={() => setWhole(false)}>
            {tr.value.atSigning}
          </button>
          <button type="button" class="chip-button" aria-pressed={whole} onClick={() => setWhole(true)}>
            {tr.value.wholeDay}
          </button>
        </div>
      ) : null}
      {figures.clockTrusted ? null : <p class="notice">{tr.value.historyClock}</p>}
      {figures.problem === null ? null : <p class="notice">{said(figures.problem)}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">{tr.value.point}</th>
            <th scope="col">{sheet.state === "open" ? tr.value.now : tr.value.last}</th>
            <th scope="col">{tr.value.lowHigh}</th>
            <th scope="col">{tr.value.limits}</th>
            <th scope="col">{tr.value.data}</th>
          </tr>
        </thead>
        {[...Map.groupBy(items, ({ where }) => (where === null ? "" : said(where)))].map(([where, members]) => (
          <tbody key={where}>
            <tr class="group">
              <th scope="colgroup" colSpan={5}>
                {members[0]?.device == null ? where : <a href={href.device(members[0].device)}>{where}</a>}
              </th>
            </tr>
            {members.map((item) => (
              <Row key={item.id} item={item} row={figures.rows.find((row) => row.item === item.id)} isLive={sheet.state === "open"} />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

/** The end of the day is 24:00, not 00:00 of the next. */
function endOf({ toMs }: InspectionFigures, sheet: InspectionSheet, clock: string): string {
  return toMs === sheet.toMs ? "24:00" : clock;
}

function Row({ item, row, isLive }: { readonly item: MeasuredItem; readonly row: InspectionFigure | undefined; readonly isLive: boolean }) {
  const { store, time } = usePage();
  const point = pointOf(item);
  const live = isLive ? store.room.point(item.point) : undefined;
  return (
    <tr data-abnormal={row?.abnormal != null}>
      <th scope="row">
        {said(item.name)}
        {row?.abnormal == null ? null : (
          <>
            {" "}
            <SeverityMark severity={row.abnormal} />
          </>
        )}
      </th>
      <td data-label={isLive ? tr.value.now : tr.value.last}>
        {live === undefined ? formatWithUnit(point, row?.last ?? null) : <PointValue point={live} />}
      </td>
      <td data-label={tr.value.lowHigh}>{row === undefined ? "—" : extremes(point, row, (atMs) => time.clock(atMs))}</td>
      <td data-label={tr.value.limits}>
        {item.limits.length + item.abnormalStates.length === 0 ? null : <Limits item={item} point={point} />}
      </td>
      <td data-label={tr.value.data}>{dataWords(item, row, (atMs) => time.clock(atMs))}</td>
    </tr>
  );
}

function Limits({ item, point }: { readonly item: MeasuredItem; readonly point: PointView }) {
  return (
    <span>
      {item.limits.map(({ type, severity, limit }) => (
        <span key={`${type} ${severity}`} class="limit">
          <SeverityMark severity={severity} word={false} />
          {type === "high" ? ">" : "<"} {formatNumber(limit, point.digits)}
        </span>
      ))}
      {item.abnormalStates.map(({ state, severity }) => (
        <span key={state} class="limit">
          <SeverityMark severity={severity} word={false} />
          {formatValue(point, state)}
        </span>
      ))}
    </span>
  );
}

function extremes(point: PointView, { min, max, states, minAtMs, maxAtMs }: InspectionFigure, clock: (atMs: number) => string): string {
  if (min === null || max === null) return "—";
  if (point.kind === "state") return tr.value.statesSeen(states.map((state) => formatValue(point, state)).join(", "));
  const at = (atMs: number | null): string => (atMs === null ? "" : ` (${clock(atMs)})`);
  const unit = unitOf(point);
  return `${formatValue(point, min)}${at(minAtMs)} – ${formatValue(point, max)}${at(maxAtMs)}${unit === "" ? "" : ` ${unit}`}`;
}

function hasGap(row: InspectionFigure | undefined): boolean {
  return row === undefined || row.minutesWithData < row.minutes;
}

/** Missing data in words: never a zero, never an empty cell. */
function dataWords(item: MeasuredItem, row: InspectionFigure | undefined, clock: (atMs: number) => string): string {
  if (row === undefined) return tr.value.nothingMeasured;
  if (row.minutes === 0) return tr.value.notYet;
  if (row.minutesWithData === 0) return item.fitted ? tr.value.nothingMeasured : tr.value.notFitted;
  if (row.minutesWithData >= row.minutes) return tr.value.complete;
  const length = (ms: number): string => formatDuration(ms / 1_000);
  const named = row.gaps
    .slice(0, GAPS_NAMED_MAX)
    .map(({ fromMs, toMs }) => tr.value.gap(clock(fromMs), clock(toMs), length(toMs - fromMs)));
  const rest = row.gaps.length > GAPS_NAMED_MAX ? [tr.value.moreGaps(length((row.minutes - row.minutesWithData) * 60_000))] : [];
  return [...named, ...rest].join("; ");
}

/** The item as the formatter knows points. */
function pointOf(item: MeasuredItem): PointView {
  const { point: id, pointKind: kind, unit, digits, name, states, limits, fitted } = item;
  return { id, device: item.device ?? "", name: id, kind, unit, digits, label: name, optional: !fitted, states, limits };
}
