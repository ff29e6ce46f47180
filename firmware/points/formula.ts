import type { Words } from "../contract/alarm.ts";

/** What a site's formula may be at most: it is judged with every reading. */
export const FORMULA_MAX = { characters: 1_000, terms: 100, depth: 12 } as const;

/** `sum` and its like take any number of values; the others as many as stand here. */
export const FUNCTIONS = {
  sum: null,
  mean: null,
  median: null,
  min: null,
  max: null,
  imbalance: null,
  dewpoint: 2,
  bits: 2,
  abs: 1,
} as const satisfies Readonly<Record<string, number | null>>;
export type FunctionName = keyof typeof FUNCTIONS;

export type Comparison = "<" | "<=" | ">" | ">=" | "=" | "!=";
export type Arithmetic = "+" | "-" | "*" | "/";

/** A formula as read: what its names stand for is found out by `compileFormula`. */
export type Term =
  | { readonly term: "number"; readonly value: number }
  /** A point's id, its name alone (of the same device), or several points with `*`. */
  | { readonly term: "point"; readonly name: string }
  | { readonly term: "call"; readonly name: FunctionName; readonly of: readonly Term[] }
  | { readonly term: "arithmetic"; readonly sign: Arithmetic; readonly left: Term; readonly right: Term }
  | { readonly term: "compare"; readonly sign: Comparison; readonly left: Term; readonly right: Term }
  | { readonly term: "is"; readonly point: string; readonly state: string; readonly not: boolean }
  | { readonly term: "not"; readonly of: Term }
  | { readonly term: "and" | "or"; readonly of: readonly Term[] };

/** What is wrong with a formula, and at which of its characters (from 1). */
export interface FormulaFault {
  readonly at: number;
  readonly message: Words;
}

export type ParsedFormula = { readonly tree: Term } | { readonly fault: FormulaFault };

/** Whether a term is true or false rather than a number. */
export const isTruth = ({ term }: Term): boolean =>
  term === "compare" || term === "is" || term === "not" || term === "and" || term === "or";

/**
 * Reads `ups-a/output.source is battery and th-1/ambient.temperature > 27`. A language of its own, because nothing of a site file is
 * ever run as a program. Signs stand between blanks: `a-b` is a name.
 */
export function parseFormula(text: string): ParsedFormula {
  if (text.length > FORMULA_MAX.characters)
    return { fault: fault(1, `表达式超过 ${FORMULA_MAX.characters} 个字符`, `a formula has at most ${FORMULA_MAX.characters} characters`) };
  try {
    return { tree: new Reader(text).whole() };
  } catch (error) {
    if (error instanceof Stop) return { fault: error.fault };
    throw error;
  }
}

/** Thrown and caught in this file alone: the first fault ends the reading. */
class Stop extends Error {
  readonly fault: FormulaFault;

  constructor(fault: FormulaFault) {
    super(fault.message.en);
    this.fault = fault;
  }
}

const fault = (at: number, zh: string, en: string): FormulaFault => ({ at, message: { zh, en } });

interface Token {
  readonly text: string;
  readonly at: number;
}

/** A word may be a number, a point id, a state or a function; all else is a sign. */
const TOKEN = /\s*(?:([A-Za-z0-9.*_/#-]+)|(<=|>=|!=|[()<>=+,]))/y;
const NUMBER = /^-?(\d+(\.\d+)?|0x[0-9a-fA-F]+)$/;
const NAME = /^[A-Za-z0-9*][A-Za-z0-9.*_/-]*$/;
const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(["<", "<=", ">", ">=", "=", "!="]);
const RESERVED: ReadonlySet<string> = new Set(["and", "or", "not", "is"]);
const END: Token = { text: "", at: 0 };

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) {
      const at = from + (text.slice(from).match(/^\s*/)?.[0].length ?? 0);
      throw new Stop(fault(at + 1, `不认识的字符 ${text.charAt(at)}`, `unknown character ${text.charAt(at)}`));
    }
    const word = found[1] ?? found[2] ?? "";
    tokens.push({ text: word, at: TOKEN.lastIndex - word.length + 1 });
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly Token[];
  readonly #endAt: number;
  #next = 0;
  #terms = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
    this.#endAt = text.trimEnd().length + 1;
  }

  whole(): Term {
    const tree = this.#or();
    if (this.#peek() !== "") this.#refuse("应为 and、or、比较或运算符（两侧留空格）", "expected and, or, or a sign between blanks");
    return tree;
  }

  #or(): Term {
    return this.#joined("or", () => this.#and());
  }

  #and(): Term {
    return this.#joined("and", () => this.#not());
  }

  #joined(word: "and" | "or", part: () => Term): Term {
    const first = part();
    if (this.#peek() !== word) return first;
    const of = [this.#truth(first)];
    while (this.#take(word)) of.push(this.#truth(part()));
    return this.#made({ term: word, of });
  }

  #not(): Term {
    if (!this.#take("not")) return this.#comparison();
    return this.#deeper(() => this.#made({ term: "not", of: this.#truth(this.#not()) }));
  }

  #comparison(): Term {
    const left = this.#sum();
    if (this.#take("is")) {
      if (left.term !== "point") return this.#refuse("is 前应为测点", "expected a point before `is`");
      const not = this.#take("not");
      return this.#made({ term: "is", point: left.name, state: this.#word("状态名", "the name of a state"), not });
    }
    const sign = this.#peek();
    if (!COMPARISONS.has(sign)) return left;
    this.#next += 1;
    return this.#made({ term: "compare", sign: sign as Comparison, left: this.#number(left), right: this.#number(this.#sum()) });
  }

  #sum(): Term {
    return this.#chain(["+", "-"], () => this.#product());
  }

  #product(): Term {
    return this.#chain(["*", "/"], () => this.#unary());
  }

  #chain(signs: readonly Arithmetic[], part: () => Term): Term {
    let left = part();
    for (;;) {
      const sign = signs.find((one) => this.#take(one));
      if (sign === undefined) return left;
      left = this.#made({ term: "arithmetic", sign, left: this.#number(left), right: this.#number(part()) });
    }
  }

  #unary(): Term {
    if (!this.#take("-")) return this.#primary();
    return this.#deeper(() => {
      const right = this.#number(this.#unary());
      return this.#made({ term: "arithmetic", sign: "-", left: { term: "number", value: 0 }, right });
    });
  }

  #primary(): Term {
    if (this.#take("(")) {
      const inner = this.#deeper(() => this.#or());
      this.#expect(")");
      return inner;
    }
    const { text } = this.#tokens[this.#next] ?? END;
    if (NUMBER.test(text)) {
      this.#next += 1;
      return this.#made({ term: "number", value: Number(text) });
    }
    const name = this.#word("测点、数字或函数", "a point, a number or a function");
    if (this.#peek() !== "(") return this.#made({ term: "point", name });
    this.#next -= 1;
    return this.#call(name);
  }

  #call(name: string): Term {
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = Object.keys(FUNCTIONS);
      return this.#refuse(`没有函数 ${name}；有：${known.join("、")}`, `there is no function ${name}; there are: ${known.join(", ")}`);
    }
    this.#next += 2;
    const of = this.#deeper(() => {
      const values = [this.#number(this.#or())];
      while (this.#take(",")) values.push(this.#number(this.#or()));
      return values;
    });
    this.#expect(")");
    const wanted = FUNCTIONS[name as FunctionName];
    if (wanted !== null && wanted !== of.length)
      return this.#refuse(`${name} 应有 ${wanted} 个参数，实际 ${of.length} 个`, `${name} takes ${wanted} values, found ${of.length}`);
    return this.#made({ term: "call", name: name as FunctionName, of });
  }

  #truth(term: Term): Term {
    return isTruth(term) ? term : this.#refuse("此处应为条件（比较或 is）", "expected a condition here: a comparison, or `is`");
  }

  #number(term: Term): Term {
    return isTruth(term) ? this.#refuse("此处应为数值，不是条件", "expected a number here, not a condition") : term;
  }

  #made<T extends Term>(term: T): T {
    this.#terms += 1;
    if (this.#terms > FORMULA_MAX.terms)
      this.#refuse(`表达式超过 ${FORMULA_MAX.terms} 项`, `a formula has at most ${FORMULA_MAX.terms} terms`);
    return term;
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > FORMULA_MAX.depth)
      this.#refuse(`嵌套超过 ${FORMULA_MAX.depth} 层`, `a formula nests at most ${FORMULA_MAX.depth} deep`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #word(zh: string, en: string): string {
    const { text } = this.#tokens[this.#next] ?? END;
    if (!NAME.test(text) || text === "*" || RESERVED.has(text)) return this.#refuse(`应为${zh}`, `expected ${en}`);
    this.#next += 1;
    return text;
  }

  #peek(): string {
    return (this.#tokens[this.#next] ?? END).text;
  }

  #take(text: string): boolean {
    if (this.#peek() !== text) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#refuse(`应为 ${text}`, `expected ${text}`);
  }

  #refuse(zh: string, en: string): never {
    throw new Stop(fault(this.#tokens[this.#next]?.at ?? this.#endAt, zh, en));
  }
}
