import { describe, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { chatMessage, type Robot } from "../../firmware/upstream/dialects/chat-message.ts";
import { chatRobotDialect, signedMessage } from "../../firmware/upstream/dialects/chat-robot.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { ChatRobotLikeness } from "../upstream/chat-robot-likeness.ts";
import { describeAnswers } from "../upstream/every-answer.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { toldLife } from "../upstream/told-life.ts";
import { cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor, rowOf } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const never = new AbortController().signal;
const ROBOTS: readonly Robot[] = ["wecom", "dingtalk", "feishu"];
const SECRET = "SEC0123456789abcdef";
const KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa";
const places = placesOf(PLACES_SITE);
const zh = { language: "zh", timezone: "Asia/Shanghai" } as const;
const secretOf = (robot: Robot) => (robot === "wecom" ? undefined : SECRET);
const pathOf = (robot: Robot) => (robot === "feishu" ? `/open-apis/bot/v2/hook/${KEY}` : `/robot/send?access_token=${KEY}`);
const dialectAt = (robot: Robot, url: string, secret = secretOf(robot)) =>
  chatRobotDialect({ ...zh, robot, url: `${url}${pathOf(robot)}`, secret, places, clock: systemClock });
const told = (robot: Robot, change = raised(), style: { language: "zh" | "en"; timezone: string } = zh) =>
  chatMessage(robot, eventFor(change), places(eventFor(change)), style);

describe("a message", () => {
  test("of WeCom is markdown with the subject first", () => {
    expect(told("wecom")).toMatchObject({
      msgtype: "markdown",
      markdown: { content: expect.stringMatching(/^### \[重要\] 冷通道温度高 31\.2 °C\n> \*\*状态\*\*：告警\n/) },
    });
  });

  test("of DingTalk has a title for the list of chats, and lines of their own", () => {
    expect(told("dingtalk", raised(), { language: "en", timezone: "UTC" })).toMatchObject({
      msgtype: "markdown",
      markdown: { title: "[MAJOR] Cold aisle too hot, 31.2 °C", text: expect.stringContaining("\n\n**Severity**: MAJOR\n\n") },
    });
  });

  test("of Feishu is a card whose colour says how bad it is, or that it is over", () => {
    expect(told("feishu")).toMatchObject({
      msg_type: "interactive",
      card: { header: { title: { content: "[重要] 冷通道温度高 31.2 °C" }, template: "orange" } },
    });
    expect(told("feishu", cleared())).toMatchObject({ card: { header: { template: "green" } } });
  });

  test.each(ROBOTS)("of %s calls nobody and has no link, whatever people wrote", (robot) => {
    const text = "<at id=all></at><@all> [x](http://evil) **b**";
    const message = JSON.stringify(told(robot, raised({ action: { zh: text, en: text } })));
    expect(message).not.toMatch(/<at|<@|\]\(|\*\*b/);
    expect(message).toContain("＜at id=all＞");
  });

  test.each([
    ["wecom", 4_096],
    ["dingtalk", 20_000],
    ["feishu", 20_000],
  ] as const)("of %s is at most %i bytes and ends with a whole character", (robot, max) => {
    const message = told(robot, raised({ action: { zh: "冷".repeat(30_000), en: "x" } }));
    const text = JSON.stringify(message);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(robot === "wecom" ? max + 80 : max);
    expect(text).toContain("冷\\n…");
    expect(text).not.toContain("�");
  });
});

test("signatures are as the makers' pages compute them", () => {
  // printf '1789873965123\nSEC' | openssl dgst -sha256 -hmac SEC -binary | base64, and printf '' | … -hmac $'1789873965\nSEC'
  const dingtalk = new URL(signedMessage("dingtalk", { url: "https://d/?access_token=t", body: {} }, "SEC", 1_789_873_965_123).url);
  expect(Object.fromEntries(dingtalk.searchParams)).toEqual({
    access_token: "t",
    timestamp: "1789873965123",
    sign: "JBMvmryjLI8q5fp5w5XT472aiedDRA488UpFp4j/8aI=",
  });
  const feishu = signedMessage("feishu", { url: "https://f/", body: { a: 1 } }, "SEC", 1_789_873_965_123);
  expect(feishu).toEqual({
    url: "https://f/",
    body: { timestamp: "1789873965", sign: "7VmRk83OxjSUPOGHZujnwskkAy81TolR+qFnFLyCmPM=", a: 1 },
  });
});

describe.each(ROBOTS)("the robot of %s", (robot) => {
  async function withRobot(body: (likeness: ChatRobotLikeness, url: string, receiver: HttpReceiver) => Promise<void>): Promise<void> {
    const likeness = new ChatRobotLikeness(robot, secretOf(robot));
    const receiver = new HttpReceiver(likeness.answer);
    try {
      await body(likeness, await receiver.listen(), receiver);
    } finally {
      await receiver.close();
    }
  }

  test("says a life in three messages through the dispatcher, in order", async () => {
    await withRobot(async ({ messages }, url) => {
      await toldLife(dialectAt(robot, url));
      expect(messages.map((text) => /告警|已确认|已恢复/.exec(text)?.[0])).toEqual(["告警", "已确认", "已恢复"]);
    });
  });

  test("that may not speak so often is asked again in a minute, also after the message that it has not taken", async () => {
    await withRobot(async (likeness, url) => {
      likeness.left = 1;
      const dialect = dialectAt(robot, url);
      expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "accepted" });
      expect(await dialect.send(rowFor(), never)).toMatchObject({
        outcome: "unavailable",
        retryAfterMs: 60_000,
        answer: expect.stringContaining("too many"),
      });
    });
  });

  test("takes the longest message that we make", async () => {
    await withRobot(async ({ messages }, url) => {
      const long = raised({ action: { zh: `冷"\n\u0007`.repeat(9_000), en: "x" } });
      expect(await dialectAt(robot, url).send(rowFor(long), never)).toMatchObject({ outcome: "accepted" });
      expect(messages).toHaveLength(1);
    });
  });

  test("is not woken for a note", async () => {
    await withRobot(async ({ messages }, url) => {
      const act = { kind: "note", by: "li", text: "x", clock: null, reached: null } as const;
      const row = rowOf({ ...eventFor({ ...raised(), cause: "update" }, 3), act });
      expect(await dialectAt(robot, url).send(row, never)).toMatchObject({ outcome: "accepted" });
      expect(messages).toEqual([]);
    });
  });

  test("whose code is another has not said yes, whatever the status", async () => {
    await withRobot(async (_, url, receiver) => {
      receiver.answer = () => ({
        status: 200,
        body: robot === "feishu" ? { code: 19_001, msg: `bad ${KEY}` } : { errcode: 93_000, errmsg: `bad ${KEY}` },
      });
      const outcome = await dialectAt(robot, url).send(rowFor(), never);
      expect(outcome).toMatchObject({ outcome: "refused", answer: expect.stringMatching(/(19001|93000): bad …$/) });
    });
  });

  describeAnswers((url) => dialectAt(robot, url), [KEY, ...(robot === "wecom" ? [] : [SECRET])]);
});

test.each(["dingtalk", "feishu"] as const)("a wrong secret of %s is a no in its words", async (robot) => {
  const receiver = new HttpReceiver(new ChatRobotLikeness(robot, SECRET).answer);
  expect(await dialectAt(robot, await receiver.listen(), "another secret").send(rowFor(), never)).toMatchObject({
    outcome: "refused",
    answer: expect.stringContaining("sign"),
  });
  await receiver.close();
});
