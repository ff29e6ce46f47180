import type { ComponentChildren } from "preact";

/** The page has nothing to show but this sentence, and perhaps a way on. */
export function Message({ text, children }: { readonly text: string; readonly children?: ComponentChildren }) {
  return (
    <div class="message">
      <p role="status">{text}</p>
      {children}
    </div>
  );
}
