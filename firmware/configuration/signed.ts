import { type Stored, sha256Of } from "./revision.ts";

/**
 * Whether a text came from a signed source: it is, to the letter, what a stick has brought, whose bundle was opened with a trusted key before
 * anything was adopted. A text that was gone back to counts when it is that same text; one that was changed on the page, by the API, a command or in
 * the file does not, be it by one space. What a stick put back (`of`) was not signed by it.
 */
export function isSigned({ revisions }: Pick<Stored, "revisions">, text: string): boolean {
  const sha256 = sha256Of(text);
  return revisions.some((revision) => revision.origin === "stick" && revision.of === null && revision.sha256 === sha256);
}
