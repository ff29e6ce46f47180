import type { Actor } from "../../firmware/contract/review.ts";
import { formatNumber } from "../text/format.ts";
import { tq } from "../text/quality.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";

const HOUR_MS = 3_600_000;

/** Alarms that make most of the work, each with the way to its device and to a better rule. */
export function Actors(props: { readonly title: string; readonly actors: readonly Actor[]; readonly mayTry: boolean }) {
  const { title, actors, mayTry } = props;
  if (actors.length === 0) return null;
  return (
    <section class="panel" aria-label={title}>
      <h3>{title}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{tq.value.alarm}</th>
            <th scope="col">{tq.value.times}</th>
            <th scope="col">{tq.value.share}</th>
            <th scope="col">{tq.value.why}</th>
            {mayTry ? <th scope="col">{tq.value.tryIt}</th> : null}
          </tr>
        </thead>
        <tbody>
          {actors.map((actor) => (
            <Row key={actor.key} actor={actor} mayTry={mayTry} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ actor, mayTry }: { readonly actor: Actor; readonly mayTry: boolean }) {
  const { store } = usePage();
  const { text, device, point, raised, share, fleeting, chatters, standsMs } = actor;
  const isKnown = store.room.device(device) !== undefined;
  const signs = [
    ...(chatters ? [tq.value.chatters] : []),
    ...(fleeting > 0 ? [tq.value.fleeting(fleeting)] : []),
    ...(standsMs === null ? [] : [tq.value.stands(formatNumber(standsMs / HOUR_MS, 0))]),
  ];
  return (
    <tr>
      <th scope="row">{isKnown ? <a href={href.device(device)}>{said(text)}</a> : said(text)}</th>
      <td data-label={tq.value.times}>{raised}</td>
      <td data-label={tq.value.share}>{formatNumber(100 * share, 1)} %</td>
      <td data-label={tq.value.why}>{signs.join(", ") || "—"}</td>
      {mayTry ? (
        <td data-label={tq.value.tryIt}>
          {point === null || store.room.point(point) === undefined ? (
            "—"
          ) : (
            <a href={href.to("quality", point)} aria-label={tq.value.tryOf(said(text))}>
              {tq.value.tryIt}
            </a>
          )}
        </td>
      ) : null}
    </tr>
  );
}
