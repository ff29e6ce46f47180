import { useState } from "preact/hooks";
import type { InspectionItem, InspectionMark, InspectionSheet, InspectionState, LookedAtItem } from "../../firmware/contract/inspection.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { formatNumber } from "../text/format.ts";
import { tr } from "../text/rounds.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { RoundsDialog } from "./rounds-dialog.tsx";
import { ItemFacts, itemAnchor, RoundsItem } from "./rounds-item.tsx";
import { RoundsMeasured } from "./rounds-measured.tsx";

interface Props {
  readonly sheet: InspectionSheet;
  /** Day of the site, to say which sheet is today's; null before it is known. */
  readonly today: string | null;
  readonly changed: (sheet: InspectionSheet) => void;
}

/** One sheet: what to look at, what was measured, and the signature. A signed one is read only. */
export function RoundsSheet({ sheet, today, changed }: Props) {
  const { store } = usePage();
  const mayFill = may(store.session.role, "inspection.fill");
  const isOpen = sheet.signature === null;
  const lookedAt = sheet.form.items.filter((item): item is LookedAtItem => item.kind !== "measured");
  return (
    <>
      <SheetHead sheet={sheet} today={today} lookedAt={lookedAt} />
      <div class="sheet-columns">
        <section class="panel" aria-labelledby="look-at">
          <h2 id="look-at">{tr.value.lookAt}</h2>
          {isOpen && !mayFill ? <p class="notice">{tr.value.mayNotFill}</p> : null}
          {byPlace(lookedAt).map(([place, items]) => (
            <div key={place} class="place">
              <h3>{place}</h3>
              {items.map((item) =>
                isOpen && mayFill ? (
                  <RoundsItem key={item.id} item={item} sheet={sheet} changed={changed} />
                ) : (
                  <ItemFacts key={item.id} item={item} sheet={sheet} changed={changed} mayCorrect={!isOpen && mayFill} />
                ),
              )}
            </div>
          ))}
          <SignPart sheet={sheet} mayFill={mayFill} changed={changed} />
        </section>
        <RoundsMeasured sheet={sheet} />
      </div>
    </>
  );
}

export function stateWord(state: InspectionState): string {
  return { open: tr.value.stateOpen, missing: tr.value.stateMissing, signed: tr.value.stateSigned, reviewed: tr.value.stateReviewed }[
    state
  ];
}

function SheetHead({
  sheet,
  today,
  lookedAt,
}: {
  readonly sheet: InspectionSheet;
  readonly today: string | null;
  readonly lookedAt: readonly LookedAtItem[];
}) {
  const { store, time } = usePage();
  const { form, day, state, score, abnormal } = sheet;
  const isOverdue = day === today && time.clock(boxNowMs(store)) > form.at;
  return (
    <section class="panel sheet-head" aria-labelledby="sheet-name">
      <h2 id="sheet-name">
        {said(form.name)} · {day} {day === today ? `(${tr.value.today})` : null}
      </h2>
      <p>
        <strong class="sheet-state" data-state={state}>
          {stateWord(state)}
        </strong>
        {state !== "open" ? null : isOverdue ? (
          <span class="overdue"> · ! {tr.value.overdue(form.at)}</span>
        ) : (
          ` · ${tr.value.dueAt(form.at)}`
        )}
        {form.who === null ? null : ` · ${said(form.who)}`}
      </p>
      <p>
        {tr.value.answeredCount(sheet.answers.length, lookedAt.length)} ·{" "}
        {abnormal.length === 0 ? tr.value.allNormal : tr.value.abnormalCount(abnormal.length)}
        {score.possible === 0 ? null : ` · ${tr.value.score(formatNumber(score.reached, 0), formatNumber(score.possible, 0))}`}
      </p>
      <Signatures sheet={sheet} />
      {today === null || day === today ? null : <a href={href.to("rounds")}>{tr.value.toToday}</a>}
    </section>
  );
}

function Signatures({ sheet: { signature, reviews, corrections, state, toMs } }: { readonly sheet: InspectionSheet }) {
  const { time } = usePage();
  const at = (mark: InspectionMark): string => `${time.day(mark.atMs)} ${time.clock(mark.atMs)}`;
  if (signature === null) return null;
  return (
    <ul class="marks">
      <Mark
        mark={signature}
        text={`${tr.value.signedBy(signature.by, at(signature))}${signature.atMs >= toMs ? ` (${tr.value.late})` : ""}`}
      />
      {reviews.map((mark, index) => (
        <Mark
          key={mark.atMs}
          mark={mark}
          text={`${tr.value.reviewedBy(mark.by, at(mark))}${state === "signed" || index < reviews.length - 1 ? ` ${tr.value.reviewUndone}` : ""}`}
        />
      ))}
      {corrections.length === 0 ? null : (
        <li>
          {tr.value.corrections}: {corrections.length}
        </li>
      )}
    </ul>
  );
}

function Mark({ mark, text }: { readonly mark: InspectionMark; readonly text: string }) {
  return (
    <li>
      {text}
      {mark.note === "" ? null : `: ${mark.note}`}
      {mark.clockTrusted ? null : <p class="notice">{mark.toldMs === undefined ? tr.value.clockNotTrusted : tr.value.clockCorrected}</p>}
    </li>
  );
}

/** What is missing before signing, or the buttons that close the sheet. */
function SignPart({
  sheet,
  mayFill,
  changed,
}: {
  readonly sheet: InspectionSheet;
  readonly mayFill: boolean;
  readonly changed: (sheet: InspectionSheet) => void;
}) {
  const { store } = usePage();
  const [asking, setAsking] = useState<"sign" | "review" | null>(null);
  const { name, role } = store.session;
  const own = sheet.signature?.by === name || sheet.corrections.some(({ by }) => by === name);
  const mayReview = may(role, "inspection.review") && sheet.state === "signed";
  const missing = sheet.form.items.filter(({ id }) => sheet.missing.includes(id));
  if (sheet.signature === null ? !mayFill : !mayReview) return null;
  return (
    <div class="sign">
      {sheet.signature !== null ? null : missing.length > 0 ? (
        <>
          <p>{tr.value.missingItems(missing.length)}:</p>
          <ul class="missing">
            {missing.map((item) => (
              <li key={item.id}>
                <button type="button" onClick={() => goTo(item)}>
                  {item.where === null ? "" : `${said(item.where)} · `}
                  {said(item.name)}
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>{tr.value.readyToSign}</p>
      )}
      {sheet.signature !== null ? (
        own ? (
          <p class="label">{tr.value.ownSheet}</p>
        ) : (
          <button type="button" class="primary big" onClick={() => setAsking("review")}>
            {tr.value.review}
          </button>
        )
      ) : (
        <button type="button" class="primary big" disabled={missing.length > 0} onClick={() => setAsking("sign")}>
          {tr.value.sign}
        </button>
      )}
      {asking === null ? null : <RoundsDialog kind={asking} sheet={sheet} changed={changed} close={() => setAsking(null)} />}
    </div>
  );
}

function goTo({ id }: InspectionItem): void {
  const place = document.getElementById(itemAnchor(id));
  place?.scrollIntoView({ block: "center" });
  place?.querySelector<HTMLElement>("button, input, textarea")?.focus();
}

/** Items by what they are looked at: devices as the form names them, then the room. */
function byPlace(items: readonly LookedAtItem[]): readonly (readonly [string, readonly LookedAtItem[]])[] {
  return [...Map.groupBy(items, ({ where }) => (where === null ? tr.value.wholeRoom : said(where)))];
}
