import { useId, useState } from "preact/hooks";
import type { AccessEntry, AccessKind, DoorView } from "../../firmware/contract/access.ts";
import { ACCESS_KIND_WORDS, ACCESS_REASON_WORDS, DIRECTION_WORDS } from "../../firmware/contract/access-words.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { ta } from "../text/access.ts";
import { formatDuration, type SiteTime } from "../text/format.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";

const LINES = 100;
const REFRESH_MS = 5_000;
const FORMATS = ["csv", "xlsx", "pdf"] as const;
/** Kinds that want somebody's eye. */
const TROUBLE: ReadonlySet<AccessKind> = new Set(["denied", "forced", "leftOpen", "missed"]);

interface Filter {
  readonly day: string;
  readonly door: string;
  readonly who: string;
  readonly kind: string;
}

/** The entry log with its filters, page by page, and the way to take it along. */
export function EntryLog({ doors }: { readonly doors: readonly DoorView[] }) {
  const [filter, setFilter] = useState<Filter>({ day: "", door: "", who: "", kind: "" });
  const [before, setBefore] = useState<number | null>(null);
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
  query.set("limit", String(LINES));
  if (before !== null) query.set("before", String(before));
  const path = `/api/v1/access/log?${query}`;
  const { answer } = useAsked<{ readonly entries: readonly AccessEntry[] }>(
    () => ask("GET", path),
    path,
    before === null ? REFRESH_MS : null,
  );
  const change = (part: Partial<Filter>): void => {
    setFilter({ ...filter, ...part });
    setBefore(null);
  };
  const entries = answer?.ok === true ? answer.data.entries : [];
  const last = entries.at(-1);
  return (
    <section class="panel" aria-labelledby="entry-log">
      <h3 id="entry-log">{ta.value.log}</h3>
      <Filters filter={filter} change={change} doors={doors} />
      {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
      <Lines entries={entries} doors={doors} />
      {entries.some(({ clockTrusted, toldMs }) => !clockTrusted && toldMs === null) ? <p class="label">{ta.value.clockUnsure}</p> : null}
      {answer?.ok === true && entries.length === 0 ? <p class="dim">{ta.value.nothingFound}</p> : null}
      <div class="actions">
        {before === null ? null : (
          <button type="button" onClick={() => setBefore(null)}>
            {ta.value.newest}
          </button>
        )}
        {last === undefined || entries.length < LINES ? null : (
          <button type="button" onClick={() => setBefore(last.number)}>
            {ta.value.older}
          </button>
        )}
      </div>
      <Export filter={filter} />
    </section>
  );
}

function Filters({
  filter,
  change,
  doors,
}: {
  readonly filter: Filter;
  readonly change: (part: Partial<Filter>) => void;
  readonly doors: readonly DoorView[];
}) {
  const id = useId();
  const kinds = Object.entries(ACCESS_KIND_WORDS);
  return (
    <search class="fields row">
      <label for={`${id}-day`}>
        <span>{ta.value.day}</span>
        <input id={`${id}-day`} type="date" value={filter.day} onInput={({ currentTarget }) => change({ day: currentTarget.value })} />
      </label>
      <label for={`${id}-door`}>
        <span>{ta.value.door}</span>
        <select id={`${id}-door`} value={filter.door} onInput={({ currentTarget }) => change({ door: currentTarget.value })}>
          <option value="">{ta.value.all}</option>
          {doors.map((door) => (
            <option key={door.id} value={door.id}>
              {said(door.name)}
            </option>
          ))}
        </select>
      </label>
      <label for={`${id}-kind`}>
        <span>{ta.value.what}</span>
        <select id={`${id}-kind`} value={filter.kind} onInput={({ currentTarget }) => change({ kind: currentTarget.value })}>
          <option value="">{ta.value.all}</option>
          {kinds.map(([kind, words]) => (
            <option key={kind} value={kind}>
              {said(words)}
            </option>
          ))}
        </select>
      </label>
      <label for={`${id}-who`}>
        <span>{ta.value.who}</span>
        <input
          id={`${id}-who`}
          type="search"
          maxLength={80}
          value={filter.who}
          onChange={({ currentTarget }) => change({ who: currentTarget.value })}
        />
      </label>
    </search>
  );
}

function Lines({ entries, doors }: { readonly entries: readonly AccessEntry[]; readonly doors: readonly DoorView[] }) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  if (entries.length === 0) return null;
  const { areas } = store.room.site;
  const placeOf = ({ door, area }: AccessEntry): string => {
    const name = doors.find(({ id }) => id === door)?.name ?? areas.find(({ id }) => id === area)?.name;
    return name === undefined ? (door ?? "") : said(name);
  };
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{ta.value.time}</th>
          <th scope="col">{ta.value.what}</th>
          <th scope="col">{ta.value.person}</th>
          <th scope="col">{ta.value.where}</th>
          <th scope="col">{ta.value.details}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.number}>
            <td>
              {time.day(entry.atMs) === time.day(now) ? "" : `${time.day(entry.atMs).slice(5)} `}
              {time.seconds(entry.atMs)}
              {entry.clockTrusted ? "" : entry.toldMs === null ? "*" : <span class="label"> {t.value.timeCorrected}</span>}
            </td>
            <td class={TROUBLE.has(entry.kind) ? "trouble" : ""}>
              {said(ACCESS_KIND_WORDS[entry.kind])}
              {entry.direction === null || entry.source === "hand" ? "" : ` · ${said(DIRECTION_WORDS[entry.direction])}`}
            </td>
            <td>{whoOf(entry)}</td>
            <td>{placeOf(entry)}</td>
            <td>{detailsOf(entry, time, now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whoOf({ person, company, card, kind, subject }: AccessEntry): string {
  if (kind === "powerOn" || kind === "powerOff") return subject ?? "";
  if (person === null) return card === null ? "" : ta.value.strangerCard(card);
  return company === null || company === "" ? person : `${person} · ${company}`;
}

function detailsOf(entry: AccessEntry, time: SiteTime, now: number): string {
  const span = entry.durationMs === null ? null : formatDuration(entry.durationMs / 1_000);
  const parts = [
    entry.kind === "opened" && entry.card === null ? ta.value.someone : null,
    entry.reason === null ? null : said(ACCESS_REASON_WORDS[entry.reason]),
    span === null ? null : entry.kind === "closed" ? ta.value.openFor(span) : ta.value.stayed(span),
    entry.kind !== "missed" ? null : entry.count === null ? ta.value.missedUnknown : ta.value.missedCount(entry.count),
    entry.sinceMs === null ? null : ta.value.notBefore(time.since(entry.sinceMs, now)),
    entry.note === "" ? null : entry.note,
    entry.by === null ? null : ta.value.byHand(entry.by),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** A file of some days; the browser fetches it with the session it has. */
function Export({ filter }: { readonly filter: Filter }) {
  const { store, time } = usePage();
  const today = time.day(boxNowMs(store));
  const [span, setSpan] = useState<{ readonly from: string; readonly to: string } | null>(null);
  const { from, to } = span ?? { from: `${today.slice(0, 8)}01`, to: today };
  const id = useId();
  const { door, who, kind } = filter;
  const chosen = Object.entries({ door, who, kind }).filter(([, value]) => value !== "");
  const query = new URLSearchParams([...chosen, ["from", from], ["to", to], ["language", language.value]]);
  return (
    <div class="fields row export">
      <label for={`${id}-from`}>
        <span>{ta.value.from}</span>
        <input id={`${id}-from`} type="date" value={from} onInput={({ currentTarget }) => setSpan({ from: currentTarget.value, to })} />
      </label>
      <label for={`${id}-to`}>
        <span>{ta.value.to}</span>
        <input id={`${id}-to`} type="date" value={to} onInput={({ currentTarget }) => setSpan({ from, to: currentTarget.value })} />
      </label>
      {from === "" || to === "" ? null : (
        <div class="actions">
          {FORMATS.map((format) => (
            <a key={format} class="button" href={`/api/v1/access/export?${query}&format=${format}`} download>
              {ta.value.exportAs(format.toUpperCase())}
            </a>
          ))}
        </div>
      )}
    </div>
  );
}
