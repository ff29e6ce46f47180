import type { AuditLine } from "../../firmware/contract/people.ts";
import { ROLES } from "../../firmware/contract/roles.ts";
import { actionWord, detailWord, ta } from "../text/audit.ts";
import { roleWord } from "../text/roles.ts";
import { usePage } from "../ui/page.ts";

/** The lines under the day of the site they belong to: when, who, from where, what, and both values. */
export function AuditLines({ lines }: { readonly lines: readonly AuditLine[] }) {
  const { time } = usePage();
  // By neighbours and not by day: after the clock was set back a day may come twice.
  const days: { readonly day: string; readonly lines: AuditLine[] }[] = [];
  for (const line of lines) {
    const day = time.day(line.atMs);
    const last = days.at(-1);
    if (last?.day === day) last.lines.push(line);
    else days.push({ day, lines: [line] });
  }
  return (
    <>
      {days.map((group) => (
        <section key={group.lines[0]?.number} aria-label={group.day}>
          <h3>{group.day}</h3>
          <ol>
            {group.lines.map((line) => (
              <Line key={line.number} line={line} />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

function Line({ line: { number, atMs, toldMs, by, from, action, subject, detail, before, after } }: { readonly line: AuditLine }) {
  const { time } = usePage();
  const isOfBox = from === by && isPlace(from);
  return (
    <li>
      <time title={toldMs === null ? undefined : ta.value.toldAs(`${time.day(toldMs)} ${time.seconds(toldMs)}`)}>
        {time.seconds(atMs)}
        {toldMs === null ? null : <span class="visually-hidden"> {ta.value.toldAs(`${time.day(toldMs)} ${time.seconds(toldMs)}`)}</span>}
        {toldMs === null ? null : <span aria-hidden="true"> †</span>}
      </time>
      <span>
        <strong>{by === "" ? <span class="dim">{ta.value.nobody}</span> : isOfBox ? OF_BOX[from]() : by}</strong>
        {from === "" || isOfBox ? null : <span class="label"> {isPlace(from) ? OF_BOX[from]() : ta.value.from(from)}</span>}
      </span>
      <span>{actionWord(action)}</span>
      <span class="what">
        {subject === by || subject === "audit" ? null : subject}
        {detail === "" ? null : (
          <span class="dim">
            {" "}
            <Long text={detailWord(detail)} />
          </span>
        )}
        {before === null && after === null ? null : (
          <span class="values">
            <span class="visually-hidden">{ta.value.was}</span>
            <del>
              <Long text={valueWord(before)} />
            </del>
            <span aria-hidden="true"> → </span>
            <span class="visually-hidden">{ta.value.becomes}</span>
            <ins>
              <Long text={valueWord(after)} />
            </ins>
          </span>
        )}
      </span>
      <span class="label number">{number}</span>
    </li>
  );
}

/** Where the box itself was the one, or the way. */
const OF_BOX = { console: () => ta.value.console, gateway: () => ta.value.gateway, "site-file": () => ta.value.siteFile } as const;
const isPlace = (from: string): from is keyof typeof OF_BOX => Object.hasOwn(OF_BOX, from);

/** A role stands in the log by its name. */
function valueWord(value: string | null): string {
  const role = ROLES.find((known) => known === value);
  return role === undefined ? (value ?? ta.value.none) : roleWord(role);
}

const LENGTH_SHOWN = 160;

/** A text that would push the next lines off the page is opened by whoever wants it. */
function Long({ text }: { readonly text: string }) {
  if (text.length <= LENGTH_SHOWN) return <>{text}</>;
  return (
    <details>
      <summary>{`${text.slice(0, LENGTH_SHOWN)}…`}</summary>
      {text}
    </details>
  );
}
