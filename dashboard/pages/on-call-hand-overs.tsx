import { useEffect, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { HandOverView, RotaView } from "../../firmware/contract/escalation.ts";
import { ask } from "../live/api.ts";
import { getHandOvers, personName } from "../live/on-call.ts";
import { to } from "../text/on-call.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";
import { SeverityMark } from "../ui/severity.tsx";

const TEXT_MAX = 4_000;

/** Written hand-overs and those that are missing, with a filter; to be confirmed, printed, taken away. */
export function HandOvers({
  rotas,
  mayWrite,
  written,
  done,
}: {
  readonly rotas: readonly RotaView[];
  readonly mayWrite: boolean;
  readonly written: number;
  readonly done: () => void;
}) {
  const [rota, setRota] = useState("");
  const [list, setList] = useState<readonly HandOverView[] | null>(null);
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<Words | null>(null);
  const [confirming, setConfirming] = useState<HandOverView | null>(null);
  const load = async (before: number | null): Promise<void> => {
    const answer = await getHandOvers(rota, before);
    setProblem(answer.ok ? null : answer.message);
    if (!answer.ok) return;
    setList((known) => (before === null ? answer.data.handOvers : [...(known ?? []), ...answer.data.handOvers]));
    setMore(answer.data.more);
  };
  useEffect(() => void load(null), [rota, written]);
  return (
    <section class="panel hand-overs" aria-labelledby="hand-overs">
      <div class="toolbar">
        <h3 id="hand-overs">{to.value.handOvers}</h3>
        <span class="push" />
        <label>
          <span class="visually-hidden">{to.value.rota}</span>
          <select value={rota} onChange={({ currentTarget }) => setRota(currentTarget.value)}>
            <option value="">{to.value.allRotas}</option>
            {rotas.map(({ id, name }) => (
              <option key={id} value={id}>
                {said(name)}
              </option>
            ))}
          </select>
        </label>
        <a
          href={`/api/v1/on-call/hand-overs/sheet?language=${language.value}${rota === "" ? "" : `&rota=${rota}`}`}
          download="hand-overs.csv"
        >
          {to.value.csv}
        </a>
        <button type="button" onClick={() => window.print()}>
          {to.value.print}
        </button>
      </div>
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      {list === null ? <p role="status">{t.value.loading}</p> : list.length === 0 ? <p class="dim">{to.value.noHandOvers}</p> : null}
      <ol>
        {(list ?? []).map((handOver) => (
          <Entry key={handOver.id} handOver={handOver} rotas={rotas} confirm={mayWrite ? setConfirming : null} />
        ))}
      </ol>
      {more ? (
        <button type="button" onClick={() => void load(list?.at(-1)?.number ?? null)}>
          {to.value.older}
        </button>
      ) : null}
      {confirming === null ? null : (
        <AskDialog
          title={to.value.confirm}
          does={to.value.confirmDoes}
          verb={to.value.confirm}
          run={(fields) => ask("POST", "/api/v1/on-call/hand-overs/confirm", { id: confirming.id, note: String(fields.get("note")) })}
          done={done}
          close={() => setConfirming(null)}
        >
          <label>
            {to.value.remark}
            <input name="note" maxLength={500} />
          </label>
        </AskDialog>
      )}
    </section>
  );
}

function Entry({
  handOver,
  rotas,
  confirm,
}: {
  readonly handOver: HandOverView;
  readonly rotas: readonly RotaView[];
  readonly confirm: ((handOver: HandOverView) => void) | null;
}) {
  const { store, time } = usePage();
  const nowMs = boxNowMs(store);
  const { rota, changeMs, outgoing, incoming, kind, by, atMs, text, open, confirmed } = handOver;
  const name = rotas.find(({ id }) => id === rota)?.name;
  const isMissing = kind === "missing";
  return (
    <li class={isMissing ? "entry missing" : "entry"}>
      <p>
        <strong>{to.value.handOverOf(name === undefined ? rota : said(name), time.since(changeMs, nowMs))}</strong>{" "}
        {to.value.handsTo(personName(rotas, rota, outgoing), personName(rotas, rota, incoming))} ·{" "}
        {isMissing ? to.value.missing : confirmed === null ? to.value.written : to.value.confirmed}
      </p>
      {isMissing ? null : (
        <>
          <p class="text">{text}</p>
          {open.length === 0 ? null : (
            <details>
              <summary>{to.value.openNow(open.length)}</summary>
              <ul>
                {open.map((item) => (
                  <li key={item.key}>
                    <SeverityMark severity={item.severity} returned={item.state === "D"} /> {said(item.text)}{" "}
                    <span class="label">{item.incidentNumber ?? ""}</span>
                  </li>
                ))}
              </ul>
            </details>
          )}
          <p class="label">
            {to.value.writtenBy(by, time.since(atMs, nowMs))}
            {confirmed === null ? null : ` · ${to.value.confirmedBy(confirmed.by, time.since(confirmed.atMs, nowMs))} ${confirmed.note}`}
          </p>
          {confirmed === null && confirm !== null ? (
            <button type="button" onClick={() => confirm(handOver)}>
              {to.value.confirm}
            </button>
          ) : null}
        </>
      )}
    </li>
  );
}

/** The outgoing shift writes; what is open now stands above the text and is added by the box. */
export function WriteDialog({
  rota,
  changeMs,
  done,
  close,
}: {
  readonly rota: RotaView;
  readonly changeMs: number;
  readonly done: () => void;
  readonly close: () => void;
}) {
  const { store } = usePage();
  const alarms = store.alarms.value;
  return (
    <AskDialog
      title={`${to.value.write}: ${said(rota.name)}`}
      does={to.value.writeDoes}
      verb={to.value.save}
      run={(fields) => ask("POST", "/api/v1/on-call/hand-overs", { rota: rota.id, changeMs, text: String(fields.get("text")) })}
      done={done}
      close={close}
    >
      <p class="label">{to.value.openNow(alarms.length)}</p>
      <ul class="open-now">
        {alarms.map(({ key, text, severity, clearedAtMs }) => (
          <li key={key}>
            <SeverityMark severity={severity} returned={clearedAtMs !== null} /> {said(text)}
          </li>
        ))}
      </ul>
      <label>
        {to.value.text}
        <textarea name="text" rows={6} required maxLength={TEXT_MAX} />
      </label>
    </AskDialog>
  );
}
