import { createHmac } from "node:crypto";
import type { Asked, Reply } from "./http-receiver.ts";

const TEXT_BYTES_MAX = { wecom: 4_096, dingtalk: 20_000, feishu: 20_000 } as const;

/**
 * The robots of WeCom, DingTalk and Feishu as their pages describe them: every answer is 200 with a code, a robot is known by its key, two
 * of them check a signature that is at most an hour old, and each has its greatest message and speaks so often in a minute.
 */
export class ChatRobotLikeness {
  readonly messages: string[] = [];
  /** Messages until it says that it is too much. */
  left = Number.POSITIVE_INFINITY;
  readonly #robot: keyof typeof TEXT_BYTES_MAX;
  readonly #secret: string;

  constructor(robot: keyof typeof TEXT_BYTES_MAX, secret = "") {
    this.#robot = robot;
    this.#secret = secret;
  }

  readonly answer = ({ url, body }: Asked): Reply => {
    const { searchParams } = new URL(url, "http://x");
    const sent = JSON.parse(body) as {
      readonly timestamp?: string;
      readonly sign?: string;
      readonly markdown?: { readonly title?: string; readonly text?: string; readonly content?: string };
      readonly card?: { readonly elements: readonly { readonly content: string }[] };
    };
    if (this.left <= 0) return this.#say({ wecom: 45_009, dingtalk: 130_101, feishu: 11_232 }[this.#robot], "too many");
    if (this.#robot === "dingtalk" && this.#secret !== "") {
      const timestamp = searchParams.get("timestamp") ?? "";
      const sign = createHmac("sha256", this.#secret).update(`${timestamp}\n${this.#secret}`).digest("base64");
      if (searchParams.get("sign") !== sign || Math.abs(Number(timestamp) - Date.now()) > 3_600_000)
        return this.#say(310_000, "sign not match");
    }
    if (this.#robot === "feishu" && this.#secret !== "") {
      const sign = createHmac("sha256", `${sent.timestamp}\n${this.#secret}`).digest("base64");
      if (sent.sign !== sign || Math.abs(Number(sent.timestamp) * 1_000 - Date.now()) > 3_600_000)
        return this.#say(19_021, "sign match fail or timestamp is not within one hour from current time");
    }
    const text = this.#robot === "feishu" ? sent.card?.elements[0]?.content : (sent.markdown?.text ?? sent.markdown?.content);
    if (text === undefined) return this.#say(40_008, "invalid message type");
    const size = Buffer.byteLength(this.#robot === "wecom" ? text : body);
    if (size > TEXT_BYTES_MAX[this.#robot]) return this.#say(40_058, "exceeds max length");
    this.left -= 1;
    this.messages.push(text);
    return this.#say(0, "ok");
  };

  #say(code: number, said: string): Reply {
    return { status: 200, body: this.#robot === "feishu" ? { code, msg: said, data: {} } : { errcode: code, errmsg: said } };
  }
}
