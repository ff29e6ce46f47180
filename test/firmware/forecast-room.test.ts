import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ForecastStage } from "./forecast-stage.ts";
import { temporaryFolder } from "./journal-entries.ts";

const MINUTE_MS = 60_000;
const TOP = "th-2/ambient.temperature";
const WARN = `
forecasts:
  warn:
    - { points: ["th-2/ambient.temperature"], within: 15min }
`;

let folder: ReturnType<typeof temporaryFolder>;
let stage: ForecastStage;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await stage.desk.close();
  folder.remove();
});

const batteryOf = (device: string) => stage.desk.reply().forecasts.find((each) => each.kind === "battery" && each.device === device);

test("a cooler fails: the limit is foretold within minutes, an early warning rings once and ends with the alarm, and the error is kept", async () => {
  stage = new ForecastStage(folder.path, WARN);
  stage.pass(25);
  stage.world.scenario("crac-failure", true);
  const foretold: number[] = [];
  let warnedAtMs = 0;
  const limitRang = (): boolean => stage.rung.some(({ point, type }) => point === TOP && type === "high");
  for (let minute = 1; minute <= 20 && !limitRang(); minute += 0.5) {
    stage.pass(0.5);
    const said = stage.forecast(TOP);
    if (minute >= 6 && said?.limit === 27) foretold.push(stage.nowMs + said.inMs);
    if (warnedAtMs === 0 && stage.rung.some(({ type }) => type === "ahead")) warnedAtMs = stage.nowMs;
  }
  expect(limitRang()).toBe(true);
  const rangAtMs = stage.nowMs;
  expect(foretold.length).toBeGreaterThan(4);
  for (const atMs of foretold) expect(Math.abs(atMs - rangAtMs)).toBeLessThan(3 * MINUTE_MS);

  const warnings = stage.rung.filter(({ type }) => type === "ahead");
  expect(warnings).toHaveLength(1);
  expect(rangAtMs - warnedAtMs).toBeGreaterThanOrEqual(MINUTE_MS);
  expect(warnings[0]).toMatchObject({ severity: "warning", point: TOP, device: "th-2" });
  expect(warnings[0]?.text.en).toMatch(/^Probe 2 \(rack, top\) temperature: 27 °C \(major\) in \d+ min \(\d+–\d+\)$/);
  expect(warnings[0]?.text.zh).toMatch(/^2 号温湿度（机柜顶部） 温度：约 \d+ 分钟后（\d+–\d+）到达 27 °C（重要）$/);

  stage.pass(2);
  expect(stage.cleared.filter(({ type }) => type === "ahead")).toHaveLength(1);
  const { points, last } = stage.desk.record();
  const own = points.find(({ point, limit }) => point === TOP && limit === 27);
  expect(own?.judged).toBe(own?.met);
  expect(own?.met).toBeGreaterThanOrEqual(2);
  expect(own?.medianErrorMs).toBeLessThan(3 * MINUTE_MS);
  expect(last.filter(({ point, outcome }) => point === TOP && outcome === "met").length).toBe(own?.met);
  // Beyond the first limit it goes on to the next.
  expect(stage.forecast(TOP)).toMatchObject({ limit: 32, severity: "critical", direction: "high", unit: "°C" });
});

test("the mains fail: the battery's minutes are measured, what came is kept, and the next discharge begins with what this one taught", async () => {
  stage = new ForecastStage(folder.path);
  stage.pass(2);
  stage.world.scenario("mains-failure", true);
  stage.pass(1);
  expect(batteryOf("ups-a")).toMatchObject({
    kind: "battery",
    confidence: "low",
    basis: { en: expect.stringContaining("the device says") },
  });
  const foretold: number[] = [];
  const isDead = (): boolean => stage.world.view().room.upsA.source === "none";
  for (let minute = 1; minute < 40 && !isDead(); minute += 0.5) {
    stage.pass(0.5);
    const said = batteryOf("ups-a");
    if (said?.basis.en.startsWith("measured") === true) foretold.push(stage.nowMs + said.inMs);
  }
  const diedAtMs = stage.nowMs;
  expect(foretold.length).toBeGreaterThan(20);
  for (const atMs of foretold) expect(Math.abs(atMs - diedAtMs)).toBeLessThan(1.5 * MINUTE_MS);
  stage.pass(1);
  const battery = stage.desk.record().points.find(({ kind, device }) => kind === "battery" && device === "ups-a");
  expect(battery).toMatchObject({ judged: battery?.met, inBand: battery?.met });
  expect(battery?.medianErrorMs).toBeLessThan(MINUTE_MS);

  await stage.restart();
  const kept = JSON.parse(readFileSync(join(folder.path, "forecasts.json"), "utf8")).data.discharges;
  expect(kept.filter(({ device }: { device: string }) => device === "ups-a")).toMatchObject([
    { emptied: true, toCharge: expect.any(Number) },
  ]);
  stage.world.scenario("all-clear", true);
  stage.pass(12);
  expect(batteryOf("ups-a")).toBeUndefined();
  stage.world.scenario("mains-failure", true);
  stage.pass(1);
  expect(batteryOf("ups-a")?.basis.en).toContain("corrected by earlier discharges");
});

test("a clock that is set in between moves no forecast: spans are measured, times only printed", () => {
  stage = new ForecastStage(folder.path);
  stage.pass(25);
  stage.world.scenario("crac-failure", true);
  stage.pass(7);
  const before = stage.desk.reply();
  const madeAtMs = stage.desk.record().last[0]?.madeAtMs ?? 0;
  stage.clock.setBackMs = 86_400_000;
  const after = stage.desk.reply();
  expect(after.forecasts.map(({ inMs }) => inMs)).toEqual(before.forecasts.map(({ inMs }) => inMs));
  expect(after.forecasts.length).toBeGreaterThan(0);
  // What was told in this boot says the right time from then on.
  expect(stage.desk.record().last[0]?.madeAtMs).toBe(madeAtMs - 86_400_000);
  stage.pass(6);
  const met = stage.desk.record().last.filter(({ point, limit, outcome }) => point === TOP && limit === 27 && outcome === "met");
  expect(met.length).toBeGreaterThan(0);
  for (const { tookMs } of met) expect(tookMs).toBeLessThan(15 * MINUTE_MS);
});

test("a sensor that falls silent has no forecast, and what was told of it counts neither as right nor as wrong; nor does what a stop cut off", async () => {
  stage = new ForecastStage(folder.path);
  stage.pass(25);
  stage.world.scenario("crac-failure", true);
  stage.pass(8);
  expect(stage.forecast(TOP)).toBeDefined();
  const far = "th-3/ambient.temperature";
  const openOf = (point: string) => stage.desk.record().last.filter((row) => row.point === point && row.outcome === "open");
  expect(openOf(TOP).length).toBeGreaterThan(0);
  stage.silent.add("th-2");
  stage.pass(12);
  expect(stage.forecast(TOP)).toBeUndefined();
  expect(
    stage.desk
      .record()
      .last.filter(({ point }) => point === TOP)
      .map(({ outcome }) => outcome),
  ).not.toContain("missed");
  expect(openOf(TOP)).toEqual([]);
  expect(stage.desk.record().points.find(({ point }) => point === TOP)).toMatchObject({ judged: 0 });

  const wasOpen = openOf(far).length;
  await stage.restart();
  expect(wasOpen).toBeGreaterThan(0);
  expect(openOf(far)).toEqual([]);
});

test("what swings, and what stands, has no forecast; the reply says how many points are watched", () => {
  stage = new ForecastStage(folder.path);
  stage.pass(30);
  const { forecasts, watched } = stage.desk.reply();
  expect(forecasts).toEqual([]);
  expect(watched).toBeGreaterThan(10);
});
