import * as z from "zod";
import type { ConfigurationDesk } from "../configuration/desk.ts";
import type { Changed } from "../configuration/store.ts";
import {
  adoptConfigurationSchema,
  changeConfigurationSchema,
  changedReplySchema,
  checkConfigurationSchema,
  checkReplySchema,
  configurationReplySchema,
  differenceReplySchema,
  revertConfigurationSchema,
  revisionsReplySchema,
  revisionTextSchema,
} from "../contract/configuration.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

/** A site file of 1 MiB as JSON: every line end and quote takes two bytes, Chinese three. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;
const number = z.coerce.number().int().positive();
const revisionQuerySchema = z.strictObject({ number: number.describe("of the revision") });
const differenceQuerySchema = z.strictObject({ from: number, to: number });

/** What the box is configured by, what it was before, and how to change it. */
export function configurationRoutes(desk: ConfigurationDesk): readonly Route[] {
  return [...looking(desk), ...changing(desk)];
}

function looking(desk: ConfigurationDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/configuration",
      summary: "Which revision of the configuration runs, what the site file is beside it, and what is wrong with either.",
      access: "configuration.see",
      reply: configurationReplySchema,
      answer: () => desk.status(),
    }),
    route({
      method: "GET",
      path: "/api/v1/configuration/revisions",
      summary: "Every revision that is kept, newest first: who, when, why.",
      access: "configuration.see",
      reply: revisionsReplySchema,
      answer: async () => ({ revisions: [...(await desk.revisions())] }),
    }),
    route({
      method: "GET",
      path: "/api/v1/configuration/revision",
      summary: "The text of one revision as YAML. Secrets are masked for everybody.",
      access: "configuration.see",
      query: revisionQuerySchema,
      reply: revisionTextSchema,
      refusals: ["unknownRevision"],
      answer: async ({ query }) => (await desk.text(query.number)) ?? new Refusal("unknownRevision"),
    }),
    route({
      method: "GET",
      path: "/api/v1/configuration/difference",
      summary: "What differs between two revisions: for the room, and line by line.",
      access: "configuration.see",
      query: differenceQuerySchema,
      reply: differenceReplySchema,
      refusals: ["unknownRevision"],
      answer: async ({ query: { from, to } }) => (await desk.difference(from, to)) ?? new Refusal("unknownRevision"),
    }),
  ];
}

function changing(desk: ConfigurationDesk): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/configuration/check",
      summary: "Everything that is wrong with a text, with line and column, or what it would change. Changes nothing.",
      access: "configuration.change",
      body: checkConfigurationSchema,
      bodyBytesMax: TEXT_BYTES_MAX,
      reply: checkReplySchema,
      answer: ({ body: { text } }) => desk.check(text),
    }),
    route({
      method: "PUT",
      path: "/api/v1/configuration",
      summary: "A new text, whole; it runs within seconds. With problems, or when somebody was faster, nothing is changed.",
      access: "configuration.change",
      body: changeConfigurationSchema,
      bodyBytesMax: TEXT_BYTES_MAX,
      reply: changedReplySchema,
      refusals: ["configurationChanged", "notAccepted"],
      answer: async ({ body: { text, reason, base } }, caller) => answered(await desk.change(text, base, doerOf(caller), reason)),
    }),
    route({
      method: "POST",
      path: "/api/v1/configuration/revert",
      summary: "The text of an older revision again, as a new one; it runs within seconds.",
      access: "configuration.change",
      body: revertConfigurationSchema,
      reply: changedReplySchema,
      refusals: ["configurationChanged", "notAccepted"],
      answer: async ({ body: { revision, reason, base } }, caller) => answered(await desk.revert(revision, base, doerOf(caller), reason)),
    }),
    route({
      method: "POST",
      path: "/api/v1/configuration/adopt",
      summary: "Takes over the site file as it is on the box's disk now, like `systemctl reload roomward`.",
      access: "configuration.change",
      body: adoptConfigurationSchema,
      reply: changedReplySchema,
      refusals: ["configurationChanged", "notAccepted"],
      answer: async ({ body: { base } }, caller) => answered(await desk.adopt(base, doerOf(caller))),
    }),
  ];
}

function answered(changed: Changed): { readonly number: number } | Refusal {
  if ("number" in changed) return changed;
  if (changed.why === "problems")
    return new Refusal("notAccepted", {
      faults: changed.problems.map(({ line, column, path, message }) => ({ path: `${line}:${column} ${path}`, expected: message })),
    });
  return new Refusal(changed.why === "faster" ? "configurationChanged" : "notAccepted", { message: changed.words });
}
