import { useEffect, useRef, useState } from "preact/hooks";
import { type Answer, ASK_AGAIN_MS } from "./api.ts";

/** What a page asked the box for: the latest answer, and how to ask again. Null until the first answer is here. */
export interface Asked<T> {
  readonly answer: Answer<T> | null;
  readonly again: () => void;
}

/**
 * Asks when the page opens, when `key` changes, and every `everyMs` while somebody can see it; where nobody answers, until somebody does.
 * A late answer never replaces a newer one.
 */
export function useAsked<T>(ask: () => Promise<Answer<T>>, key = "", everyMs: number | null = null): Asked<T> {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const latest = useRef(0);
  const again = (): void => {
    latest.current += 1;
    const mine = latest.current;
    void ask().then((found) => {
      if (mine !== latest.current) return;
      setAnswer(found);
      if (found.ok || found.status !== 0) return;
      setTimeout(() => {
        if (mine === latest.current) asking.current();
      }, ASK_AGAIN_MS);
    });
  };
  const asking = useRef(again);
  asking.current = again;
  useEffect(() => {
    asking.current();
    return () => {
      latest.current += 1;
    };
  }, [key]);
  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") asking.current();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return { answer, again };
}
