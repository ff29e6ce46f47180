import type { InspectionMonth, InspectionState, InspectionSummary } from "../../firmware/contract/inspection.ts";
import { tr } from "../text/rounds.ts";
import { said } from "../text/words.ts";
import { href } from "../ui/route.ts";
import { stateWord } from "./rounds-sheet.tsx";

/** A shape for each state, so that none is told by colour alone. */
const SHAPES: Readonly<Record<InspectionState, string>> = { open: "○", missing: "✕", signed: "✓", reviewed: "✓✓" };
const STATES: readonly InspectionState[] = ["open", "missing", "signed", "reviewed"];

interface Props {
  readonly rounds: InspectionMonth;
  /** Id of the sheet that is open. */
  readonly current: string | null;
  readonly show: (month: string) => void;
}

/** The month's sheets of one round: what was signed, what is missing. Opens any of them. */
export function RoundsCalendar({ rounds, current, show }: Props) {
  const template = current?.split("/")[0] ?? rounds.templates[0]?.id;
  const sheets = new Map(rounds.sheets.filter((sheet) => sheet.template === template).map((sheet) => [sheet.day, sheet]));
  const weeks = weeksOf(rounds.month);
  return (
    <section class="panel rounds-calendar" aria-labelledby="calendar">
      <div class="toolbar">
        <h2 id="calendar">
          {tr.value.calendar} · {rounds.month}
        </h2>
        <span class="push" />
        <button type="button" onClick={() => show(monthBeside(rounds.month, -1))}>
          {tr.value.earlier}
        </button>
        <button type="button" disabled={rounds.month >= rounds.today.slice(0, 7)} onClick={() => show(monthBeside(rounds.month, 1))}>
          {tr.value.later}
        </button>
      </div>
      {sheets.size === 0 ? <p class="dim">{tr.value.noSheets}</p> : null}
      <table>
        <thead>
          <tr>
            {tr.value.weekdays.split(" ").map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.find((day) => day !== null)}>
              {week.map((day, index) => (
                <td key={day ?? `none-${index}`}>
                  {day === null ? null : <Day day={day} sheet={sheets.get(day)} isCurrent={sheets.get(day)?.id === current} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="label legend">
        {STATES.map((state) => (
          <span key={state} data-state={state}>
            <span aria-hidden="true">{SHAPES[state]}</span> {stateWord(state)}
          </span>
        ))}
      </p>
    </section>
  );
}

function Day({
  day,
  sheet,
  isCurrent,
}: {
  readonly day: string;
  readonly sheet: InspectionSummary | undefined;
  readonly isCurrent: boolean;
}) {
  const number = Number(day.slice(8));
  if (sheet === undefined) return <span class="day dim">{number}</span>;
  const abnormal = sheet.abnormal > 0 ? tr.value.abnormalCount(sheet.abnormal) : "";
  const who = sheet.signedBy ?? "";
  return (
    <a
      class="day"
      href={href.to("rounds", sheet.id)}
      data-state={sheet.state}
      aria-label={[`${said(sheet.name)} ${day}`, stateWord(sheet.state), who, abnormal].filter((part) => part !== "").join(", ")}
      {...(isCurrent ? { "aria-current": "date" as const } : {})}
    >
      <span>{number}</span>
      <span class="shape" aria-hidden="true">
        {SHAPES[sheet.state]}
        {sheet.abnormal > 0 ? <sup>!</sup> : null}
      </span>
    </a>
  );
}

/** Weeks from Monday to Sunday; null before the first and after the last day. */
function weeksOf(month: string): readonly (readonly (string | null)[])[] {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const first = new Date(Date.UTC(year, number - 1, 1));
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const before = (first.getUTCDay() + 6) % 7;
  const days = Array.from({ length: Math.ceil((before + count) / 7) * 7 }, (_, index) => {
    const day = index - before + 1;
    return day < 1 || day > count ? null : `${month}-${String(day).padStart(2, "0")}`;
  });
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

function monthBeside(month: string, step: number): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}
