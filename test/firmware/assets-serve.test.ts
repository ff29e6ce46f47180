import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, type Stage } from "./serve-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const post = (path: string, body: unknown) =>
  stage.fetch(path, {
    as: "engineer",
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("an import takes a sheet of 1 MiB, more than any other request may bring, and not what is no base64", async () => {
  const sheet = Buffer.alloc(1_048_576, "a").toString("base64");
  expect((await post("/api/v1/assets/import", { file: sheet })).status).toBe(200);
  expect((await post("/api/v1/assets/import", { file: `${sheet}${"QUJD".repeat(100_000)}` })).status).toBe(413);
  expect((await post("/api/v1/alarms/acknowledge", { keys: ["k"], note: sheet.slice(0, 300_000) })).status).toBe(413);
  expect((await post("/api/v1/assets/import", { file: "a,b" })).status).toBe(400);
});

test("a sheet is a file for a spreadsheet", async () => {
  const { headers, status } = await stage.fetch("/api/v1/assets/sheet?language=en", { as: "viewer" });
  expect([status, headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  expect(headers.get("content-disposition")).toContain('attachment; filename="assets-2026-09-20.csv"');
  expect((await stage.fetch("/api/v1/assets/sheet?language=fr", { as: "viewer" })).status).toBe(400);
});

test.each([
  [{ device: "dev", changes: [] }],
  [{ device: "dev", changes: [{ field: "colour", before: "", after: "red" }] }],
  [{ device: "dev", changes: [{ field: "serial", after: "S1" }] }],
])("a change without sense is a bad request: %j", async (body) => {
  expect((await post("/api/v1/assets/change", body)).status).toBe(400);
});
