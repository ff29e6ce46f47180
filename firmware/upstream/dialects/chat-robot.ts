import { createHmac } from "node:crypto";
import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import { isMailed } from "../act-words.ts";
import { BENT, eventOf, oneLine, taken } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import { JsonClient } from "../http-json.ts";
import type { Places } from "../place.ts";
import type { Trust } from "../trust.ts";
import { chatMessage, type Robot } from "./chat-message.ts";
import type { LetterStyle } from "./letter.ts";

/** A robot answers 200 to everything; what it says is in a code, and only 0 is a yes. */
const replySchema = z.union([
  z.object({ errcode: z.int(), errmsg: z.string().optional() }).transform(({ errcode, errmsg = "" }) => ({ code: errcode, said: errmsg })),
  z.object({ code: z.int(), msg: z.string().optional() }).transform(({ code, msg = "" }) => ({ code, said: msg })),
]);
/** Too much for now: how often a robot may speak, and what a busy service says of itself. */
const LATER_CODES: Readonly<Record<Robot, ReadonlySet<number>>> = {
  wecom: new Set([-1, 45_009, 45_033]),
  dingtalk: new Set([-1, 130_101, 90_018, 90_030]),
  feishu: new Set([11_232, 230_020]),
};
/** The limits are per minute. */
const PAUSE_MS = 60_000;

export interface ChatRobotOptions extends LetterStyle, Trust {
  readonly robot: Robot;
  /** Whoever knows all of it may write as the robot. */
  readonly url: string;
  readonly secret?: string | undefined;
  readonly places: Places;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** A robot in a group of WeCom (企业微信), DingTalk (钉钉) or Feishu (飞书): one message per event that somebody should see at once. */
export function chatRobotDialect(options: ChatRobotOptions): Dialect {
  const { robot, url, secret, clock } = options;
  const secrets = [secret, ...new URL(url).searchParams.values()];
  const json = new JsonClient({ ...options, name: "a chat robot", headers: {}, secrets, keepAlive: false });
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      if (!isMailed(event)) return taken("not told in chat");
      const message = chatMessage(robot, event, options.places(event), options);
      const signed = secret === undefined ? { url, body: message } : signedMessage(robot, { url, body: message }, secret, clock.wallMs());
      const answer = await json.ask("POST", signed.url, signed.body, replySchema, signal);
      return answer.ok ? json.hidden(verdictOn(robot, answer.value)) : answer.outcome;
    },
    close: () => json.close(),
  };
}

function verdictOn(robot: Robot, { code, said }: z.infer<typeof replySchema>): SendOutcome {
  if (code === 0) return taken("ok");
  const answer = oneLine(`${robot} ${code}: ${said}`, 200);
  return LATER_CODES[robot].has(code) ? { outcome: "unavailable", answer, retryAfterMs: PAUSE_MS } : { outcome: "refused", answer };
}

interface Message {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** DingTalk signs in the address, in milliseconds; Feishu in the body, in seconds, with nothing under a key that has it all. */
export function signedMessage(robot: Robot, { url, body }: Message, secret: string, nowWallMs: number): Message {
  if (robot === "dingtalk") {
    const timestamp = String(nowWallMs);
    const signed = new URL(url);
    signed.searchParams.set("timestamp", timestamp);
    signed.searchParams.set("sign", createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64"));
    return { url: signed.href, body };
  }
  const timestamp = String(Math.floor(nowWallMs / 1_000));
  return { url, body: { timestamp, sign: createHmac("sha256", `${timestamp}\n${secret}`).update("").digest("base64"), ...body } };
}
