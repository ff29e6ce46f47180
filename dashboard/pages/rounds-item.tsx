import { useRef, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { AnswerValue, InspectionAnswer, InspectionSheet, LookedAtItem } from "../../firmware/contract/inspection.ts";
import { answerItem, getSheet } from "../live/rounds.ts";
import { tr } from "../text/rounds.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { AnswerFields, answerWords, rangeWords } from "./rounds-answer.tsx";
import { RoundsDialog } from "./rounds-dialog.tsx";

const CHANGED = 409;

interface Props {
  readonly item: LookedAtItem;
  readonly sheet: InspectionSheet;
  readonly changed: (sheet: InspectionSheet) => void;
}

/** Where an item stands on the page, for "what is missing". */
export function itemAnchor(id: string): string {
  return `item-${id}`;
}

type Saving = { readonly state: "idle" } | { readonly state: "busy" } | { readonly state: "failed"; readonly message: Words };

/** One item to fill: saved as soon as it is answered, and nothing is called saved before the gateway has it on its disk. */
export function RoundsItem({ item, sheet, changed }: Props) {
  const answer = sheet.answers.find((one) => one.item === item.id);
  const [saving, fieldsKey, save] = useSaving(item.id, sheet.id, answer, changed);
  return (
    <fieldset class="item" id={itemAnchor(item.id)} data-abnormal={answer?.abnormal === true}>
      <legend>
        <ItemName item={item} />
      </legend>
      <AnswerFields key={fieldsKey} item={item} answer={answer} save={save} />
      <p class="saved" role="status">
        {saving.state === "busy" ? tr.value.saving : saving.state === "failed" ? "" : <Saved answer={answer} />}
      </p>
      {saving.state === "failed" ? (
        <p class="problem" role="alert">
          {tr.value.notSaved}: {said(saving.message)}
        </p>
      ) : null}
    </fieldset>
  );
}

/**
 * Saves one after the other: what is touched while a save is on its way goes out after it, with the revision that came back. The key
 * changes when somebody else answered, so that the fields begin anew with that; a failed save keeps what was typed.
 */
function useSaving(
  item: string,
  sheet: string,
  answer: InspectionAnswer | undefined,
  changed: Props["changed"],
): readonly [Saving, number, (value: AnswerValue, note: string) => void] {
  const [saving, setSaving] = useState<Saving>({ state: "idle" });
  const at = useRef({ key: 0, mine: 0, running: false, wish: null as { readonly value: AnswerValue; readonly note: string } | null });
  const { current } = at;
  const revision = answer?.revision ?? 0;
  if (!current.running && revision !== current.mine) {
    current.mine = revision;
    current.key += 1;
  }
  const run = async (): Promise<void> => {
    current.running = true;
    for (let wish = current.wish; wish !== null; wish = current.wish) {
      current.wish = null;
      setSaving({ state: "busy" });
      const done = await answerItem({ sheet, item, ...wish, revision: current.mine });
      if (done.ok) {
        current.mine = done.data.answers.find((one) => one.item === item)?.revision ?? 0;
        setSaving({ state: "idle" });
        changed(done.data);
        continue;
      }
      setSaving({ state: "failed", message: done.message });
      current.wish = null;
      if (done.status !== CHANGED) break;
      const now = await getSheet(sheet);
      current.running = false;
      if (now.ok) changed(now.data);
    }
    current.running = false;
  };
  const save = (value: AnswerValue, note: string): void => {
    if (current.wish === null && !current.running && answer !== undefined && answer.value === value && answer.note === note) return;
    current.wish = { value, note };
    if (!current.running) void run();
  };
  return [saving, current.key, save];
}

function Saved({ answer }: { readonly answer: InspectionAnswer | undefined }) {
  const { time } = usePage();
  if (answer === undefined) return null;
  return (
    <>
      {answer.abnormal ? <strong class="abnormal">! {tr.value.abnormal} </strong> : null}
      {tr.value.savedBy(answer.by, time.clock(answer.atMs))}
    </>
  );
}

function ItemName({ item }: { readonly item: LookedAtItem }) {
  const range = item.kind === "number" ? rangeWords(item) : "";
  return (
    <>
      {said(item.name)}
      {item.optional ? <span class="label"> {tr.value.optional}</span> : null}
      {range === "" ? null : <span class="label"> {tr.value.normalRange(range)}</span>}
    </>
  );
}

/** An item as it was answered, for those who only read; after signing with a way to correct it. */
export function ItemFacts({ item, sheet, changed, mayCorrect }: Props & { readonly mayCorrect: boolean }) {
  const { time } = usePage();
  const [asking, setAsking] = useState(false);
  const answer = sheet.answers.find((one) => one.item === item.id);
  const corrections = sheet.corrections.filter((one) => one.item === item.id);
  return (
    <div class="item facts" id={itemAnchor(item.id)} data-abnormal={answer?.abnormal === true}>
      <p>
        <ItemName item={item} />
      </p>
      <p>
        <strong>{answerWords(item, answer)}</strong>
        {answer?.abnormal === true ? <strong class="abnormal"> ! {tr.value.abnormal}</strong> : null}
        {answer === undefined ? null : (
          <span class="label">
            {" "}
            {answer.by} {time.clock(answer.atMs)}
          </span>
        )}
      </p>
      {corrections.map(({ by, atMs, before, after, reason }) => (
        <p key={atMs} class="label">
          {tr.value.correctedBy(
            by,
            `${time.day(atMs)} ${time.clock(atMs)}`,
            answerWords(item, before ?? undefined),
            answerWords(item, after),
          )}{" "}
          ({reason})
        </p>
      ))}
      {mayCorrect ? (
        <button type="button" aria-label={tr.value.correctQuestion(said(item.name))} onClick={() => setAsking(true)}>
          {tr.value.correct}
        </button>
      ) : null}
      {asking ? <RoundsDialog kind="correct" item={item} sheet={sheet} changed={changed} close={() => setAsking(false)} /> : null}
    </div>
  );
}
