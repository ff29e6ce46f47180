import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OutboxRow } from "../../firmware/journal/journal.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { HttpReceiver } from "./http-receiver.ts";

const never = new AbortController().signal;

/** What every dialect that speaks HTTP makes of the answers that any server may give. `secrets` are said back by the server and never by us. */
export function describeAnswers(dialectAt: (url: string) => Dialect, secrets: readonly string[], row: OutboxRow = rowFor()): void {
  describe("of any answer", () => {
    const receiver = new HttpReceiver();
    let dialect: Dialect;
    beforeAll(async () => {
      dialect = dialectAt(await receiver.listen());
    });
    afterAll(async () => {
      dialect.close();
      await receiver.close();
    });

    test.each([
      [400, "no such field", {}, { outcome: "refused", answer: expect.stringMatching(/HTTP 400: no such field/) }],
      [401, "", {}, { outcome: "refused", answer: expect.stringMatching(/HTTP 401/) }],
      [429, "", { "retry-after": "30" }, { outcome: "unavailable", answer: expect.stringMatching(/HTTP 429/), retryAfterMs: 30_000 }],
      [503, "<h1>oh\n dear</h1>", {}, { outcome: "unavailable", answer: expect.stringContaining("oh dear"), retryAfterMs: null }],
      [302, "", { location: "/elsewhere" }, { outcome: "refused", answer: expect.stringMatching(/HTTP 302/) }],
      [200, "<html>please sign in</html>", {}, { outcome: "unavailable", answer: expect.stringMatching(/^not .*please sign in/) }],
    ])("%i %s", async (status, body, headers, outcome) => {
      receiver.answer = () => ({ status, body, headers });
      expect(await dialect.send(row, never)).toMatchObject(outcome);
    });

    test("that is cut off", async () => {
      receiver.answer = () => ({ status: 200, body: {} });
      receiver.fate = () => "lost before";
      expect(await dialect.send(row, never)).toMatchObject({ outcome: "unavailable", answer: "ECONNRESET" });
      receiver.fate = () => "answer";
    });

    test("no secret is in it, even where the server says it back", async () => {
      for (const status of [200, 400, 500]) {
        receiver.answer = () => ({ status, body: `bad: ${secrets.join(" and ")} ${receiver.asked.at(-1)?.headers.authorization ?? ""}` });
        const { answer } = await dialect.send(row, never);
        expect(answer).toContain("bad: ");
        for (const secret of secrets) expect(answer).not.toContain(secret);
        expect(answer).not.toMatch(/Basic [A-Za-z\d]/);
      }
    });

    test("a record that is damaged is never sent", async () => {
      const before = receiver.asked.length;
      expect(await dialect.send({ ...row, body: "{" }, never)).toMatchObject({ outcome: "refused" });
      expect(receiver.asked).toHaveLength(before);
    });
  });
}
