import { useEffect, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import { FIELD_WORDS } from "../../firmware/contract/asset-fields.ts";
import type { DestinationProps } from "../destinations.ts";
import { getAssets } from "../live/assets.ts";
import { ta } from "../text/assets.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { qrPath } from "../ui/qr.ts";
import { href } from "../ui/route.ts";
import { type AssetRow, fitsFilter, rowOf } from "./assets-rows.ts";
import "./assets.css";
import "./labels.css";

/** Sheets of self-adhesive labels as they are sold: millimetres, and how many fit on A4. */
const SIZES = [
  { name: "70x37", words: "70 × 37 mm", perSheet: 24 },
  { name: "105x57", words: "105 × 57 mm", perSheet: 10 },
  { name: "52x29", words: "52.5 × 29.7 mm", perSheet: 40 },
] as const;
type SizeName = (typeof SIZES)[number]["name"];
const QUIET_MODULES = 4;
const ADDRESS_KEY = "roomward.labels.address";

interface Choice {
  readonly size: SizeName;
  readonly holds: "link" | "plain";
  readonly address: string;
  readonly filter: string;
}

/** A sheet to print: name, asset number, serial number and a code that leads to the device's page. `tail` is a filter to begin with. */
export function LabelsPage({ tail }: DestinationProps) {
  const { store } = usePage();
  const [rows, setRows] = useState<readonly AssetRow[] | null>(null);
  const [problem, setProblem] = useState<Words | null>(null);
  const [choice, setChoice] = useState<Choice>(() => ({
    size: "70x37",
    holds: "link",
    address: localStorage.getItem(ADDRESS_KEY) ?? location.origin,
    filter: tail,
  }));
  useEffect(() => {
    void getAssets().then((answer) => {
      if (!answer.ok) return setProblem(answer.message);
      const named = (id: string): Words => store.room.device(id)?.name ?? { zh: id, en: id };
      setRows(answer.data.assets.map((asset) => rowOf(asset, named(asset.device), answer.data.today)));
    });
  }, [store]);
  const choose = (change: Partial<Choice>): void => {
    if (change.address !== undefined) localStorage.setItem(ADDRESS_KEY, change.address);
    setChoice({ ...choice, ...change });
  };
  const shown = (rows ?? []).filter((row) => fitsFilter(row, choice.filter));
  const { perSheet } = SIZES.find(({ name }) => name === choice.size) ?? SIZES[0];
  const sheets = Array.from({ length: Math.ceil(shown.length / perSheet) }, (_, n) => shown.slice(n * perSheet, (n + 1) * perSheet));
  return (
    <div class="labels">
      <h2 class="title">{ta.value.labelSheet}</h2>
      <Controls choice={choice} choose={choose} />
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      <p role="status">
        {rows === null ? t.value.loading : shown.length === 0 ? ta.value.noneFound : ta.value.sheetCount(shown.length, sheets.length)}
      </p>
      <div class="sheets">
        {sheets.map((sheet, index) => (
          <section key={sheet[0]?.device} class={`sheet sheet-${choice.size}`} aria-label={ta.value.sheetOf(index + 1)}>
            {sheet.map((row) => (
              <Label key={row.device} row={row} text={labelText(row, choice)} />
            ))}
          </section>
        ))}
      </div>
    </div>
  );
}

/** What a phone reads off the label. */
function labelText({ device, values }: AssetRow, { holds, address }: Choice): string {
  if (holds === "plain") return values.number === "" ? device : values.number;
  return `${address.replace(/\/+$/, "")}/${href.device(device)}`;
}

function Controls({ choice, choose }: { readonly choice: Choice; readonly choose: (change: Partial<Choice>) => void }) {
  return (
    <div class="assets-tools">
      <label>
        {ta.value.filter}
        <input
          type="search"
          value={choice.filter}
          placeholder={ta.value.filterHelp}
          onInput={(event) => choose({ filter: event.currentTarget.value })}
        />
      </label>
      <label>
        {ta.value.labelSize}
        <select value={choice.size} onChange={(event) => choose({ size: event.currentTarget.value as SizeName })}>
          {SIZES.map(({ name, words, perSheet }) => (
            <option key={name} value={name}>
              {words} · {perSheet} / A4
            </option>
          ))}
        </select>
      </label>
      <label>
        {ta.value.labelContent}
        <select value={choice.holds} onChange={(event) => choose({ holds: event.currentTarget.value === "plain" ? "plain" : "link" })}>
          <option value="link">{ta.value.labelLink}</option>
          <option value="plain">{ta.value.labelPlain}</option>
        </select>
      </label>
      {choice.holds === "plain" ? null : (
        <label>
          {ta.value.labelAddress}
          <input type="url" value={choice.address} onInput={(event) => choose({ address: event.currentTarget.value.trim() })} />
          <span role="status">{addressHint(choice.address)}</span>
        </label>
      )}
      <button type="button" class="primary" onClick={() => print()}>
        {ta.value.print}
      </button>
      <a class="button" href={href.to("assets", choice.filter)}>
        {ta.value.backToAssets}
      </a>
    </div>
  );
}

function addressHint(address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return ta.value.addressWrong;
  return /^(localhost|127\.|\[::1\])/.test(url.hostname) ? ta.value.addressLocal : "";
}

function Label({ row, text }: { readonly row: AssetRow; readonly text: string }) {
  const { store } = usePage();
  const { sizeModules, path } = qrPath(text);
  const side = sizeModules + 2 * QUIET_MODULES;
  const { number, serial } = row.values;
  return (
    <article class="device-label">
      <svg viewBox={`${-QUIET_MODULES} ${-QUIET_MODULES} ${side} ${side}`} role="img" aria-label={text} shape-rendering="crispEdges">
        <path d={path} />
      </svg>
      <div>
        <strong>{said(row.name)}</strong>
        {number === "" ? null : (
          <p>
            {said(FIELD_WORDS.number)} {number}
          </p>
        )}
        {serial === "" ? null : <p>SN {serial}</p>}
        <p class="site">
          {row.device} · {said(store.room.site.name)}
        </p>
      </div>
    </article>
  );
}
