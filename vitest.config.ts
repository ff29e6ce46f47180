import preact from "@preact/preset-vite";
import { defineConfig } from "vitest/config";

// Three kinds, so that a developer can run the fast one alone. Peers and browser tests share ports and cores: one file at a time.
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [preact()],
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/**/*.{peer,browser}.test.ts"],
          // Only there to end what hangs: a busy machine takes its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "peer",
          include: ["test/**/*.peer.test.ts"],
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/**/*.browser.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
