import { parseDocument, stringify } from "yaml";
import { SourceText, type TextProblem } from "../../drivers/source-text.ts";
import { unmasked } from "../configuration/mask.ts";
import type { WhatIfRequest } from "../contract/review.ts";
import { loadSite } from "../site/load.ts";
import type { Site } from "../site/model.ts";
import { fitsPattern } from "../site/rules.ts";

/** The site as it would be; or what is wrong with the change, by its place in what was sent. */
export type ChangedSite =
  | {
      readonly site: Site;
      /** Points that the sent entries speak of, and the entries as they would stand; null: it was a whole site file. */
      readonly patterns: readonly string[] | null;
      readonly yaml: string | null;
    }
  | { readonly problems: readonly TextProblem[] };

/** Puts a rule behind those of the running text, or takes a whole other text; nothing is stored. */
export function changedSite(running: string, { rule, site }: Pick<WhatIfRequest, "rule" | "site">): ChangedSite {
  if (rule !== undefined) return withEntries(running, typeof rule === "string" ? rule : JSON.stringify(rule, null, 1));
  const sent = unmasked(site ?? "", running);
  if ("problems" in sent) return { problems: sent.problems };
  const loaded = loadSite(sent.text);
  return "problems" in loaded ? { problems: loaded.problems.map(sent.asSent) } : { site: loaded.site, patterns: null, yaml: null };
}

type Path = readonly (string | number)[];

/** An entry, a list of entries, or a piece of a file that begins with `rules:`. */
function withEntries(running: string, fragment: string): ChangedSite {
  const source = new SourceText(fragment);
  if (source.problems.length > 0) return { problems: source.sorted() };
  const value = source.value();
  const listed: unknown = Array.isArray(value) ? value : Object(value).rules;
  const isNamed = !Array.isArray(value) && Array.isArray(listed);
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [value];
  const document = parseDocument(running);
  const known: unknown = document.toJS().rules;
  const first = Array.isArray(known) ? known.length : 0;
  document.set("rules", [...(Array.isArray(known) ? known : []), ...entries]);
  const loaded = loadSite(String(document));
  if ("site" in loaded) return { site: loaded.site, patterns: entries.flatMap(patternsOf), yaml: stringify(entries, { lineWidth: 0 }) };
  for (const { path, message } of loaded.problems) source.add(placeIn(path, first, Array.isArray(listed), isNamed), message);
  return { problems: source.sorted() };
}

/** `rules[12].high` of the whole file is `high` of what was sent, or `[0].high` of a list. */
function placeIn(printed: string, first: number, isList: boolean, isNamed: boolean): Path {
  const [section, index, ...rest] = [...printed.matchAll(/([^.[\]]+)/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
  if (section !== "rules" || typeof index !== "number" || index < first) return [];
  return [...(isNamed ? ["rules"] : []), ...(isList ? [index - first] : []), ...rest];
}

function patternsOf(entry: unknown): readonly string[] {
  const points: unknown = Object(entry).points;
  return Array.isArray(points) ? points.filter((pattern) => typeof pattern === "string") : [];
}

/** The entry of `rules:` that speaks last of a point, as it was written; null: the house and the profile decide. */
export function entryOf(siteText: string, point: string): Readonly<Record<string, unknown>> | null {
  const rules: unknown = parseDocument(siteText).toJS().rules;
  if (!Array.isArray(rules)) return null;
  return rules.findLast((entry) => patternsOf(entry).some((pattern) => fitsPattern(pattern, point))) ?? null;
}
