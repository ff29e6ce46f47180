import fc from "fast-check";
import createFastify from "fastify";
import { expect, test } from "vitest";
import { jsonPieces } from "../../firmware/serve/answer-pieces.ts";
import { sendAnswer } from "../../firmware/serve/answers.ts";

const PIECE = 40;
const entries = fc.array(fc.anything({ withNullPrototype: false }).filter(isJson), { maxLength: 40 });
const answers = fc.oneof(fc.dictionary(fc.string(), fc.oneof(entries, fc.jsonValue(), fc.constant(undefined))), entries, fc.jsonValue());

test("law: put together, the pieces are what JSON.stringify makes", () => {
  fc.assert(
    fc.property(answers, (answer) => {
      expect([...jsonPieces(answer, PIECE)].join("")).toBe(JSON.stringify(answer));
    }),
  );
});

test("a long list comes in pieces of the asked size, however long its entries are", () => {
  const points = Array.from({ length: 5_000 }, (_, n) => ({ id: `d${n}/input.voltage`, value: n / 10, quality: "good" }));
  const pieces = [...jsonPieces({ points }, 4_096)].map(({ length }) => length);
  expect(pieces.length).toBeGreaterThan(30);
  expect(Math.max(...pieces)).toBeLessThan(2.5 * 4_096);
  expect(Math.min(...pieces.slice(0, -1))).toBeGreaterThanOrEqual(4_096);
});

test("long entries behind short ones do not make one piece", () => {
  const list = Array.from({ length: 200 }, (_, n) => (n < 100 ? n : "x".repeat(1_000)));
  expect(Math.max(...[...jsonPieces(list, 4_096)].map(({ length }) => length))).toBeLessThan(64 * 1_024);
});

test("a short answer is one piece", () => {
  expect([...jsonPieces({ incidents: [{ id: 1 }], next: null })]).toEqual(['{"incidents":[{"id":1}],"next":null}']);
});

test("what is answered arrives whole, and the event loop turns between two pieces of a long one", async () => {
  const app = createFastify();
  const long = { points: Array.from({ length: 20_000 }, (_, n) => ({ id: `d${n}/机房.温度`, value: n / 10 })) };
  const short = { points: [], note: "空" };
  let turns = 0;
  let isSending = true;
  const turn = (): void => {
    turns += 1;
    if (isSending) setImmediate(turn);
  };
  app.get("/long", (_, reply) => {
    turn();
    return sendAnswer(reply, long);
  });
  app.get("/short", (_, reply) => sendAnswer(reply, short));
  const answer = await app.inject("/long");
  isSending = false;
  expect([answer.statusCode, answer.headers["content-type"], answer.json()]).toEqual([200, "application/json; charset=utf-8", long]);
  expect(turns).toBeGreaterThan([...jsonPieces(long)].length - 3);
  const whole = await app.inject("/short");
  expect([whole.body, whole.headers["content-length"]]).toEqual([JSON.stringify(short), `${Buffer.byteLength(JSON.stringify(short))}`]);
  await app.close();
});

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify([value]) !== undefined;
  } catch {
    return false;
  }
}
