import { expect, test } from "vitest";
import { Deadline } from "../../drivers/deadline.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

/** Time that counts how often somebody lies down to sleep. */
class CountingTime extends VirtualTime {
  sleeps = 0;

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps += 1;
    return super.sleep(ms, signal);
  }
}

const passes = (time: VirtualTime, ms: number): Promise<void> => time.run(new Promise((resolve) => void time.after(ms, resolve)));

function rings(time: VirtualTime): { readonly heard: string[]; of(name: string, task?: () => void): Deadline } {
  const heard: string[] = [];
  return {
    heard,
    of: (name, task) =>
      new Deadline(time, () => {
        heard.push(`${name} ${time.nowMs}`);
        task?.();
      }),
  };
}

test("each is done in its time, in the order of their times, and once", async () => {
  const time = new VirtualTime();
  const { heard, of } = rings(time);
  of("late").set(300);
  of("soon").set(100);
  of("middle").set(200);
  await passes(time, 1_000);
  expect(heard).toEqual(["soon 100", "middle 200", "late 300"]);
});

test("what is cleared is not done, and what is set anew only in its new time", async () => {
  const time = new VirtualTime();
  const { heard, of } = rings(time);
  const [cleared, later, earlier] = [of("cleared"), of("later"), of("earlier")];
  cleared.set(100);
  later.set(100);
  earlier.set(900);
  cleared.clear();
  later.set(400);
  earlier.set(50);
  await passes(time, 1_000);
  expect(heard).toEqual(["earlier 50", "later 400"]);
});

test("a task may set itself, and clear or set another that is due at the same time", async () => {
  const time = new VirtualTime();
  const { heard, of } = rings(time);
  const again = of("again", () => time.nowMs < 300 && again.set(time.nowMs + 100));
  const victim = of("victim");
  const other = of("other");
  const first = of("first", () => {
    victim.clear();
    other.set(250);
  });
  first.set(99.5);
  again.set(100);
  for (const each of [victim, other]) each.set(99.5);
  await passes(time, 1_000);
  expect(heard).toEqual(["first 100", "again 100", "again 200", "other 250", "again 300"]);
});

test("hundreds that are due together sleep once, and for nobody nothing sleeps", async () => {
  const time = new CountingTime();
  const { heard, of } = rings(time);
  const all = Array.from({ length: 300 }, (_, n) => of(`${n}`));
  for (const each of all) each.set(100);
  await passes(time, 200);
  expect(heard).toHaveLength(300);
  expect(time.sleeps).toBe(1);
  const one = of("one");
  one.set(time.nowMs + 5_000);
  one.clear();
  const nothing = time.run(new Promise(() => {}));
  await expect(nothing).rejects.toThrow("nobody waits");
});

test("waits longer than a timer can", async () => {
  const time = new VirtualTime();
  const { heard, of } = rings(time);
  const daysMs = 30 * 86_400_000;
  of("far").set(daysMs);
  await passes(time, daysMs + 1);
  expect(heard).toEqual([`far ${daysMs}`]);
});
