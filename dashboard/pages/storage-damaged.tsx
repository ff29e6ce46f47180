import type { ComponentChildren } from "preact";
import type { StorageReply } from "../../firmware/contract/storage.ts";
import { ask as askBox } from "../live/api.ts";
import { sizeText, ts } from "../text/storage.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { usePage } from "../ui/page.ts";

type Damaged = StorageReply["damaged"][number];

/** What was set aside, and how to get rid of it: the one thing on the page that somebody has to act on. */
export function DamagedFiles({
  files,
  mayDelete,
  ask,
  done,
}: {
  readonly files: readonly Damaged[];
  readonly mayDelete: boolean;
  readonly ask: (dialog: ComponentChildren) => void;
  readonly done: () => void;
}) {
  const { time } = usePage();
  if (files.length === 0) return <p class="dim">{ts.value.noDamage}</p>;
  const remove = ({ name }: Damaged): void =>
    ask(
      <AskDialog
        title={ts.value.removeFile(name)}
        does={ts.value.removeDoes}
        verb={ts.value.remove}
        run={() => askBox("POST", "/api/v1/storage/damaged/delete", { name })}
        done={done}
        close={() => ask(null)}
      />,
    );
  return (
    <section class="panel damaged" data-severity="major" aria-labelledby="storage-damaged">
      <h2 id="storage-damaged">
        <span aria-hidden="true">▲ </span>
        {ts.value.damaged}
      </h2>
      <p>{ts.value.damagedHelp}</p>
      <ul>
        {files.map((file) => (
          <li key={file.name}>
            <code>{file.name}</code>
            <span class="label">
              {ts.value.size} {sizeText(file.bytes)} · {ts.value.lastWritten} {time.day(file.atMs)} {time.clock(file.atMs)}
            </span>
            {mayDelete ? (
              <button type="button" aria-label={ts.value.removeFile(file.name)} onClick={() => remove(file)}>
                {ts.value.remove}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {mayDelete ? null : <p class="dim">{ts.value.whoMayDelete}</p>}
    </section>
  );
}
