import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { may, rolesThatMay } from "../../firmware/contract/permissions.ts";
import { type Destination, type DestinationProps, destinationOf } from "../destinations.ts";
import { roleWord } from "../text/roles.ts";
import { t } from "../text/words.ts";
import { Message } from "../ui/message.tsx";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";

/** Fetches the page that the address names, and says why when it cannot be shown. */
export function Elsewhere({ name, tail }: { readonly name: string; readonly tail: string }) {
  const { store } = usePage();
  const destination = destinationOf(name);
  if (destination === undefined)
    return (
      <Message text={t.value.noSuchPage}>
        <a href={href.room}>{t.value.backToRoom}</a>
      </Message>
    );
  if (!may(store.session.role, destination.action))
    return (
      <Message text={t.value.pageTakesRole(rolesThatMay(destination.action).map(roleWord).join(" / "), roleWord(store.session.role))}>
        <a href={href.room}>{t.value.backToRoom}</a>
      </Message>
    );
  return <Fetched key={name} destination={destination} tail={tail} />;
}

type Fetching = ComponentType<DestinationProps> | "loading" | "failed";

function Fetched({ destination, tail }: { readonly destination: Destination; readonly tail: string }) {
  // In an object: a component is a function, and a function given to the setter would be called.
  const [{ fetched }, set] = useState<{ readonly fetched: Fetching }>({ fetched: "loading" });
  useEffect(() => {
    let gone = false;
    const show = (next: Fetching): void => {
      if (!gone) set({ fetched: next });
    };
    destination.load().then(show, () => show("failed"));
    return () => {
      gone = true;
    };
  }, [destination]);
  if (fetched === "loading") return <Message text={t.value.loading} />;
  if (fetched === "failed")
    return (
      <Message text={t.value.pageNotFetched}>
        <button type="button" class="primary" onClick={() => location.reload()}>
          {t.value.tryAgain}
        </button>
      </Message>
    );
  const Page = fetched;
  return <Page tail={tail} />;
}
