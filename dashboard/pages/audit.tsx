import { useEffect, useRef, useState } from "preact/hooks";
import type { AuditLine } from "../../firmware/contract/people.ts";
import type { DestinationProps } from "../destinations.ts";
import { useAsked } from "../live/asked.ts";
import { type AuditFilter, auditExport, getAudit, getAuditChoices } from "../live/people.ts";
import { actionWord, ta } from "../text/audit.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { AuditChain } from "./audit-chain.tsx";
import { AuditLines } from "./audit-lines.tsx";
import "./audit.css";

const LINES_PER_PAGE = 100;
const EVERYTHING: AuditFilter = { by: "", action: "", day: "" };

/** For the auditor: is the log whole, who did what, and the whole of it to take along. */
export function AuditPage(_: DestinationProps) {
  const [filter, setFilter] = useState(EVERYTHING);
  const [lines, setLines] = useState<readonly AuditLine[]>([]);
  const [isLast, setLast] = useState(true);
  const [problem, setProblem] = useState("");
  const { answer } = useAsked(() => getAudit(filter, LINES_PER_PAGE), JSON.stringify(filter));
  useEffect(() => {
    if (answer === null) return;
    setLines(answer.ok ? answer.data.lines : []);
    setLast(!answer.ok || answer.data.lines.length < LINES_PER_PAGE);
    setProblem(answer.ok ? "" : said(answer.message));
  }, [answer]);

  const current = useRef(filter);
  current.current = filter;
  const older = async (): Promise<void> => {
    const asked = filter;
    const more = await getAudit(asked, LINES_PER_PAGE, lines.at(-1)?.number);
    // Something else was asked for meanwhile.
    if (current.current !== asked) return;
    if (!more.ok) return setProblem(said(more.message));
    setLines([...lines, ...more.data.lines]);
    setLast(more.data.lines.length < LINES_PER_PAGE);
  };

  return (
    <div class="audit fields">
      <h2 class="title">{ta.value.audit}</h2>
      <AuditChain />
      <section class="panel" aria-label={ta.value.audit}>
        <Filters filter={filter} change={setFilter} />
        <p role="alert" class="problem">
          {problem}
        </p>
        {answer === null ? <p role="status">{t.value.loading}</p> : null}
        {answer?.ok === true && lines.length === 0 ? <p role="status">{ta.value.nothing}</p> : null}
        <AuditLines lines={lines} />
        {isLast ? null : (
          <button type="button" onClick={() => void older()}>
            {ta.value.older}
          </button>
        )}
      </section>
    </div>
  );
}

function Filters({ filter, change }: { readonly filter: AuditFilter; readonly change: (filter: AuditFilter) => void }) {
  const { answer } = useAsked(getAuditChoices);
  const choices = answer?.ok === true ? answer.data : { by: [], actions: [] };
  return (
    <div class="filters">
      <span>
        <label for="audit-by">{ta.value.who}</label>
        <select id="audit-by" value={filter.by} onChange={(event) => change({ ...filter, by: event.currentTarget.value })}>
          <option value="">{ta.value.all}</option>
          {choices.by.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </span>
      <span>
        <label for="audit-action">{ta.value.action}</label>
        <select id="audit-action" value={filter.action} onChange={(event) => change({ ...filter, action: event.currentTarget.value })}>
          <option value="">{ta.value.all}</option>
          {choices.actions.map((action) => (
            <option key={action} value={action}>
              {actionWord(action)}
            </option>
          ))}
        </select>
      </span>
      <span>
        <label for="audit-day">{ta.value.day}</label>
        <input id="audit-day" type="date" value={filter.day} onInput={(event) => change({ ...filter, day: event.currentTarget.value })} />
      </span>
      <span class="push" />
      <span>
        <a class="button" href={auditExport(filter, language.value)} download>
          {ta.value.export}
        </a>
        <span class="label">{ta.value.readingIsNoted}</span>
      </span>
    </div>
  );
}
