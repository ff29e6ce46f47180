import { afterAll, beforeAll, expect, test } from "vitest";
import { type ForecastsReply, forecastsReplySchema } from "../../firmware/contract/forecast.ts";
import { eventually } from "./box.ts";
import { accessibilityFaults, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

let demo: DemoRoom;
beforeAll(async () => {
  demo = await startDemoRoom({ speed: 1 });
}, 90_000);
afterAll(() => demo?.stop());

const forecasts = async (): Promise<ForecastsReply> => forecastsReplySchema.parse(await demo.box.get("/api/v1/forecasts"));

test("the mains fail: how long each battery lasts is ahead on the room's page and on the device's, in both languages", async () => {
  const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, demo.box.token);
  await page.getByText("Nothing is foreseen").waitFor();
  demo.room.scenario("mains-failure", true);
  const { forecasts: found } = await eventually(
    forecasts,
    ({ forecasts: those }) => those.filter(({ kind }) => kind === "battery").length === 2,
  );
  expect(found[0]).toMatchObject({ kind: "battery", direction: "low", unit: "%", confidence: "low" });
  const line = page.getByRole("link", { name: /^UPS A battery: empty in \d+ min \(\d+–\d+\)$/ });
  await line.waitFor({ timeout: 60_000 });
  expect(await accessibilityFaults(page)).toEqual([]);
  await line.click();
  const own = page.getByRole("region", { name: "Forecasts" });
  await own.getByText("only what the device says, not checked yet").waitFor();
  expect(await own.getByText("UPS B").count()).toBe(0);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Switch to Chinese" }).click();
  await page
    .getByRole("region", { name: "预测" })
    .getByText(/^UPS A 电池：约 \d+ 分钟后/)
    .waitFor();
  expect(complaints).toEqual([]);
  await context.close();
}, 120_000);
