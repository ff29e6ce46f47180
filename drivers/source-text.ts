import { type Document, isNode, LineCounter, type ParsedNode, parseDocument } from "yaml";
import * as z from "zod";
import en from "zod/v4/locales/en.js";
import zhCN from "zod/v4/locales/zh-CN.js";
import { type Path, SECRET_KEYS, shownKey, shownText } from "./shown-value.ts";
import type { Words } from "./vocabulary.ts";

type Issue = z.core.$ZodIssue;

const inChinese = zhCN().localeError;
const inEnglish = en().localeError;

/** Something wrong with a text: where it is, what was expected, what was found. Lines and columns count from 1. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: Words;
}

/** A parsed YAML text that can say where each path of it stands, and that collects what is wrong with it. */
export class SourceText {
  readonly problems: TextProblem[] = [];
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed<ParsedNode>;

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true, prettyErrors: false });
    for (const error of this.#document.errors) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      this.problems.push({
        line,
        column: col,
        path: "",
        message: { zh: `YAML 语法错误：${withoutSource(error)}`, en: `YAML syntax: ${withoutSource(error)}` },
      });
    }
  }

  /** The plain value; an alias bomb is a problem, not a hang (the library's own limit of 100 aliases). */
  value(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      this.add([], { zh: `YAML 无法展开：${withoutSource(error)}`, en: `YAML cannot be expanded: ${withoutSource(error)}` });
      return null;
    }
  }

  add(path: Path, message: Words): void {
    this.problems.push({ ...this.#place(path), path: printPath(path), message });
  }

  /** Parses a value that stands at `prefix`; what is wrong is collected in both languages, with what was expected. */
  parse<T>(prefix: Path, schema: z.ZodType<T>, value: unknown): T | undefined {
    const chinese = schema.safeParse(value, { error: inChinese });
    if (chinese.success) return chinese.data;
    const english = schema.safeParse(value, { error: inEnglish });
    const inOrder = english.success ? [] : english.error.issues.flatMap(bestOfUnion);
    chinese.error.issues.flatMap(bestOfUnion).forEach((issue, index) => {
      const path = [...prefix, ...issue.path];
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) {
          const shown = shownKey(key);
          this.add([...path, key], { zh: `未知的键 \`${shown}\`，请检查拼写`, en: `unknown key \`${shown}\`; check the spelling` });
        }
        return;
      }
      const expected = expectedAt(schema, issue.path, value);
      const found = printFound(path, valueAt(value, issue.path));
      const zh = `${expected === null ? issue.message : `应为${expected.zh}`}${found === null ? "" : `，实际为 ${found.zh}`}`;
      const en = `${expected === null ? (inOrder[index]?.message ?? issue.message) : `expected ${expected.en}`}${found === null ? "" : `, found ${found.en}`}`;
      this.add(path, { zh, en });
    });
    return undefined;
  }

  /** In the order a person reads the file. */
  sorted(): readonly TextProblem[] {
    return this.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  /** The place of the value at a path, or of its nearest existing parent. For an unknown or duplicate key: of the key. */
  #place(path: Path): { line: number; column: number } {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) {
        const { line, col } = this.#lines.linePos(node.range[0]);
        return { line, column: col };
      }
    }
    return { line: 1, column: 1 };
  }
}

/** Of a union's alternatives, the one that fits best speaks: an object with one wrong key is not "expected string". */
function bestOfUnion(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const [best] = issue.errors.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
  if (best === undefined || depth(best) === 0) return [issue];
  return best.flatMap((inner) => bestOfUnion({ ...inner, path: [...issue.path, ...inner.path] }));
}

function depth(issues: readonly Issue[]): number {
  return Math.max(...issues.map(({ path, code }) => path.length + (code === "unrecognized_keys" ? 1 : 0)));
}

/** What the innermost schema on the way to a path says it expects. */
function expectedAt(schema: z.ZodType, path: Path, value: unknown): Words | null {
  let current: z.ZodType = schema;
  for (const [index, step] of path.entries()) {
    const inner = withKey(unwrap(current), String(step), valueAt(value, path.slice(0, index)));
    const next: unknown =
      inner instanceof z.ZodObject
        ? inner.shape[String(step)]
        : inner instanceof z.ZodArray
          ? inner.element
          : inner instanceof z.ZodRecord
            ? inner.valueType
            : undefined;
    if (!(next instanceof z.ZodType)) return null;
    current = next;
  }
  const { description, zh } = { ...unwrap(current).meta(), ...current.meta() };
  return typeof description === "string" && typeof zh === "string" ? { zh, en: description } : null;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined), value);
}

/** Short plain values as written, as far as everybody may see them; what is missing, large or a secret is not repeated. */
function printFound(path: Path, value: unknown): Words | null {
  if (path.some((step) => SECRET_KEYS.has(step))) return null;
  if (typeof value !== "number" && typeof value !== "boolean" && typeof value !== "string") return null;
  const shown = typeof value === "string" ? shownText(path, value) : String(value);
  if (shown === null) return { zh: "文本", en: "a text" };
  return shown.length > 60 ? null : { zh: `\`${shown}\``, en: `\`${shown}\`` };
}

/** The library repeats what it stumbled over, which may be a secret: the place is enough. */
function withoutSource(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said
    .replace(/(: (?!between |in )|, so |(?<=Invalid escape sequence|Unknown directive) ).*$/s, "")
    .replace(/^The .* tag has/s, "A tag has");
}

/** Of a union, the alternative that the value says it is, else one that has the key or the place in a list. */
function withKey(schema: z.ZodType, key: string, value: unknown): z.ZodType {
  if (!(schema instanceof z.ZodUnion)) return schema;
  const has = (option: z.ZodType): boolean =>
    option instanceof z.ZodObject ? key in option.shape : option instanceof z.ZodArray && /^\d+$/.test(key);
  const fitting = (schema.options as readonly z.ZodType[]).filter(has);
  return fitting.find((option) => isNamed(option, value)) ?? fitting[0] ?? schema;
}

/** Every literal of the object, its `kind`, is what stands there. */
function isNamed(option: z.ZodType, value: unknown): boolean {
  if (!(option instanceof z.ZodObject) || typeof value !== "object" || value === null) return false;
  return Object.entries(option.shape).every(
    ([key, inner]) => !(inner instanceof z.ZodLiteral) || inner.values.has(Reflect.get(value, key) as never),
  );
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.def.innerType as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in as z.ZodType);
  return schema;
}

/** `devices[2].unit` */
export function printPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${shownKey(String(step))}`))
    .join("");
}

/** One line per problem, `file:line:column path: message`, as editors and terminals make links of it. */
export function problemWords(file: string, { line, column, path, message }: TextProblem): Words {
  const where = `${file}:${line}:${column}${path === "" ? "" : ` ${path}`}`;
  return { zh: `${where}：${message.zh}`, en: `${where}: ${message.en}` };
}
