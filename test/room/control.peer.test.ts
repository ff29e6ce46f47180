import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ControlState } from "./control.ts";
import { DEVICES } from "./devices.ts";
import { type Room, startRoom } from "./room.ts";

let room: Room;
const truth = async (): Promise<ControlState> => (await (await fetch(`${room.controlUrl}state`)).json()) as ControlState;
const post = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, room.controlUrl), { method: "POST", headers });

beforeAll(async () => {
  room = await startRoom({ ports: "free", speed: 0, seed: 11 });
});
afterAll(() => room.stop());

describe("the control page", () => {
  test("shows itself without outside assets and tells the state", async () => {
    const page = await fetch(room.controlUrl);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain("市电中断");
    expect(html).toContain("Mains failure");
    expect(html).not.toMatch(/(src|href)=/);
    expect(Object.keys((await truth()).devices)).toHaveLength(DEVICES.length);
  });

  test("switches scenarios and speed, and refuses what it does not know in both languages", async () => {
    expect(((await (await post("/scenario/leak?on=true")).json()) as ControlState).running).toEqual(["leak"]);
    expect(((await (await post("/scenario/leak?on=false")).json()) as ControlState).running).toEqual([]);
    expect((await post("/speed?x=5")).status).toBe(200);
    expect(room.state().speed).toBe(5);
    expect((await post("/speed?x=0")).status).toBe(200);
    for (const [path, status] of [
      ["/speed?x=61", 400],
      ["/speed", 400],
      ["/scenario/earthquake?on=true", 404],
      ["/scenario/leak?on=maybe", 400],
      ["/nowhere", 404],
    ] as const) {
      const answer = await post(path);
      expect(answer.status, path).toBe(status);
      const { message } = (await answer.json()) as { message: { zh: string; en: string } };
      expect(message.zh).toMatch(/[\u4e00-\u9fff]/);
      expect(message.en).not.toBe("");
    }
    expect(room.state().running.size).toBe(0);
  });

  test("obeys no page from elsewhere and answers to no foreign name", async () => {
    expect((await post("/scenario/leak?on=true", { origin: "http://elsewhere.example" })).status).toBe(403);
    expect((await post("/scenario/leak?on=true", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(room.state().running.size).toBe(0);
    const status = await new Promise<number | undefined>((resolve) => {
      request(`${room.controlUrl}state`, { headers: { host: "rebound.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });
});
