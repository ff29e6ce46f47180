import { describe, expect, test } from "vitest";
import { findPoint } from "../../drivers/vocabulary.ts";
import { DEFAULT_RULES } from "../../firmware/site/default-rules.ts";

describe.each(Object.entries(DEFAULT_RULES))("the house's rule for %s", (name, { high, low, state }) => {
  const definition = findPoint(name);

  test("judges what the point can say: a state that it has, or limits inside its range", () => {
    if (definition === undefined) throw new Error(`${name} is not in the vocabulary`);
    if (definition.kind === "state") {
      expect([high, low]).toEqual([undefined, undefined]);
      expect(Object.keys(state ?? {}).length).toBeGreaterThan(0);
      for (const wanted of Object.keys(state ?? {})) expect(definition.states.map((word) => word.name)).toContain(wanted);
      return;
    }
    expect(state).toBeUndefined();
    const limits = [...Object.values(high ?? {}), ...Object.values(low ?? {})];
    expect(limits.length).toBeGreaterThan(0);
    for (const limit of limits) {
      expect(limit).toBeGreaterThanOrEqual(definition.range[0]);
      expect(limit).toBeLessThanOrEqual(definition.range[1]);
    }
  });
});
