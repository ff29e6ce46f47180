import type { ComponentChildren } from "preact";
import type { ConfigurationReply, RevisionView } from "../../firmware/contract/configuration.ts";
import { doerWord, fileStateWord, originWord, reasonWord, tf } from "../text/configuration.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";

/** What runs, who made it and why, what the site file is beside it, and what to do when something is wrong. */
export function ConfigurationState({
  state: { running, next, file, troubles },
  mayChange,
  children,
}: {
  readonly state: ConfigurationReply;
  readonly mayChange: boolean;
  readonly children?: ComponentChildren;
}) {
  return (
    <section class="panel state" aria-label={tf.value.whatRuns}>
      {troubles.length === 0 ? null : (
        <div class="troubles" role="alert" data-severity="major">
          <h3>
            <span aria-hidden="true">▲ </span>
            {tf.value.trouble}
          </h3>
          <ul>
            {troubles.map((words) => (
              <li key={words.en}>{said(words)}</li>
            ))}
          </ul>
          <p>
            <strong>{tf.value.whatNext}</strong>
            {file.state === "unusable" ? `${tf.value.mendFile} ` : ""}
            {mayChange ? tf.value.orChoose : tf.value.askAdministrator}
          </p>
        </div>
      )}
      <h3>{tf.value.runs(running === null ? tf.value.unstored : tf.value.version(running.number))}</h3>
      {next === null ? null : <p role="status">{tf.value.starting(next)}</p>}
      {running === null ? null : <About revision={running} />}
      <p>
        <strong>{tf.value.siteFile}</strong> <code>{file.path}</code> {fileStateWord(file.state)}
      </p>
      {file.problems.length === 0 || file.state === "unusable" ? null : (
        <ul class="label">
          {file.problems.map(({ line, column, path, message }) => (
            <li key={`${line} ${column} ${message.en}`}>
              {tf.value.place(line, column)} <code>{path}</code> {said(message)}
            </li>
          ))}
        </ul>
      )}
      {children === undefined ? null : <div class="buttons">{children}</div>}
    </section>
  );
}

function About({ revision }: { readonly revision: RevisionView }) {
  const { time } = usePage();
  const rows: readonly (readonly [string, string])[] = [
    [tf.value.at, `${time.day(revision.atMs)} ${time.seconds(revision.atMs)}${revision.clockTrusted ? "" : tf.value.clockUnsure}`],
    [tf.value.by, `${doerWord(revision.by)}${revision.from === revision.by || revision.from === "" ? "" : ` · ${revision.from}`}`],
    [tf.value.source, sourceOf(revision)],
    [tf.value.reason, reasonWord(revision.reason)],
  ];
  return (
    <dl>
      {rows.map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

export function sourceOf({ origin, of }: RevisionView): string {
  return of === null ? originWord(origin) : `${originWord(origin)} · ${tf.value.textOf(of)}`;
}
