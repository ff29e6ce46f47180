import { useState } from "preact/hooks";
import { FIELD_WORDS } from "../../firmware/contract/asset-fields.ts";
import { ta } from "../text/assets.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { href } from "../ui/route.ts";
import { type AssetRow, type Sorting, type SortKey, sorted, warrantyState } from "./assets-rows.ts";

interface Props {
  readonly rows: readonly AssetRow[];
  /** Null for those who may only look. */
  readonly edit: ((row: AssetRow) => void) | null;
}

/** One row per device; on a phone each row is a card that names its fields. */
export function AssetsTable({ rows, edit }: Props) {
  const [sorting, setSorting] = useState<Sorting>({ key: "name", descending: false });
  const columns: readonly (readonly [key: SortKey, words: string])[] = [
    ["name", t.value.device],
    ["place", ta.value.place],
    ["maker", ta.value.makerAndModel],
    ["serial", said(FIELD_WORDS.serial)],
    ["number", said(FIELD_WORDS.number)],
    ["owner", said(FIELD_WORDS.owner)],
    ["provider", ta.value.service],
    ["warranty", ta.value.warranty],
  ];
  const sort = (key: SortKey): void => setSorting({ key, descending: sorting.key === key && !sorting.descending });
  return (
    <table class="assets-table">
      <thead>
        <tr>
          {columns.map(([key, words]) => (
            <th key={key} scope="col" aria-sort={sorting.key !== key ? "none" : sorting.descending ? "descending" : "ascending"}>
              <button type="button" onClick={() => sort(key)}>
                {words} <span aria-hidden="true">{sorting.key !== key ? "" : sorting.descending ? "▾" : "▴"}</span>
              </button>
            </th>
          ))}
          {edit === null ? null : (
            <th scope="col">
              <span class="visually-hidden">{ta.value.edit}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {sorted(rows, sorting, language.value).map((row) => (
          <Row key={row.device} row={row} columns={columns} edit={edit} />
        ))}
      </tbody>
    </table>
  );
}

function Row({
  row,
  columns,
  edit,
}: Pick<Props, "edit"> & { readonly row: AssetRow; readonly columns: readonly (readonly [SortKey, string])[] }) {
  const { values } = row;
  const listed = (...words: readonly string[]): string => words.filter((word) => word !== "").join(" · ");
  const cells: Readonly<Record<Exclude<SortKey, "name" | "warranty">, string>> = {
    place: listed(said(row.area).split(" / ").slice(1).join(" / "), values.location),
    maker: listed(values.maker, values.model),
    serial: values.serial,
    number: values.number,
    owner: values.owner,
    provider: listed(values.provider, values.phone),
  };
  return (
    <tr>
      <th scope="row">
        <a href={href.device(row.device)}>{said(row.name)}</a> <span class="label">{row.device}</span>
        {row.edited.length === 0 ? null : <span class="label edited">{ta.value.editedHere}</span>}
      </th>
      {columns.map(([key, words]) =>
        key === "name" ? null : (
          <td key={key} data-label={words} class={key !== "warranty" && cells[key] === "" ? "empty" : ""}>
            {key === "warranty" ? <Warranty row={row} /> : cells[key] === "" ? <span class="dim">–</span> : cells[key]}
          </td>
        ),
      )}
      {edit === null ? null : (
        <td class="act">
          <button type="button" aria-label={ta.value.editOf(said(row.name))} onClick={() => edit(row)}>
            {ta.value.edit}
          </button>
        </td>
      )}
    </tr>
  );
}

const SHAPES = { unknown: "", dated: "", valid: "✓", soon: "◆", ended: "▲" } as const;

/** A shape and a word first, the days behind it. */
function Warranty({ row }: { readonly row: AssetRow }) {
  const state = warrantyState(row);
  if (state === "unknown") return <span class="dim">{ta.value.unknown}</span>;
  const words = { dated: "", valid: ta.value.inWarranty, soon: ta.value.endsSoon, ended: ta.value.ended }[state];
  const left = row.left === null ? "" : row.left < 0 ? ta.value.daysAgo(-row.left) : ta.value.daysLeft(row.left);
  return (
    <span class={`warranty warranty-${state}`}>
      {words === "" ? null : (
        <strong>
          <span aria-hidden="true">{SHAPES[state]}</span> {words}
        </strong>
      )}{" "}
      <span class="label">{[ta.value.until(row.values.warrantyUntil), left].filter((word) => word !== "").join(" · ")}</span>
    </span>
  );
}
