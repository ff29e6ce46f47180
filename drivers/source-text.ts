import { type Document, isNode, LineCounter, type ParsedNode, parseDocument } from "yaml";
import * as z from "zod";
import en from "zod/v4/locales/en.js";
import zhCN from "zod/v4/locales/zh-CN.js";
import type { Words } from "./vocabulary.ts";

type Path = readonly PropertyKey[];
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

/** Keys whose values are never shown. */
export const SECRET_KEYS: ReadonlySet<PropertyKey | undefined> = new Set([
  "secret",
  "authKey",
  "privKey",
  "community",
  "password",
  "token",
]);

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
        message: { zh: `YAML 语法错误：${error.message}`, en: `YAML syntax: ${error.message}` },
      });
    }
  }

  /** The plain value; an alias bomb is a problem, not a hang (the library's own limit of 100 aliases). */
  value(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      this.add([], { zh: `YAML 无法展开：${String(error)}`, en: `YAML cannot be expanded: ${String(error)}` });
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
        for (const key of issue.keys)
          this.add([...path, key], { zh: `未知的键 \`${key}\`，请检查拼写`, en: `unknown key \`${key}\`; check the spelling` });
        return;
      }
      const expected = expectedAt(schema, issue.path);
      const found = SECRET_KEYS.has(issue.path.at(-1)) ? "" : printFound(valueAt(value, issue.path));
      const zh = `${expected === null ? issue.message : `应为${expected.zh}`}${found === "" ? "" : `，实际为 ${found}`}`;
      const en = `${expected === null ? (inOrder[index]?.message ?? issue.message) : `expected ${expected.en}`}${found === "" ? "" : `, found ${found}`}`;
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
function expectedAt(schema: z.ZodType, path: Path): Words | null {
  let current: z.ZodType = schema;
  for (const step of path) {
    const inner = withKey(unwrap(current), String(step));
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

/** Short plain values as written; what is missing or large is not repeated. */
function printFound(value: unknown): string {
  const printable = typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value.length <= 60);
  return printable ? `\`${String(value)}\`` : "";
}

/** Of a union, the alternative that has the key. */
function withKey(schema: z.ZodType, key: string): z.ZodType {
  if (!(schema instanceof z.ZodUnion)) return schema;
  return (schema.options as readonly z.ZodType[]).find((option) => option instanceof z.ZodObject && key in option.shape) ?? schema;
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.def.innerType as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in as z.ZodType);
  return schema;
}

/** `devices[2].unit` */
export function printPath(path: Path): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`)).join("");
}

/** One line per problem, `file:line:column path: message`, as editors and terminals make links of it. */
export function problemWords(file: string, { line, column, path, message }: TextProblem): Words {
  const where = `${file}:${line}:${column}${path === "" ? "" : ` ${path}`}`;
  return { zh: `${where}：${message.zh}`, en: `${where}: ${message.en}` };
}
