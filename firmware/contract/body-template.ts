import { fillTemplate, fillWords, type MessageFacts } from "./message-fields.ts";
import { xmlText } from "./xml-text.ts";

/**
 * The body of a message as a site wants it: JSON whose texts hold names of `MESSAGE_FIELDS` in braces, or one text where the body is not
 * JSON. What is put in is written by the rules of the form, so that no value can break it.
 */
export type BodyTemplate = string | number | boolean | null | readonly BodyTemplate[] | { readonly [key: string]: BodyTemplate };

/** How a body is written. `form`: of an HTML form, pairs of a flat mapping. */
export type BodyForm = "json" | "form" | "xml" | "text";

export const JSON_TYPE = "application/json; charset=utf-8";

/** By the media type (RFC 9110, 8.3); null for what is none, or of which nobody knows how to write a value into it. */
export function bodyForm(contentType: string): BodyForm | null {
  const [, type = ""] = /^([a-z]+\/[a-z\d.+-]+)(?:; *charset="?utf-8"?)?$/i.exec(contentType) ?? [];
  const name = type.toLowerCase();
  if (name === "application/json" || name.endsWith("+json")) return "json";
  if (name === "application/x-www-form-urlencoded") return "form";
  if (name === "application/xml" || name === "text/xml" || name.endsWith("+xml")) return "xml";
  return name === "text/plain" ? "text" : null;
}

export function filledBody(form: BodyForm, template: BodyTemplate, facts: MessageFacts): string {
  if (form === "json") return JSON.stringify(filledTree(template, facts));
  if (form === "form") return new URLSearchParams(Object.entries(Object(filledTree(template, facts)))).toString();
  if (form === "text") return fillTemplate(String(template), facts);
  // A line may hold one end of an element: none is left out.
  return fillWords(
    String(template),
    Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, xmlText(fact)])) as MessageFacts,
  );
}

function filledTree(template: BodyTemplate, facts: MessageFacts): BodyTemplate {
  if (typeof template === "string") return fillTemplate(template, facts);
  if (typeof template !== "object" || template === null) return template;
  if (isList(template)) return template.map((inner) => filledTree(inner, facts));
  return Object.fromEntries(Object.entries(template).map(([key, inner]) => [key, filledTree(inner, facts)]));
}

function isList(template: object): template is readonly BodyTemplate[] {
  return Array.isArray(template);
}
