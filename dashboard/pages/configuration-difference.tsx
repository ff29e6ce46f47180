import type { DifferenceReply, DiffLine } from "../../firmware/contract/configuration.ts";
import { tf } from "../text/configuration.ts";
import { said } from "../text/words.ts";

/** What a difference means for the room, entry by entry. */
export function Changes({ difference: { changes, lines } }: { readonly difference: DifferenceReply }) {
  if (changes.length === 0)
    return (
      <p class="dim">{lines.some(({ kind }) => kind === "added" || kind === "removed") ? tf.value.onlyText : tf.value.noDifference}</p>
    );
  return (
    <ul class="changes">
      {changes.map((change) => (
        <li key={change.en}>{said(change)}</li>
      ))}
    </ul>
  );
}

/** First what it means, then the lines. */
export function Difference({ difference }: { readonly difference: DifferenceReply }) {
  const differs = difference.lines.some(({ kind }) => kind === "added" || kind === "removed");
  return (
    <>
      <h4>{tf.value.forTheRoom}</h4>
      <Changes difference={difference} />
      {differs ? (
        <>
          <h4>{tf.value.lineByLine}</h4>
          <Lines lines={difference.lines} />
        </>
      ) : null}
      {difference.cut ? <p class="dim">{tf.value.cut}</p> : null}
    </>
  );
}

const MARKS = { same: " ", removed: "−", added: "+", skip: "" } as const;

/** A sign and a word for each line first, colour second. */
function Lines({ lines }: { readonly lines: readonly DiffLine[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable with the keyboard
    <section class="lines" tabIndex={0} aria-label={tf.value.lineByLine}>
      <table>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">{tf.value.lineBefore}</th>
            <th scope="col">{tf.value.lineAfter}</th>
            <th scope="col">{tf.value.difference}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) =>
            line.kind === "skip" ? (
              <tr key={`skip ${line.before}`} class="left-out">
                <td colSpan={3}>{tf.value.skipped(line.text)}</td>
              </tr>
            ) : (
              <tr key={`${line.before} ${line.after}`} class={line.kind}>
                <td class="number">{line.before}</td>
                <td class="number">{line.after}</td>
                <td>
                  <span aria-hidden="true">{MARKS[line.kind]} </span>
                  {line.kind === "same" ? null : <span class="visually-hidden">{tf.value[line.kind]}: </span>}
                  {line.text}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}
