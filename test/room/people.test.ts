import { expect, test } from "vitest";
import { seeReader } from "../../firmware/access/reader-watch.ts";
import { passageAt, STAFF_CSV } from "./people.ts";

test("whoever came in goes out again, a stranger stays outside, and the door never opens without a card", () => {
  const inside = new Set<number>();
  const seen = new Set<number>();
  let lastCardSecond = Number.NEGATIVE_INFINITY;
  for (let second = 0; second < 6_000; second += 1) {
    const passage = passageAt(second, 1);
    if (passage.in.card !== 0 || passage.out.card !== 0) lastCardSecond = second;
    if (passage.doorOpen) expect(second - lastCardSecond).toBeLessThan(15);
    for (const card of [passage.in.card, passage.out.card]) if (card !== 0) seen.add(card);
    if (passage.in.card !== 0) inside.add(passage.in.card);
    if (passage.out.card !== 0) inside.delete(passage.out.card);
  }
  const strangers = [...seen].filter((card) => !STAFF_CSV.includes(String(card)));
  expect(strangers).toHaveLength(1);
  expect([...inside]).toEqual(strangers);
  expect(seen.size).toBe(4);
});

test("the readers count as the product expects: read every second, no card is missed", () => {
  for (const side of ["in", "out"] as const) {
    let memory = null;
    let came = 0;
    for (let second = 0; second < 3_000; second += 1) {
      const { changes, card } = passageAt(second, 7)[side];
      const seen = seeReader(memory, { counter: changes, blank: card === 0 }, "changes", 65_536);
      expect(seen.missed).toBe(0);
      came += seen.fresh ? 1 : 0;
      memory = seen.memory;
    }
    expect(came).toBe(side === "in" ? 10 : 8);
  }
});
