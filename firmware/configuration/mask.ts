import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { mayHoldSecret, type Path, SECRET_KEYS, shownText } from "../../drivers/shown-value.ts";
import type { TextProblem } from "../../drivers/source-text.ts";
import { printPath } from "../../drivers/source-text.ts";
import { MASK } from "../contract/configuration.ts";
import { maskWords } from "./words.ts";

/** A stretch of a text that is not shown. */
interface Hidden {
  /** Where it belongs, whatever the order of entries: by their ids. */
  readonly key: string;
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  readonly shown: string;
  /** What stands there, on one line. */
  readonly source: string;
  /** Where the secret is sent to: it is kept only for the same address. */
  readonly address: string;
}

const MASKED_COMMENT = new RegExp(`^# ${MASK} (\\d+)$`);

/** The text as people may see it: every secret, what lies behind the host of an address, and comments with secrets are masked. */
export function masked(text: string): string {
  return replaced(
    text,
    hiddenIn(text).map(({ start, end, shown }) => ({ start, end, put: shown })),
  );
}

export type Unmasked =
  | { readonly text: string; readonly asSent: (problem: TextProblem) => TextProblem }
  | { readonly problems: readonly TextProblem[] };

/**
 * Puts the secrets of `base` back where a sent text keeps their masks. A mask where `base` has no secret, or has it for another address,
 * is a problem: a secret never goes to where it did not go before. `asSent` gives a problem of the result its place in what was sent.
 */
export function unmasked(sent: string, base: string): Unmasked {
  const lines = new LineCounter();
  const document = parseDocument(sent, { lineCounter: lines, prettyErrors: false });
  // What is no YAML is refused for that.
  if (document.errors.length > 0 || !sent.includes(MASK)) return { text: sent, asSent: (problem) => problem };
  const original = parseDocument(base, { prettyErrors: false });
  const known = new Map(hiddenIn(base).map((hidden) => [hidden.key, hidden]));
  const problems: TextProblem[] = [];
  const edits: { start: number; end: number; put: string }[] = [];
  const put = (start: number, end: number, path: Path, hidden: Hidden | undefined, fits: boolean): void => {
    const { line, col } = lines.linePos(start);
    if (hidden !== undefined && fits) edits.push({ start, end, put: hidden.source });
    else problems.push({ line, column: col, path: printPath(path), message: maskWords(path) });
  };
  eachScalar(document, (node, path, key) => {
    if (typeof node.value !== "string" || !node.value.includes(MASK) || !node.range) return;
    const hidden = known.get(key);
    // A secret that entries share may not be shared with more of them, nor with a name that everybody sees.
    const isShared = node.anchor !== undefined && sharersOf(document, node.anchor) !== sharersOf(original, node.anchor);
    const isSame = hidden?.shown === node.value && hidden.address === addressOf(document, path) && !isShared;
    put(node.range[0], node.range[1], path, hidden, isSame);
  });
  for (const { offset, source } of commentsOf(sent)) {
    const number = MASKED_COMMENT.exec(source)?.[1];
    const hidden = known.get(`#${number}`);
    if (source.includes(MASK)) put(offset, offset + source.length, ["#"], hidden, true);
  }
  if (problems.length > 0) return { problems };
  return { text: replaced(sent, edits), asSent: (problem) => ({ ...problem, column: columnAsSent(problem, edits, lines) }) };
}

/** Replacements stay within their lines: only columns move. */
function columnAsSent({ line, column }: TextProblem, edits: readonly Edit[], lines: LineCounter): number {
  let shift = 0;
  for (const { start, end, put } of edits.toSorted((a, b) => a.start - b.start)) {
    const at = lines.linePos(start);
    if (at.line === line && at.col + shift < column) shift += put.length - (end - start);
  }
  return Math.max(1, column - shift);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

function replaced(text: string, edits: readonly Edit[]): string {
  let done = "";
  let at = 0;
  for (const { start, end, put } of edits.toSorted((a, b) => a.start - b.start)) {
    done += text.slice(at, start) + put;
    at = end;
  }
  return done + text.slice(at);
}

function hiddenIn(text: string): readonly Hidden[] {
  const document = parseDocument(text, { prettyErrors: false });
  const hidden = new Map<number, Hidden>();
  const hide = (node: Scalar, path: Path, key: string, shown: string): void => {
    if (!node.range) return;
    const [start, valueEnd] = node.range;
    const written = text.slice(start, valueEnd);
    // A block scalar ends with its line.
    const end = written.endsWith("\n") ? valueEnd - 1 : valueEnd;
    hidden.set(start, { key, path, start, end, shown, source: onOneLine(written, node.value), address: addressOf(document, path) });
  };
  eachScalar(document, (node, path, key) => {
    // A secret may also stand elsewhere, under an anchor.
    const shown = shownFor(path, node.value) ?? (key.startsWith("&") ? MASK : null);
    if (shown !== null) hide(node, path, key, shown);
  });
  return [
    ...hidden.values(),
    ...secretComments(text).map(({ offset, source }, index): Hidden => {
      const place = { key: `#${index + 1}`, path: ["#"], start: offset, end: offset + source.length };
      return { ...place, shown: `# ${MASK} ${index + 1}`, source, address: "" };
    }),
  ];
}

/** What is shown in place of a value; null: itself. */
function shownFor(path: Path, value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (path.some((step) => SECRET_KEYS.has(step))) return MASK;
  if (typeof value !== "string") return null;
  const shown = shownText(path, value);
  if (shown === null) return MASK;
  return shown === value ? null : `${shown}/${MASK}`;
}

/** Commented-out entries hold secrets as well as the others, also below the line that names them: a block of comments is hidden whole. */
function secretComments(text: string): readonly Comment[] {
  const blocks: Comment[][] = [];
  let end = 0;
  for (const comment of commentsOf(text).toSorted((a, b) => a.offset - b.offset)) {
    const block = blocks.at(-1);
    if (block !== undefined && /^\r?\n[ \t]*$/.test(text.slice(end, comment.offset))) block.push(comment);
    else blocks.push([comment]);
    end = comment.offset + comment.source.length;
  }
  return blocks.filter((block) => block.some(({ source }) => mayHoldSecret(source))).flat();
}

/** In YAML that stands in any place: a plain value that only a block may hold is quoted, and so is one of several lines. */
function onOneLine(source: string, value: unknown): string {
  return /[\n\r]|^[^"'].*[,[\]{}]/.test(source) ? JSON.stringify(value) : source;
}

function eachScalar(document: Document, see: (node: Scalar, path: Path, key: string) => void): void {
  const walk = (node: unknown, path: Path, key: readonly string[]): void => {
    if (isScalar(node))
      see(node, path, node.anchor === undefined || !isAliased(document, node.anchor) ? JSON.stringify(key) : `&${node.anchor}`);
    else if (isMap(node))
      for (const { key: name, value } of node.items) {
        const word = String(isScalar(name) ? name.value : name);
        walk(value, [...path, word], [...key, word]);
      }
    else if (typeof node === "object" && node !== null && "items" in node && Array.isArray(node.items)) {
      const ids = node.items.map((item: unknown) => (isMap(item) ? item.get("id") : undefined));
      node.items.forEach((item: unknown, index) => {
        const id = ids[index];
        const isShown = typeof id === "string" && !id.includes(MASK) && shownFor(["id"], id) === null;
        // The same id twice is refused when the file is read; until then each keeps its own secret.
        const isOwn = isShown && ids.filter((other) => other === id).length === 1;
        walk(item, [...path, index], [...key, isOwn ? `id ${id}` : `${index}`]);
      });
    }
  };
  walk(document.contents, [], []);
}

/** Whether a secret is taken from this anchor. */
function isAliased(document: Document, anchor: string): boolean {
  let found = false;
  visit(document, {
    Pair(_, { key, value }) {
      found ||= isScalar(key) && SECRET_KEYS.has(String(key.value)) && isAlias(value) && value.source === anchor;
    },
  });
  return found;
}

/** Where an anchor's value is used, and for which addresses. */
function sharersOf(document: Document, anchor: string): string {
  const places: string[] = [];
  visit(document, {
    Alias(_, { source }, ancestors) {
      if (source !== anchor) return;
      const names = ancestors.flatMap((one) => (isPair(one) && isScalar(one.key) ? [one.key.value] : []));
      places.push(JSON.stringify([names, addressIn(ancestors.findLast(isMap))]));
    },
  });
  return places.join();
}

function addressOf(document: Document, path: Path): string {
  const secretAt = path.findIndex((step) => SECRET_KEYS.has(step));
  const parent = document.getIn(path.slice(0, secretAt));
  return isMap(parent) ? addressIn(parent) : "";
}

function addressIn(parent: YAMLMap | undefined): string {
  if (parent === undefined) return "";
  const urls = parent.get("urls");
  const addresses = isSeq(urls) ? urls.items.map((item) => (isScalar(item) ? item.value : item)) : [parent.get("url")];
  return JSON.stringify([
    ...addresses.map((url) => (typeof url === "string" && URL.canParse(url) ? new URL(url).origin : "")),
    ...["kind", "host", "port", "security"].map((key) => shownFor([key], parent.get(key)) ?? parent.get(key) ?? null),
  ]);
}

interface Comment {
  readonly offset: number;
  readonly source: string;
}

/** Every comment of a text with its place; they are no part of the document. */
function commentsOf(text: string): readonly Comment[] {
  const found: Comment[] = [];
  const look = (token: unknown): void => {
    if (typeof token !== "object" || token === null) return;
    if (Array.isArray(token)) {
      for (const one of token) look(one);
      return;
    }
    const { type, offset, source, ...rest } = token as { readonly type?: unknown; readonly offset?: unknown; readonly source?: unknown };
    if (type === "comment" && typeof offset === "number" && typeof source === "string") found.push({ offset, source });
    for (const inner of Object.values(rest)) look(inner);
  };
  for (const token of new Parser().parse(text)) look(token);
  return found;
}
