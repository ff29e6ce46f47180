import { defineConfig } from "vitest/config";

/** What `make mutants` asks of every changed line of the reducers: the tests of alarms and incidents, those that take no time. */
export default defineConfig({
  test: {
    include: ["test/firmware/alarms.test.ts", "test/firmware/incidents.test.ts"],
    testTimeout: 60_000,
  },
});
