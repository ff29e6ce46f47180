import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Store } from "../live/store.ts";
import type { SiteTime } from "../text/format.ts";

/** What every page works with: the store it reads, and the site's clock. */
export interface PageContext {
  readonly store: Store;
  readonly time: SiteTime;
}

const Context = createContext<PageContext | null>(null);
export const PageProvider = Context.Provider;

export function usePage(): PageContext {
  const page = useContext(Context);
  if (page === null) throw new Error("a component of a page stands outside of PageProvider");
  return page;
}

const TICK_MS = 1_000;

/** Our own clock, once a second, for ages and the clock in the header. Add `store.clockOffsetMs` for the box's time. */
export const nowMs = signal(Date.now());
setInterval(() => {
  nowMs.value = Date.now();
}, TICK_MS);

/** The box's time as this page knows it, ms. */
export function boxNowMs(store: Store): number {
  return nowMs.value + store.clockOffsetMs.value;
}
