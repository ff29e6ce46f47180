import { useState } from "preact/hooks";
import type { RotaView } from "../../firmware/contract/escalation.ts";
import { ask } from "../live/api.ts";
import { to } from "../text/on-call.ts";
import { said } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";
import { WriteDialog } from "./on-call-hand-overs.tsx";

interface RotaProps {
  readonly rota: RotaView;
  readonly maySwap: boolean;
  readonly mayWrite: boolean;
  readonly done: () => void;
}

/** Who is on call of one rota, now and next, with the hand-over that belongs to it. */
export function RotaCard({ rota, maySwap, mayWrite, done }: RotaProps) {
  const { store, time } = usePage();
  const [asking, setAsking] = useState<"swap" | "write" | null>(null);
  const nowMs = boxNowMs(store);
  const { now, next, handOver } = rota;
  const person = (id: string | undefined) => rota.people.find((known) => known.id === id);
  const nameOf = (id: string): string => said(person(id)?.name ?? { zh: id, en: id });
  const close = (): void => setAsking(null);
  return (
    <section class="panel rota" aria-labelledby={`rota-${rota.id}`}>
      <h3 id={`rota-${rota.id}`}>{said(rota.name)}</h3>
      <dl>
        <dt>{to.value.now}</dt>
        <dd>
          {now === null ? (
            "—"
          ) : (
            <>
              <strong>{nameOf(now.who)}</strong> <Phone number={person(now.who)?.phone ?? ""} />
              {now.who === now.planned ? null : <span class="label"> {to.value.standsIn(nameOf(now.planned))}</span>}
              {now.sinceMs === null ? null : <span class="label"> {to.value.since(time.since(now.sinceMs, nowMs))}</span>}
            </>
          )}
        </dd>
        <dt>{to.value.next}</dt>
        <dd>
          {next === null ? (
            <span class="dim">{to.value.nobodyNext}</span>
          ) : (
            <>
              {nameOf(next.who)} <span class="label">{to.value.from(time.since(next.atMs, nowMs))}</span>
            </>
          )}
        </dd>
      </dl>
      {handOver === null ? null : (
        <p class={handOver.state === "missing" ? "missing" : "dim"}>
          {to.value.handOverOf(
            to.value.handsTo(nameOf(handOver.outgoing), nameOf(handOver.incoming)),
            time.since(handOver.changeMs, nowMs),
          )}{" "}
          · {to.value[handOver.state]}
        </p>
      )}
      <Swaps rota={rota} nameOf={nameOf} />
      <div class="actions">
        {maySwap && rota.upcoming.length > 0 ? (
          <button type="button" onClick={() => setAsking("swap")}>
            {to.value.swap}
          </button>
        ) : null}
        {mayWrite && handOver !== null ? (
          <button type="button" onClick={() => setAsking("write")}>
            {to.value.write}
          </button>
        ) : null}
      </div>
      {asking === "swap" ? <SwapDialog rota={rota} nameOf={nameOf} done={done} close={close} /> : null}
      {asking === "write" && handOver !== null ? <WriteDialog rota={rota} changeMs={handOver.changeMs} done={done} close={close} /> : null}
    </section>
  );
}

function Phone({ number }: { readonly number: string }) {
  return number === "" ? null : <a href={`tel:${number.replaceAll(/[^\d+]/g, "")}`}>{number}</a>;
}

function Swaps({ rota, nameOf }: { readonly rota: RotaView; readonly nameOf: (id: string) => string }) {
  const { store, time } = usePage();
  const nowMs = boxNowMs(store);
  if (rota.swaps.length === 0) return null;
  return (
    <>
      <h4>{to.value.swaps}</h4>
      <ul>
        {rota.swaps.map(({ number, fromMs, toMs, who, by, note }) => (
          <li key={number}>
            {time.since(fromMs, nowMs)} – {time.since(toMs, nowMs)}:{" "}
            {to.value.swapLine(who === null ? to.value.asPlanned : nameOf(who), by)} <span class="dim">{note}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function SwapDialog({
  rota,
  nameOf,
  done,
  close,
}: {
  readonly rota: RotaView;
  readonly nameOf: (id: string) => string;
  readonly done: () => void;
  readonly close: () => void;
}) {
  const { time } = usePage();
  const day = (ms: number): string => `${time.day(ms).slice(5)} ${time.clock(ms)}`;
  const run = (fields: FormData) => {
    const span = rota.upcoming[Number(fields.get("span"))];
    const who = String(fields.get("who"));
    return ask("POST", "/api/v1/on-call/swaps", {
      rota: rota.id,
      ...{ fromMs: span?.fromMs, toMs: span?.toMs, who: who === "" ? null : who, note: String(fields.get("note")) },
    });
  };
  return (
    <AskDialog title={to.value.swapFor(said(rota.name))} does={to.value.swapDoes} verb={to.value.save} run={run} done={done} close={close}>
      <label>
        {to.value.when}
        <select name="span">
          {rota.upcoming.map(({ fromMs, toMs, who }, index) => (
            <option key={fromMs} value={index}>
              {`${day(fromMs)} – ${day(toMs)} · ${nameOf(who)}`}
            </option>
          ))}
        </select>
      </label>
      <label>
        {to.value.who}
        <select name="who">
          {rota.people.map(({ id }) => (
            <option key={id} value={id}>
              {nameOf(id)}
            </option>
          ))}
          <option value="">{to.value.asPlanned}</option>
        </select>
      </label>
      <label>
        {to.value.remark}
        <input name="note" maxLength={500} />
      </label>
    </AskDialog>
  );
}
