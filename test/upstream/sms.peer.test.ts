import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { type SmsOptions, smsDialect } from "../../firmware/upstream/dialects/sms.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { cleared, raised } from "../firmware/journal-entries.ts";
import { eventFor, rowFor, rowOf } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { SimulatedModem } from "../peers/line/modem.ts";
import { serveLine } from "../peers/line/serve.ts";
import { describePeer, type Peer, startPeer } from "../peers/peer.ts";
import type { Listening } from "../room/wire/listen.ts";
import { toldLife } from "./told-life.ts";

const never = new AbortController().signal;
const LI = "+8613900000001";
const WANG = "+8613900000002";
/** At 115200 Bd, ten bits a character. */
const CHARACTER_MS = 10_000 / 115_200;

/** Gammu's own decoder: what a phone would make of it. */
const DECODE = `
import gammu, json, sys
def of(line):
    sms = gammu.DecodePDU(bytes.fromhex(line), True)
    udh = sms["UDH"]
    return [sms["Type"], sms["Number"], sms["Coding"], sms["SMSC"]["Validity"], udh["ID8bit"], udh["PartNumber"], udh["AllParts"], sms["Text"]]
print(json.dumps([of(line) for line in sys.stdin.read().split()]))`;

type Decoded = readonly [type: string, to: string, coding: string, validity: string, id: number, part: number, parts: number, text: string];

function decoded(hex: readonly string[]): readonly Decoded[] {
  return JSON.parse(execFileSync("/usr/bin/python3", ["-c", DECODE], { input: hex.join("\n"), encoding: "utf8" })) as Decoded[];
}

describePeer("a modem at a serial port", ["socat", "gammu"], () => {
  let folder = "";
  let modem: SimulatedModem;
  let wire: Listening;
  let bridge: Peer;
  let dialect: Dialect;
  let path = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "roomward-sms-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    modem = new SimulatedModem();
    wire = await serveLine(() => modem.talker, CHARACTER_MS);
    path = join(folder, `tty${wire.port}`);
    bridge = await startPeer("socat", [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${wire.port}`], { ready: () => existsSync(path) });
    open();
  });
  afterEach(async () => {
    dialect.close();
    await bridge.stop();
    await wire.stop();
  });

  function open(change: Partial<SmsOptions> = {}): void {
    dialect = smsDialect({
      ...{ path, baudRate: 115_200, to: [LI], segments: 2, call: false, ringMs: 400, patienceMs: 5_000, clock: systemClock },
      ...{ language: "zh", timezone: "Asia/Shanghai", places: placesOf(PLACES_SITE) },
      ...change,
    });
  }
  const tell = (change: AlarmChange = raised(), sequence = 7) => dialect.send(rowFor(change, sequence), never);

  test("a life is three messages through the dispatcher, each as a phone shows it", async () => {
    const deliveries = await toldLife(dialect);
    expect(deliveries.map(({ answer }) => answer)).toEqual(["已发 1/1", "已发 1/1", "已发 1/1"]);
    const messages = decoded(modem.sent);
    expect(messages.map(([type, to, coding, validity]) => [type, to, coding, validity])).toEqual(
      Array.from({ length: 3 }, () => ["Submit", LI, "Unicode_No_Compression", "1440M"]),
    );
    expect(messages[0]?.at(-1)).toBe("[重要] 冷通道温度高 31.2 °C\n深圳一号机房 / 主机房 / 冷通道\n检查 2 号空调");
    expect(messages[2]?.at(-1)).toMatch(/^\[已恢复\]/);
  });

  test("a long one has two parts that belong together, the same at each attempt, and ends with a mark", async () => {
    const long = raised({ action: { zh: "查🔥".repeat(100), en: "x" } });
    modem.fates.push(0, 42);
    expect(await tell(long)).toEqual({ outcome: "unavailable", answer: `${LI}: +CMS ERROR 42：网络拥塞`, retryAfterMs: null });
    expect(await tell(long)).toMatchObject({ outcome: "accepted" });
    const [lost, first, second] = decoded(modem.sent);
    expect(lost).toEqual(first);
    expect([first?.slice(5, 7), second?.slice(5, 7)]).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(first?.[4]).toBe(second?.[4]);
    expect(`${first?.at(-1)}${second?.at(-1)}`).toMatch(/^\[重要\] .*查🔥查🔥.*…$/s);
  });

  test("everybody is told once, although it took two attempts; a number that is none does not stop the others", async () => {
    open({ to: [LI, "10", WANG] });
    modem.fates.push(0, 1, 41);
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining(WANG) });
    modem.fates.push(1);
    expect(await tell()).toMatchObject({ outcome: "accepted", answer: "已发 2/3; 10: +CMS ERROR 1：号码未分配" });
    expect(decoded(modem.sent).map(([, to]) => to)).toEqual([LI, WANG]);
  });

  test("a modem that speaks of itself is not of the message: with the numbers that would be for good of one it is told later", async () => {
    modem.fates.push("+CME ERROR: 10");
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: `${LI}: 调制解调器中没有 SIM 卡：请插入` });
    modem.fates.push("+CME ERROR: 30");
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("+CME ERROR 30") });
    expect(await tell()).toMatchObject({ outcome: "accepted" });
  });

  test("for good is only what is about the number or the message", async () => {
    modem.fates.push(1);
    expect(await tell()).toMatchObject({ outcome: "refused", answer: expect.stringContaining("号码未分配") });
    modem.fates.push(331);
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("无网络服务") });
  });

  test("of messages at the same time each is whole; a modem that restarts between them is set up anew", async () => {
    const sending = [1, 2, 3].map((n) => tell(raised({ incident: `i-${n}`, text: { zh: `第 ${n} 条`, en: "x" } }), n));
    expect((await Promise.all(sending)).map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "accepted"]);
    modem.restart();
    expect(await tell()).toMatchObject({ outcome: "accepted" });
    expect(decoded(modem.sent).map((one) => /第 \d 条/.exec(String(one.at(-1)))?.[0])).toEqual([
      "第 1 条",
      "第 2 条",
      "第 3 条",
      undefined,
    ]);
  });

  test("what is critical also rings; who is busy has seen it, and a clear rings nobody", async () => {
    open({ to: [LI, WANG], call: true });
    const told = await tell(raised({ severity: "critical" }));
    expect(told).toMatchObject({ outcome: "accepted", answer: `已发 2/2; ${LI}: 振铃 0.4 秒; ${WANG}: 呼叫结束：BUSY` });
    expect([modem.calls, modem.hangUps]).toEqual([[LI, WANG], 2]);
    await tell(cleared({ severity: "critical" }), 8);
    await tell(raised(), 9);
    expect(modem.calls).toHaveLength(2);
  });

  test.each(["CPINR", "CSIM"] as const)("the PIN is entered where %s says that all its tries are left", async (triesCommand) => {
    Object.assign(modem, { triesCommand, sim: { pin: "0123", tries: 3, isOpen: false } });
    open({ simPin: "0123" });
    expect(await tell()).toMatchObject({ outcome: "accepted" });
    expect(modem.pinsEntered).toEqual(["0123"]);
  });

  test("a wrong PIN is tried once, not again after a restart of the box, and not said", async () => {
    modem.sim = { pin: "0123", tries: 3, isOpen: false };
    for (const attempt of [1, 2, 3]) {
      if (attempt !== 2) open({ simPin: "9999" });
      const told = await tell();
      expect(told).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("SIM 卡拒绝了 PIN") });
      expect(told.answer).not.toContain("9999");
    }
    expect([modem.pinsEntered, modem.sim?.tries]).toEqual([["9999"], 2]);
  });

  test.each([
    ["no SIM", { sim: null }, "没有 SIM 卡"],
    ["a SIM whose PIN nobody gave", { sim: { pin: "0123", tries: 3, isOpen: false } }, "需要 PIN"],
    ["a SIM that is locked", { sim: { pin: "0123", tries: 0, isOpen: false } }, "SIM PUK"],
    ["no network", { network: 0 }, "没有注册到网络"],
    ["a network that denies", { network: 3 }, "拒绝注册"],
    ["no answer", { isDead: true }, "没有应答"],
  ])("%s is said, and the message waits", async (_, state, words) => {
    Object.assign(modem, state);
    open({ patienceMs: 100 });
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining(words) });
    expect([modem.sent, modem.pinsEntered]).toEqual([[], []]);
  });

  test("a PIN is kept to itself where the modem does not tell how many tries are left", async () => {
    Object.assign(modem, { triesCommand: "none", sim: { pin: "0123", tries: 3, isOpen: false } });
    open({ simPin: "0123" });
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("不报告 PIN 剩余次数") });
    expect(modem.pinsEntered).toEqual([]);
  });

  test("in a network of LTE alone, or abroad, it is registered all the same", async () => {
    Object.assign(modem, { isPacketOnly: true, network: 5, unsolicited: [] });
    expect(await tell()).toMatchObject({ outcome: "accepted" });
  });

  test("a port that is not there, and one that goes away, are said; when it is back the message goes", async () => {
    open({ path: join(folder, "ttyNone") });
    expect(await tell()).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("ttyNone") });
    open();
    modem.loseAnswer = true;
    const sending = tell();
    await expect.poll(() => modem.sent.length, { timeout: 60_000 }).toBe(1);
    await bridge.stop();
    expect(await sending).toMatchObject({ outcome: "unavailable" });
    modem.restart();
    modem.loseAnswer = false;
    bridge = await startPeer("socat", [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${wire.port}`], { ready: () => existsSync(path) });
    expect(await tell()).toMatchObject({ outcome: "accepted" });
  });

  test("a box that stops does not wait for the network", async () => {
    modem.network = 0;
    open({ patienceMs: 3_600_000 });
    const stop = new AbortController();
    const sending = dialect.send(rowFor(), stop.signal);
    setTimeout(() => stop.abort(), 1_000);
    expect(await sending).toMatchObject({ outcome: "unavailable" });
  });

  test("acts that are worth no letter, and damaged records, are not sent", async () => {
    const act = { kind: "note", by: "li", text: "filter is dirty", clock: null, reached: null } as const;
    const noted = rowOf({ ...eventFor({ ...raised(), cause: "update" }, 9), act });
    expect(await dialect.send(noted, never)).toMatchObject({ outcome: "accepted" });
    expect(await dialect.send({ ...rowFor(), body: "{" }, never)).toMatchObject({ outcome: "refused" });
    expect(modem.sent).toEqual([]);
  });
});
