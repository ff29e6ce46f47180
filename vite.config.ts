import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

export default defineConfig({
  root: "dashboard",
  base: "/",
  plugins: [preact()],
  build: {
    outDir: "../dist/dashboard",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
