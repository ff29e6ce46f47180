import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod";
import { systemClock } from "../../firmware/platform/clock.ts";
import { damagedIn } from "../../firmware/platform/damaged.ts";
import { durableJson } from "../../firmware/platform/durable-json.ts";
import { mendDurables } from "../../firmware/platform/durable-mend.ts";

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
  expect(damagedIn(folder)).toMatchObject([{ name: "people.json.damaged" }]);
  expect(await mendDurables(folder, systemClock)).toEqual([]);
  await written(1);
  expect(readdirSync(folder)).toContain("people.json.damaged");
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
