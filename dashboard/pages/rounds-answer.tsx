import { useState } from "preact/hooks";
import type { AnswerValue, LookedAtItem } from "../../firmware/contract/inspection.ts";
import { tr } from "../text/rounds.ts";
import { said } from "../text/words.ts";

const TEXT_MAX = 1_000;

interface Given {
  readonly value: AnswerValue;
  readonly note: string;
}

interface Props {
  readonly item: LookedAtItem;
  readonly answer: Given | undefined;
  readonly save: (value: AnswerValue, note: string) => void;
  /** On the button that saves; `Save` when left out. */
  readonly saveWord?: string;
}

/** The controls of one answer: one touch for a choice, a field for a number or a text; a note; or "not looked at" with its reason. */
export function AnswerFields({ item, answer, save, saveWord = tr.value.save }: Props) {
  const [note, setNote] = useState(answer?.note ?? "");
  const [isNoting, setNoting] = useState((answer?.note ?? "") !== "");
  const [isSkipping, setSkipping] = useState(answer !== undefined && answer.value === null);
  if (isSkipping)
    return (
      <form
        class="skip-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (note.trim() !== "") save(null, note.trim());
        }}
      >
        <label>
          {tr.value.whyNot}
          <input value={note} maxLength={TEXT_MAX} required onInput={({ currentTarget }) => setNote(currentTarget.value)} />
        </label>
        <div class="actions">
          <button type="submit" class="primary" disabled={note.trim() === ""}>
            {saveWord}
          </button>
          <button type="button" onClick={() => setSkipping(false)}>
            {tr.value.fillAfterAll}
          </button>
        </div>
      </form>
    );
  const saveNote = (): void => {
    if (answer !== undefined && answer.value !== null) save(answer.value, note.trim());
  };
  return (
    <>
      {item.kind === "choice" ? (
        <div class="choices">
          {item.choices.map(({ id, name, abnormal }) => (
            <button
              key={id}
              type="button"
              class="choice"
              data-abnormal={abnormal}
              aria-pressed={answer?.value === id}
              onClick={() => save(id, note.trim())}
            >
              {said(name)}
            </button>
          ))}
        </div>
      ) : (
        <ValueField item={item} answer={answer} saveWord={saveWord} save={(value) => save(value, note.trim())} />
      )}
      {isNoting ? (
        <label class="note">
          {tr.value.noteTo}
          <input value={note} maxLength={TEXT_MAX} onInput={({ currentTarget }) => setNote(currentTarget.value)} onChange={saveNote} />
        </label>
      ) : null}
      <div class="more">
        {isNoting || item.kind === "text" ? null : (
          <button type="button" class="quiet" onClick={() => setNoting(true)}>
            {tr.value.addNote}
          </button>
        )}
        {item.optional ? null : (
          <button type="button" class="quiet" onClick={() => setSkipping(true)}>
            {tr.value.notLookedAt}
          </button>
        )}
      </div>
    </>
  );
}

function ValueField({
  item,
  answer,
  saveWord,
  save,
}: {
  readonly item: Exclude<LookedAtItem, { kind: "choice" }>;
  readonly answer: Given | undefined;
  readonly saveWord: string;
  readonly save: (value: AnswerValue) => void;
}) {
  const [text, setText] = useState(answer === undefined || answer.value === null ? "" : String(answer.value));
  const value = item.kind === "number" ? parseNumber(text) : text.trim() === "" ? null : text.trim();
  const isWrong = text.trim() !== "" && value === null;
  const isNew = value !== null && value !== answer?.value;
  const field = {
    "aria-label": said(item.name),
    value: text,
    onChange: () => (isNew ? save(value) : undefined),
  };
  return (
    <form
      class="value-field"
      onSubmit={(event) => {
        event.preventDefault();
        if (value !== null) save(value);
      }}
    >
      {item.kind === "number" ? (
        <input
          {...field}
          inputMode="decimal"
          autoComplete="off"
          maxLength={24}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      ) : (
        <textarea {...field} rows={3} maxLength={TEXT_MAX} onInput={({ currentTarget }) => setText(currentTarget.value)} />
      )}
      {item.kind === "number" && item.unit !== "" ? <span class="unit">{item.unit}</span> : null}
      <button type="submit" disabled={!isNew}>
        {saveWord}
      </button>
      {isWrong ? <p class="problem">{tr.value.notANumber}</p> : null}
    </form>
  );
}

/** A phone's keyboard may offer a comma; nothing else than one plain number counts. */
function parseNumber(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(plain) ? Number(plain) : null;
}

/** `1 – 1.4 MPa`, `≥ 1 MPa`; empty when every number is normal. */
export function rangeWords({ min, max, unit }: Extract<LookedAtItem, { kind: "number" }>): string {
  const tail = unit === "" ? "" : ` ${unit}`;
  if (min !== null && max !== null) return `${min} – ${max}${tail}`;
  return min !== null ? `≥ ${min}${tail}` : max !== null ? `≤ ${max}${tail}` : "";
}

/** An answer in words, with its note. */
export function answerWords(item: LookedAtItem, answer: Given | undefined): string {
  if (answer === undefined) return tr.value.notFilled;
  const { value, note } = answer;
  const tail = note === "" ? "" : ` (${note})`;
  if (value === null) return `${tr.value.notLookedAt}${tail}`;
  if (item.kind === "choice") {
    const chosen = item.choices.find(({ id }) => id === value);
    return `${chosen === undefined ? String(value) : said(chosen.name)}${tail}`;
  }
  return `${value}${item.kind === "number" && item.unit !== "" ? ` ${item.unit}` : ""}${tail}`;
}
