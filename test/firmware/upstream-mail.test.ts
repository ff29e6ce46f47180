import { describe, expect, test } from "vitest";
import { priorityOf } from "../../firmware/incidents/priority.ts";
import { letterOf, subjectOf } from "../../firmware/upstream/dialects/letter.ts";
import { mailOf } from "../../firmware/upstream/dialects/mail.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const places = placesOf(PLACES_SITE);
const zh = { language: "zh", timezone: "Asia/Shanghai" } as const;
const en = { language: "en", timezone: "Europe/Berlin" } as const;

describe("a letter", () => {
  test("tells a person who was not there what, how urgent, exactly where, since when and what to do", () => {
    expect(letterOf(eventFor(), places(eventFor()), zh)).toBe(
      `冷通道温度高 31.2 °C

状态：告警
严重程度：重要
优先级：P2 (紧急度 2 × 影响 1)
类别：sensor
位置：深圳一号机房 / 主机房 / 冷通道
设备：3 号温湿度 · XY-MD02 温湿度变送器 · th-3
测点：th-3/ambient.temperature
当前值：31.2 °C
限值：27 °C
范围：31.2 … 31.2 °C
开始：2026-09-20 11:12:45 +08:00
次数：1
处理：检查 2 号空调
告警键：sz1/r1/th-3/ambient.temperature/high
事件：7 · 6b1c6f0e-5ad0-4d3a-9a52-3f9a2f0c5a07
`,
    );
  });

  test("speaks English, names who acknowledged, and says when the time cannot be trusted", () => {
    const event = { ...eventFor(acknowledged()), clockTrusted: false };
    const text = letterOf(event, places(event), en);
    expect(text).toContain("Acknowledged: wang: on my way");
    expect(text).toContain("Location: Shenzhen 1 / Main room / Cold aisle");
    expect(text).toContain("Since: 2026-09-20 05:12:45 +02:00");
    expect(text).toContain("does not know the time of day");
  });

  test("of an alarm that is over says when, and gives no order", () => {
    const text = letterOf(eventFor(cleared()), places(eventFor()), zh);
    expect(text).toContain("恢复：2026-09-20 11:14:45 +08:00");
    expect(text).not.toContain("处理");
  });

  test("keeps the ids of what the site file no longer has", () => {
    const event = eventFor(raised({ device: "gone", key: "sz1/attic/gone/p/high" }));
    expect(letterOf(event, places(event), en)).toContain("Location: Shenzhen 1 / attic\nDevice: gone · gone\n");
  });
});

test("the subject says how bad it is, or that it is over, on one line", () => {
  expect(subjectOf(eventFor(), zh)).toBe("[重要] 冷通道温度高 31.2 °C");
  expect(subjectOf(eventFor(cleared()), en)).toBe("[Cleared] Cold aisle too hot, 31.2 °C");
  expect(subjectOf(eventFor(raised({ text: { zh: "x", en: `a\r\nBcc: all@example.com ${"y".repeat(999)}` } })), en)).toMatch(
    /^\[MAJOR\] a Bcc: all@example\.com y{1,150}$/,
  );
});

test.each([
  ["critical", "ups", 1],
  ["critical", "host", 2],
  ["major", "cooling", 2],
  ["minor", "meter", 4],
  ["warning", "target", 5],
] as const)("%s of a %s has priority %i", (severity, category, priority) => {
  expect(priorityOf(severity, category).priority).toBe(priority);
});

test("all mails of an incident share one thread, each has its own id, the same at every attempt", () => {
  const options = { ...zh, from: "room@example.com", to: ["duty@example.com"], places };
  const mails = [raised(), acknowledged(), cleared()].map((change, n) => mailOf(eventFor(change, n), options));
  expect(new Set(mails.map(({ thread }) => thread)).size).toBe(1);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(3);
  expect(mailOf(eventFor(raised(), 0), options)).toEqual(mails[0]);
});
