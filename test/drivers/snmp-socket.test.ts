import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentSocket } from "../../drivers/snmp/socket.ts";
import { type StubAgent, startStubAgent } from "../peers/snmp-stub.ts";

let agent: StubAgent;
let socket: AgentSocket;
const troubles: string[] = [];

beforeEach(async () => {
  agent = await startStubAgent();
  troubles.length = 0;
  socket = new AgentSocket({ host: "127.0.0.1", port: agent.port }, (error) => troubles.push(error.message));
});
afterEach(async () => {
  socket.close();
  await agent.stop();
});

/** A GET of nothing, which the stub understands. */
const REQUEST = Buffer.from("300f02010104067075626c6963a0020000", "hex");

function send(): Promise<Error | null> {
  return new Promise((resolve) => {
    socket.send(REQUEST, 0, REQUEST.length, 1, "elsewhere.invalid", resolve);
  });
}

test("what is sent before the connection stands goes out in order, to the one agent, wherever the caller says", async () => {
  socket.allow(2);
  expect(await Promise.all([send(), send()])).toEqual([null, null]);
  await expect.poll(() => agent.requests.length).toBe(2);
});

test("an agent that leads in circles is cut off after the allowed datagrams", async () => {
  socket.allow(2);
  await send();
  await send();
  expect((await send())?.message).toContain("again and again");
  socket.allow(1);
  expect(await send()).toBeNull();
});

test("what a datagram makes the listener throw is told as trouble, and does not end the process", async () => {
  agent.answerWith(() => ({ kind: "bytes", bytes: Buffer.from("x") }));
  socket.on("message", () => {
    throw new Error("undefined is not a user");
  });
  socket.allow(1);
  await send();
  await expect.poll(() => troubles).toEqual(["undefined is not a user"]);
});

test("after closing, nothing is sent and nothing is thrown", async () => {
  socket.close();
  socket.close();
  socket.ref();
  socket.unref();
  expect((await send())?.message).toBe("socket is closed");
});
