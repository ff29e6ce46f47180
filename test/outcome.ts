import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import * as z from "zod";

/** Set, it lets a run leave its outcome for `run.ts`. */
export const WANTED = "ROOMWARD_TEST_OUTCOME";
/** Where. */
export const OUTCOME = "dist/test-outcome.json";
const LINES_TOLD = 4;
const LINE_CHARACTERS = 200;

const failureSchema = z.object({ name: z.string(), error: z.string() });
export const outcomeSchema = z.object({ passed: z.int(), skipped: z.int(), failures: z.array(failureSchema) });
/** What failed (a test, a group whose set-up failed, a file that cannot be loaded, an error outside of all), and the first lines of its error. */
export type Failure = z.infer<typeof failureSchema>;
type Outcome = z.infer<typeof outcomeSchema>;

/** A reporter for vitest. Its own JSON report knows nothing of a group whose `beforeAll` failed: it says 0 failed, and no name. */
export class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strays: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: "passed" | "skipped"): number => tests.filter((one) => one.result().state === state).length;
    const failures = [
      ...modules.flatMap(failuresOf),
      ...strays.map((error) => ({ name: "outside of any test", error: firstLines([error]) })),
    ];
    mkdirSync(dirname(OUTCOME), { recursive: true });
    writeFileSync(OUTCOME, JSON.stringify({ passed: count("passed"), skipped: count("skipped"), failures } satisfies Outcome));
  }
}

function failuresOf(module: TestModule): readonly Failure[] {
  const file = relative(process.cwd(), module.moduleId);
  const groups: readonly (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
  return [
    ...groups.flatMap((one) => {
      const errors = one.errors();
      const name = one.type === "module" ? file : `${file} > ${one.fullName}`;
      return errors.length === 0 ? [] : [{ name, error: firstLines(errors) }];
    }),
    ...[...module.children.allTests("failed")].map((one) => ({ name: `${file} > ${one.fullName}`, error: firstLines(errorsOf(one)) })),
  ];
}

function errorsOf(test: TestCase): readonly SerializedError[] {
  return test.result().errors ?? [];
}

function firstLines(errors: readonly SerializedError[]): string {
  const [first] = errors;
  const lines = stripVTControlCharacters(first?.message ?? "it gives no error").split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .slice(0, LINES_TOLD)
    .map((line) => line.slice(0, LINE_CHARACTERS))
    .join("\n");
}
