import { availableParallelism } from "node:os";
import preact from "@preact/preset-vite";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/order.ts";
import { OutcomeReporter, WANTED } from "./test/outcome.ts";

/** Left to itself, vitest keeps one core for watching: on a small machine that is half of it. */
const CORES = Math.max(2, availableParallelism());

/** Peers whose proof is a time of the real clock, or of a disk's: they have the machine to themselves. */
const ALONE = [
  "test/faults/{disk,write-budget}.peer.test.ts",
  "test/box/{configuration,starts}.peer.test.ts",
  "test/drivers/modbus.peer.test.ts",
  "test/firmware/signin-guessing.peer.test.ts",
  "test/provisioning/stick-crowd.peer.test.ts",
];

// Kinds, so that a developer can run the fast one alone; one after the other, each with as many files at a time as it has use for.
// The limits of time are there to end what hangs: a busy machine takes its time.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: process.env[WANTED] === undefined ? ["default"] : ["default", new OutcomeReporter()],
    projects: [
      {
        plugins: [preact()],
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/**/*.{peer,browser}.test.ts"],
          setupFiles: ["test/laws.ts"],
          sequence: { groupOrder: 0 },
          maxWorkers: CORES,
          testTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "peer",
          include: ["test/**/*.peer.test.ts"],
          exclude: [...ALONE],
          sequence: { groupOrder: 1 },
          // They wait more than they compute. Every port and folder is one that the system gave.
          maxWorkers: CORES,
          testTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "peer-alone",
          include: [...ALONE],
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
          testTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/**/*.browser.test.ts"],
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          testTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
