import { expect, test } from "vitest";
import { LatestSet } from "../../firmware/upstream/latest-set.ts";

test("the names that were added last are known, no more than were asked for", () => {
  const names = new LatestSet(2);
  for (const name of ["a", "b", "a", "c"]) names.add(name);
  expect(["a", "b", "c"].filter((name) => names.has(name))).toEqual(["a", "c"]);
});
