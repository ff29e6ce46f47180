import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { systemClock } from "../../firmware/platform/clock.ts";
import { damagedIn } from "../../firmware/platform/damaged.ts";
import { durableJson } from "../../firmware/platform/durable-json.ts";
import { mendDurables } from "../../firmware/platform/durable-mend.ts";
import { whileWriting } from "../../firmware/platform/durable-writers.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-mend-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const schema = z.object({ n: z.number() });
const book = () => durableJson(join(folder, "people.json"), schema, { n: 0 }, systemClock);
async function written(count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) await book().update(() => ({ next: { n } }));
}

test("a whole file is left alone, and so is one that only a newer program understands", async () => {
  await written(3);
  expect(await mendDurables(folder, systemClock)).toEqual([]);
  const newer = durableJson(join(folder, "people.json"), z.object({ other: z.string() }).or(schema), { n: 0 }, systemClock);
  await newer.update(() => ({ next: { other: "x" } }));
  expect(await mendDurables(folder, systemClock)).toEqual([]);
  expect(damagedIn(folder)).toEqual([]);
});

test("a damaged file is set aside where people find it, the newest whole one takes its place, and it is said", async () => {
  await written(4);
  const file = join(folder, "people.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"n": 4', '"n": 7'));
  writeFileSync(`${file}.1`, "");
  const told = await mendDurables(folder, systemClock);
  expect(told).toMatchObject([{ zh: expect.stringContaining("已损坏"), en: expect.stringContaining("generation 2") }]);
  expect(await book().read()).toEqual({ outcome: "read", data: { n: 2 }, passedOver: [] });
  const [aside] = damagedIn(folder);
  expect(aside?.name).toMatch(/^people\.json\.damaged-/);
  expect(told[0]?.en).toContain(`kept as ${join(folder, aside?.name ?? "")}`);
  expect(await mendDurables(folder, systemClock)).toEqual([]);
  await written(1);
  expect(damagedIn(folder)).toEqual([aside]);
});

test("a file that is missing beside its older states comes back; one of which no state is whole stays as it is, and that is said", async () => {
  await written(2);
  rmSync(join(folder, "people.json"));
  expect(await mendDurables(folder, systemClock)).toMatchObject([{ en: expect.stringContaining("was missing") }]);
  expect(await book().read()).toMatchObject({ data: { n: 1 }, passedOver: [] });
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "{");
  expect(await mendDurables(folder, systemClock)).toMatchObject([{ en: expect.stringContaining("every generation") }]);
  expect(readFileSync(join(folder, "people.json"), "utf8")).toBe("{");
});

test("what was damaged first is still there after the second damage, found by a start or by a writer, and after all of it was lost", async () => {
  const file = join(folder, "people.json");
  // A file of its own: the mended one shares its bytes with the generation that it came from.
  const damage = (text: string): void => {
    rmSync(file);
    writeFileSync(file, text);
  };
  await written(2);
  damage("first");
  await mendDurables(folder, systemClock);
  damage("second");
  await written(1);
  damage("third");
  await written(1);
  const kept = () => damagedIn(folder).map(({ name }) => readFileSync(join(folder, name), "utf8"));
  expect(kept().toSorted()).toEqual(["first", "second", "third"]);
  const generations = readdirSync(folder).filter((name) => /json(\.\d)?$/.test(name));
  for (const name of generations) {
    rmSync(join(folder, name));
    writeFileSync(join(folder, name), name);
  }
  expect(await book().setAsideLost()).toBeNull();
  expect(kept().toSorted()).toEqual(["first", "second", "third", ...generations].toSorted());
});

test("the configuration's own file is left to the configuration, which says what may be missing until somebody chooses", async () => {
  const file = join(folder, "configuration.json");
  for (const n of [1, 2]) await durableJson(file, schema, { n: 0 }, systemClock).update(() => ({ next: { n } }));
  writeFileSync(file, "{");
  expect(await mendDurables(folder, systemClock)).toEqual([]);
  expect(readFileSync(file, "utf8")).toBe("{");
});

describe("writers of one process", () => {
  const file = () => join(folder, "people.json");
  /** The clock of the files is set forward by a year: what was just written looks as old. */
  const stepByAYear = (): void => utimesSync(`${file()}.new`, 0, 0);

  test("a slow one keeps its turn when the clock steps by a year: the next one waits, and neither's change is lost", async () => {
    const order: string[] = [];
    const slow = whileWriting(file(), systemClock, async () => {
      stepByAYear();
      await systemClock.sleep(200);
      order.push("slow");
    });
    const next = book().update(({ n }) => {
      order.push("next");
      return { next: { n: n + 1 } };
    });
    await Promise.all([slow, next]);
    expect(order).toEqual(["slow", "next"]);
    expect(await book().read()).toMatchObject({ data: { n: 1 } });
  });

  test("law: of many updates at once, each under a clock that has just stepped, none is lost", async () => {
    const add = () =>
      book().update(({ n }) => {
        stepByAYear();
        return { next: { n: n + 1 } };
      });
    expect(new Set((await Promise.all(Array.from({ length: 20 }, add))).map(({ outcome }) => outcome))).toEqual(new Set(["written"]));
    expect(await book().read()).toMatchObject({ data: { n: 20 } });
  });

  test("one that does not end is given up, and still lets nobody in beside it", async () => {
    let end = (): void => {};
    const hung = whileWriting(file(), systemClock, () => {
      stepByAYear();
      return new Promise<void>((resolve) => (end = resolve));
    });
    const hurried = { wallMs: () => 0, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 1_000, signal) };
    for (const n of [1, 2, 3]) {
      const answer = await durableJson(file(), schema, { n: 0 }, hurried).update(() => ({ next: { n } }));
      expect(answer.outcome).toBe("refused");
    }
    end();
    await hung;
    await written(1);
    expect(await book().read()).toMatchObject({ data: { n: 1 } });
  });

  test("what a power cut left behind does not hold the next one up", async () => {
    writeFileSync(`${file()}.new`, "");
    stepByAYear();
    await written(1);
    expect(await book().read()).toMatchObject({ data: { n: 1 } });
  });
});
