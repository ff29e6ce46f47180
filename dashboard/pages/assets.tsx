import { useEffect, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { AssetsReply } from "../../firmware/contract/assets.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { DestinationProps } from "../destinations.ts";
import { getAssets } from "../live/assets.ts";
import { ta } from "../text/assets.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { AssetDialog } from "./asset-dialog.tsx";
import { AssetImport } from "./asset-import.tsx";
import { type AssetRow, fitsFilter, rowOf, warrantyState } from "./assets-rows.ts";
import { AssetsTable } from "./assets-table.tsx";
import "./assets.css";

type Open = { readonly kind: "edit"; readonly row: AssetRow } | { readonly kind: "import" } | null;

/** What stands in the room: every device with maker, serial number, owner, service and warranty. `tail` is a filter to begin with. */
export function AssetsPage({ tail }: DestinationProps) {
  const { store } = usePage();
  const [reply, setReply] = useState<AssetsReply | null>(null);
  const [problem, setProblem] = useState<Words | null>(null);
  const [filter, setFilter] = useState(tail);
  const [open, setOpen] = useState<Open>(null);
  const [notice, setNotice] = useState("");
  const load = async (): Promise<void> => {
    const answer = await getAssets();
    if (answer.ok) setReply(answer.data);
    setProblem(answer.ok ? null : answer.message);
  };
  useEffect(() => void load(), []);
  useEffect(() => setFilter(tail), [tail]);
  const mayChange = may(store.session.role, "asset.change");
  const rows = (reply?.assets ?? []).map((asset) =>
    rowOf(asset, store.room.device(asset.device)?.name ?? { zh: asset.device, en: asset.device }, reply?.today ?? null),
  );
  const shown = rows.filter((row) => fitsFilter(row, filter));
  const done = (text: string): void => {
    setNotice(text);
    void load();
  };
  return (
    <div class="assets">
      <h2 class="title">{ta.value.assets}</h2>
      <div class="assets-tools">
        <label>
          {ta.value.filter}
          <input type="search" value={filter} placeholder={ta.value.filterHelp} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
        <a class="button" href={`/api/v1/assets/sheet?language=${language.value}`} download>
          {ta.value.exportCsv}
        </a>
        {mayChange ? (
          <button type="button" onClick={() => setOpen({ kind: "import" })}>
            {ta.value.importCsv}
          </button>
        ) : null}
        <a class="button" href={href.to("labels", filter)}>
          {ta.value.labels}
        </a>
      </div>
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      <p role="status">{reply === null ? t.value.loading : (notice === "" ? "" : `${notice} · `) + summary(rows, shown)}</p>
      {reply !== null && reply.today === null ? <p class="dim">{ta.value.clockUnknown}</p> : null}
      {reply === null ? null : shown.length === 0 ? (
        <p class="dim">{ta.value.noneFound}</p>
      ) : (
        <AssetsTable rows={shown} edit={mayChange ? (row) => setOpen({ kind: "edit", row }) : null} />
      )}
      <p class="label">{mayChange ? ta.value.editedHelp : ta.value.mayNotEdit}</p>
      {open?.kind === "edit" ? <AssetDialog row={open.row} close={() => setOpen(null)} done={done} /> : null}
      {open?.kind === "import" ? <AssetImport close={() => setOpen(null)} done={done} /> : null}
    </div>
  );
}

function summary(rows: readonly AssetRow[], shown: readonly AssetRow[]): string {
  const count = (state: string): number => shown.filter((row) => warrantyState(row) === state).length;
  const [soon, ended] = [count("soon"), count("ended")];
  return [
    ta.value.countOf(shown.length, rows.length),
    ...(soon === 0 ? [] : [ta.value.soonCount(soon)]),
    ...(ended === 0 ? [] : [ta.value.endedCount(ended)]),
  ].join(" · ");
}
