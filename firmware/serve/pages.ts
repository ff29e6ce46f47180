import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { refusalStatus, refusalWords } from "./refusals.ts";

/** Vite names these after their content: what was fetched once never changes. */
const HASHED = /\/assets\/[^/]+$/;
const CACHE_FOR_EVER = "public, max-age=31536000, immutable";

/** Serves the built dashboard from a folder; a folder without one gives a page that says how to build it. */
export async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", (_, reply) => reply.code(refusalStatus("dashboardNotBuilt")).type("text/html; charset=utf-8").send(notBuiltPage()));
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    // The build may leave `.br` and `.gz` beside a file: a phone on a slow link gets the small one, and nobody compresses at run time.
    preCompressed: true,
    cacheControl: false,
    dotfiles: "deny",
    setHeaders: (reply, path) => {
      reply.header("cache-control", HASHED.test(path.replaceAll("\\", "/")) ? CACHE_FOR_EVER : "no-cache");
    },
  });
}

function notBuiltPage(): string {
  const { zh, en } = refusalWords("dashboardNotBuilt");
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Roomward</title><p>${zh}</p><p lang="en">${en}</p></html>`;
}
