import { defineConfig } from "vitest/config";

/** What `make mutants` asks of every changed line of the reducers: their tests, those that take no time and load no site. */
export default defineConfig({
  test: {
    include: [
      "test/firmware/{alarm-book,alarm-windows,alarms,calm,condition,lifecycle,rule-kinds}.test.ts",
      "test/firmware/{incidents,incident-acts,incident-roll,incident-telling,incident-work,service-clock}.test.ts",
      "test/firmware/{escalation-advance,escalation-law}.test.ts",
    ],
    setupFiles: ["test/laws.ts"],
    env: { LAWS: "quick" },
    testTimeout: 60_000,
  },
});
