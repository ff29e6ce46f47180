import { useCallback, useEffect, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { InspectionMonth, InspectionSheet } from "../../firmware/contract/inspection.ts";
import type { DestinationProps } from "../destinations.ts";
import { getRounds, getSheet } from "../live/rounds.ts";
import { tr } from "../text/rounds.ts";
import { said, t } from "../text/words.ts";
import { Message } from "../ui/message.tsx";
import { href } from "../ui/route.ts";
import { RoundsCalendar } from "./rounds-calendar.tsx";
import { RoundsSheet } from "./rounds-sheet.tsx";
import "./rounds.css";

/** While a sheet is open others may fill it too, and the day goes on. */
const LOOK_AGAIN_MS = 30_000;

/** The daily inspection: today's sheet to fill and sign, and the calendar of former ones. `tail`: `template/YYYY-MM-DD`, or empty for today. */
export function RoundsPage({ tail }: DestinationProps) {
  const [month, setMonth] = useState<string | null>(tail === "" ? null : (tail.split("/")[1]?.slice(0, 7) ?? null));
  const [rounds, setRounds] = useState<InspectionMonth | null>(null);
  const [problem, setProblem] = useState<Words | null>(null);
  const loadMonth = useCallback(async (): Promise<void> => {
    const answer = await getRounds(month);
    if (answer.ok) setRounds(answer.data);
    setProblem(answer.ok ? null : answer.message);
  }, [month]);
  const [first] = rounds?.templates ?? [];
  const id = tail !== "" ? tail : rounds === null || first === undefined ? null : `${first.id}/${rounds.today}`;
  const [sheet, sheetProblem, setSheet] = useSheet(id);
  // The calendar shows how the sheet stands, whoever changed it.
  const standing = sheet === null ? "" : `${sheet.id} ${sheet.state} ${sheet.abnormal.length}`;
  useEffect(() => void loadMonth(), [loadMonth, standing]);
  const trouble = problem ?? sheetProblem;
  return (
    <div class="rounds">
      <h2 class="title">{tr.value.rounds}</h2>
      {rounds === null || rounds.templates.length < 2 ? null : <Templates rounds={rounds} current={id} />}
      {trouble === null ? null : (
        <p class="notice" role="alert">
          {said(trouble)}
        </p>
      )}
      {sheet === null ? (
        trouble === null && <Message text={t.value.loading} />
      ) : (
        <RoundsSheet key={sheet.id} sheet={sheet} today={rounds?.today ?? null} changed={setSheet} />
      )}
      {rounds === null ? null : <RoundsCalendar rounds={rounds} current={id} show={setMonth} />}
    </div>
  );
}

function Templates({ rounds, current }: { readonly rounds: InspectionMonth; readonly current: string | null }) {
  return (
    <nav class="templates" aria-label={tr.value.templates}>
      {rounds.templates.map(({ id, name, at }) => (
        <a
          key={id}
          class="chip"
          href={href.to("rounds", `${id}/${rounds.today}`)}
          {...(current?.startsWith(`${id}/`) === true ? { "aria-current": "page" as const } : {})}
        >
          {said(name)} <span class="label">{tr.value.dueAt(at)}</span>
        </a>
      ))}
    </nav>
  );
}

/** The sheet of this id, looked at again from time to time. What is asked late never overwrites what was answered since. */
function useSheet(id: string | null): [InspectionSheet | null, Words | null, (sheet: InspectionSheet) => void] {
  const [state, setState] = useState<{ readonly sheet: InspectionSheet | null; readonly problem: Words | null }>({
    sheet: null,
    problem: null,
  });
  useEffect(() => {
    if (id === null) return;
    let gone = false;
    const look = async (): Promise<void> => {
      const answer = await getSheet(id);
      if (gone) return;
      setState((before) => {
        const known = before.sheet?.id === id ? before.sheet : null;
        if (!answer.ok) return { sheet: known, problem: answer.message };
        return { sheet: known !== null && known.revision > answer.data.revision ? known : answer.data, problem: null };
      });
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [id]);
  return [state.sheet?.id === id ? state.sheet : null, state.problem, (sheet) => setState({ sheet, problem: null })];
}
