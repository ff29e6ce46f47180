import { useState } from "preact/hooks";
import type { AccessView, DoorView, Inside } from "../../firmware/contract/access.ts";
import { ask } from "../live/api.ts";
import { ta } from "../text/access.ts";
import { formatDuration } from "../text/format.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { ReasonDialog } from "./access-forms.tsx";

interface Props {
  readonly view: AccessView;
  readonly changed: () => void;
  readonly mayEnter: boolean;
}

/** Who is inside by the log, with every doubt, and the doors beside them. */
export function InsideAndDoors({ view, changed, mayEnter }: Props) {
  const { inside, doors, unknownExits, missed } = view;
  const [leaving, leave] = useState<Inside | "everybody" | null>(null);
  return (
    <div class="pair">
      <section class="panel" aria-labelledby="inside">
        <div class="top">
          <h3 id="inside">
            {ta.value.inside} <span class="dim">{ta.value.count(inside.length)}</span>
          </h3>
          {mayEnter && (inside.length > 0 || unknownExits > 0 || missed > 0) ? (
            <button type="button" onClick={() => leave("everybody")}>
              {ta.value.takeOffAll}
            </button>
          ) : null}
        </div>
        {inside.length === 0 ? <p class="dim">{ta.value.nobody}</p> : null}
        <ul class="people">
          {inside.map((one) => (
            <Person key={one.key} one={one} doors={doors} act={mayEnter ? () => leave(one) : null} changed={changed} />
          ))}
        </ul>
        {unknownExits > 0 ? <p class="doubt">{ta.value.unknownExits(unknownExits)}</p> : null}
        {missed > 0 ? <p class="doubt">{ta.value.missed(missed)}</p> : null}
      </section>
      <section class="panel" aria-labelledby="doors">
        <h3 id="doors">{ta.value.doors}</h3>
        {doors.length === 0 ? <p class="dim">{ta.value.noDoors}</p> : null}
        <ul class="people">
          {doors.map((door) => (
            <Door key={door.id} door={door} />
          ))}
        </ul>
      </section>
      {leaving === null ? null : (
        <ReasonDialog
          title={leaving === "everybody" ? ta.value.takeOffAll : ta.value.takeOffOne(nameOf(leaving))}
          close={() => leave(null)}
          send={(reason) => ask("POST", "/api/v1/access/reset", leaving === "everybody" ? { reason } : { key: leaving.key, reason })}
          done={changed}
        />
      )}
    </div>
  );
}

function nameOf({ person, card }: Pick<Inside, "person" | "card">): string {
  return person ?? ta.value.strangerCard(card ?? "");
}

function Person({
  one,
  doors,
  act,
  changed,
}: {
  readonly one: Inside;
  readonly doors: readonly DoorView[];
  readonly act: (() => void) | null;
  readonly changed: () => void;
}) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  const isVisitor = one.key.startsWith("visit:");
  const door = doors.find(({ id }) => id === one.door);
  const area = store.room.site.areas.find(({ id }) => id === one.area);
  const doubts = { none: null, cameTwice: ta.value.cameTwice, eventsMissed: ta.value.eventsMissed, noReaderOut: ta.value.noReaderOut };
  const where = [isVisitor ? ta.value.visitor : null, one.company, area && said(area.name), door && said(door.name)].filter(Boolean);
  const signOut = async (): Promise<void> => {
    await ask("POST", "/api/v1/access/visits/leave", { visit: one.key.slice("visit:".length) });
    changed();
  };
  return (
    <li>
      <div>
        <strong>{nameOf(one)}</strong>
        <p class="label">{where.join(" · ")}</p>
        <p class="label">{ta.value.sinceFor(time.since(one.sinceMs, now), formatDuration(Math.max(0, now - one.sinceMs) / 1_000))}</p>
        {doubts[one.doubt] === null ? null : <p class="doubt">{doubts[one.doubt]}</p>}
      </div>
      {act === null ? null : isVisitor ? (
        <button type="button" aria-label={`${ta.value.signOut} ${nameOf(one)}`} onClick={() => void signOut()}>
          {ta.value.signOut}
        </button>
      ) : (
        <button type="button" aria-label={ta.value.takeOffOne(nameOf(one))} onClick={act}>
          {ta.value.takeOff}
        </button>
      )}
    </li>
  );
}

function Door({ door }: { readonly door: DoorView }) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  const trouble = door.forced ? ta.value.forced : door.leftOpen ? ta.value.leftOpen : null;
  const words =
    door.contact === null ? ta.value.noContact : { open: ta.value.open, closed: ta.value.closed, unknown: ta.value.unknown }[door.state];
  return (
    <li>
      <div>
        <strong>{said(door.name)}</strong>
        {door.sinceMs === null ? null : (
          <p class="label">{ta.value.sinceFor(time.since(door.sinceMs, now), formatDuration(Math.max(0, now - door.sinceMs) / 1_000))}</p>
        )}
      </div>
      <span class={trouble === null ? "door" : "door trouble"} data-state={door.state}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d={door.state === "open" ? "M6 21V4h9M3 21h18M6 21l8-3V7L6 4" : "M6 21V4h11v17M3 21h18M13.500 12.500h.01"} />
        </svg>
        {trouble ?? words}
      </span>
    </li>
  );
}
