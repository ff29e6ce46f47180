import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HandOversReply, OnCallReply } from "../../firmware/contract/escalation.ts";
import { openStage, type Stage } from "./serve-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const post = (path: string, body: unknown, as: "viewer" | "operator" | "engineer" = "operator") =>
  stage.fetch(path, { as, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const onCall = async (): Promise<OnCallReply> => (await stage.fetch("/api/v1/on-call", { as: "operator" })).json() as Promise<OnCallReply>;

test("who is on call is for those who work here, not for a screen on the wall", async () => {
  expect((await stage.fetch("/api/v1/on-call", { as: "viewer" })).status).toBe(403);
  expect(await onCall()).toMatchObject({
    certain: true,
    rotas: [{ id: "duty", people: [{ name: { zh: "王工" }, phone: "13800000001" }, {}] }],
    plans: [{ id: "all", steps: [{ afterMs: 0, onCall: ["duty"] }, { afterMs: 1_200_000 }] }],
    escalations: [],
  });
});

describe("people on call", () => {
  test("swap a shift, and are told why when they cannot", async () => {
    const [rota] = (await onCall()).rotas;
    const [, shift] = rota?.upcoming ?? [];
    const other = shift?.who === "li" ? "wang" : "li";
    const asked = { rota: "duty", fromMs: shift?.fromMs, toMs: shift?.toMs, who: other, note: "dentist" };
    expect((await post("/api/v1/on-call/swaps", asked, "viewer")).status).toBe(403);
    expect((await post("/api/v1/on-call/swaps", { ...asked, who: "nobody" })).status).toBe(422);
    expect((await post("/api/v1/on-call/swaps", { ...asked, fromMs: "soon" })).status).toBe(400);
    expect((await post("/api/v1/on-call/swaps", asked)).status).toBe(204);
    expect((await onCall()).rotas[0]?.swaps).toMatchObject([{ who: other, by: "the operator", note: "dentist" }]);
    expect((await onCall()).rotas[0]?.upcoming[1]).toMatchObject({ who: other, planned: shift?.who });
  });

  test("hand over in writing; somebody else confirms, and both stand in the list and in the sheet", async () => {
    const changeMs = (await onCall()).rotas[0]?.handOver?.changeMs;
    expect((await post("/api/v1/on-call/hand-overs", { rota: "duty", changeMs, text: "" })).status).toBe(400);
    expect((await post("/api/v1/on-call/hand-overs", { rota: "duty", changeMs: 1, text: "x" })).status).toBe(422);
    expect((await post("/api/v1/on-call/hand-overs", { rota: "duty", changeMs, text: "CRAC 2 is being mended" })).status).toBe(204);
    const list = async (): Promise<HandOversReply> =>
      (await stage.fetch("/api/v1/on-call/hand-overs?rota=duty", { as: "operator" })).json() as Promise<HandOversReply>;
    const [{ id = "" } = {}] = (await list()).handOvers;
    expect((await post("/api/v1/on-call/hand-overs/confirm", { id })).status).toBe(422);
    expect((await post("/api/v1/on-call/hand-overs/confirm", { id, note: "read" }, "engineer")).status).toBe(204);
    expect((await list()).handOvers).toMatchObject([{ text: "CRAC 2 is being mended", confirmed: { by: "the engineer", note: "read" } }]);
    const sheet = await stage.fetch("/api/v1/on-call/hand-overs/sheet?language=en", { as: "operator" });
    expect(sheet.headers.get("content-disposition")).toContain('filename="hand-overs.csv"');
    expect(await sheet.text()).toContain("CRAC 2 is being mended");
  });
});
