import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";
import { causeOf } from "../../provisioning/stick/causes.ts";
import { giveReceipt, keepReceipt, readReceipt, receiptOf } from "../../provisioning/stick/receipt.ts";
import type { Report } from "../../provisioning/stick/report.ts";
import { NOW, probeOf, SERIAL, silent } from "./stick-stage.ts";

let work: string;
const at = (...parts: string[]): string => join(work, ...parts);
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-receipt-"));
  mkdirSync(at("stick", "roomward"), { recursive: true });
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const report = (change: Partial<Report> = {}): Report => ({
  verdict: "kept",
  words: [{ zh: "已安装。", en: "Installed." }],
  box: { serial: SERIAL, macs: ["02:42:ac:11:00:07"] },
  row: { box: SERIAL, name: "深圳一号", file: "site-1.sealed" },
  bundle: { id: "one", issued: NOW, signer: "office (aaaa)" },
  difference: [],
  devices: [],
  notes: [],
  startedAtMs: NOW,
  endedAtMs: NOW + 60_000,
  clockTrusted: true,
  timezone: "Asia/Shanghai",
  ...change,
});
const html = (change: Partial<Report>): string => receiptOf(report(change), "0.1.0").html;

describe("a receipt", () => {
  test("says in both languages which box, which bundle, when, and what came of it", () => {
    const page = html({});
    for (const words of ["已安装", "Installed", "深圳一号", SERIAL, "office (aaaa)", "2026-11-22 16:01 Asia/Shanghai"])
      expect(page).toContain(words);
    expect(page).not.toContain("not set");
    expect(html({ clockTrusted: false })).toContain("the clock of the box is not set");
  });

  test("puts who needs somebody first, with a shape and a word", () => {
    const page = html({ devices: [probeOf(), silent({ device: "th-9" }), probeOf({ device: "th-5", good: 0 })] });
    const order = ["✖ ", "▲ ", "✔ "].map((shape) => page.indexOf(shape, page.indexOf("<tbody>")));
    expect(page.indexOf("th-9")).toBeLessThan(page.indexOf("th-1 ·"));
    expect(order.every((place) => place > 0)).toBe(true);
  });

  test("shows names as they are written, whatever they contain", () => {
    const name = '<script>alert(1)</script> & "x"';
    const page = html({ devices: [probeOf({ name: { zh: name, en: name } })], row: { box: SERIAL, name, file: "site-1.sealed" } });
    expect(page).not.toContain("<script>");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;");
  });

  test("lies on the stick for people and programs, and once per box beside it", async () => {
    expect(await giveReceipt(at("stick"), receiptOf(report(), "0.1.0"))).toBeNull();
    expect(await giveReceipt(at("stick"), receiptOf(report({ box: { serial: null, macs: ["02:42:ac:11:00:08"] } }), "0.1.0"))).toBeNull();
    expect(readdirSync(at("stick")).sort()).toEqual(["receipt.html", "receipt.json", "receipts", "roomward"]);
    expect(readdirSync(at("stick", "receipts")).sort()).toEqual([
      "02-42-ac-11-00-08.html",
      "02-42-ac-11-00-08.json",
      `${SERIAL}.html`,
      `${SERIAL}.json`,
    ]);
    expect(JSON.parse(readFileSync(at("stick", "receipts", `${SERIAL}.json`), "utf8"))).toMatchObject({ format: 1, verdict: "kept" });
  });

  test("follows no link that somebody put on the stick", async () => {
    writeFileSync(at("shadow"), "root:x");
    for (const name of ["receipt.html", "receipt.html.new", "receipt.json"]) symlinkSync(at("shadow"), at("stick", name));
    expect(await giveReceipt(at("stick"), receiptOf(report(), "0.1.0"))).toBeNull();
    expect(readFileSync(at("shadow"), "utf8")).toBe("root:x");
    expect(readFileSync(at("stick", "receipt.html"), "utf8")).toContain("Installed");
    rmSync(at("stick", "receipts"), { recursive: true });
    mkdirSync(at("elsewhere"));
    symlinkSync(at("elsewhere"), at("stick", "receipts"));
    expect((await giveReceipt(at("stick"), receiptOf(report(), "0.1.0")))?.en).toMatch(/receipts is not a folder/);
    expect(readdirSync(at("elsewhere"))).toEqual([]);
  });

  test("is not written where the stick was", async () => {
    rmSync(at("stick", "roomward"), { recursive: true });
    expect((await giveReceipt(at("stick"), receiptOf(report(), "0.1.0")))?.en).toMatch(/the stick is gone.*keeps the receipt/);
    expect(existsSync(at("stick", "receipt.html"))).toBe(false);
  });

  test("is kept on the box, and the same when it is read again; a damaged one counts as none", async () => {
    const receipt = receiptOf(report(), "0.1.0");
    expect(await readReceipt(at("state"))).toBeNull();
    await keepReceipt(at("state"), receipt);
    expect(await readReceipt(at("state"))).toEqual(receipt);
    writeFileSync(at("state", "receipt.json"), "{");
    expect(await readReceipt(at("state"))).toBeNull();
  });
});

describe("what silence means for who stands in front of it", () => {
  const rtu = { busKind: "modbus-rtu" as const, wire: "/dev/ttyUSB0", settings: "9600 8N1", unit: 3 };
  const says = (probe: DeviceProbe, ...others: DeviceProbe[]): string => causeOf(probe, [probe, ...others]).en;

  test.each([
    [
      "a whole line: polarity first",
      silent(rtu),
      /Nobody on this bus \(\/dev\/ttyUSB0\) answers \(9600 8N1\): swap A and B \(polarity\) first/,
    ],
    [
      "damaged answers: rate, termination, two with one address",
      silent({ ...rtu, reason: "garbled" }),
      /baud rate and parity.*two devices have address 3/,
    ],
    ["another's answer: two with one address", silent({ ...rtu, reason: "foreign" }), /two devices with address 3, or a second master/],
    ["too short an answer", silent({ ...rtu, reason: "short" }), /too short: compare the profile/],
    ["no adapter", silent({ ...rtu, reason: "adapterMissing" }), /There is no \/dev\/ttyUSB0: see that the serial adapter is plugged in/],
    ["no network path", silent({ reason: "adapterMissing" }), /127\.0\.0\.1:1502 cannot be reached: look at the cable/],
    ["a closed port", silent({ reason: "refused" }), /refuses the connection: compare the port/],
    ["an SNMP user that is not known", silent({ busKind: "snmp", reason: "refused" }), /SNMP user, level, protocols and keys/],
    ["an SNMP agent that is silent", silent({ busKind: "snmp" }), /community or user.*UDP 161/],
    [
      "a gateway with nobody behind it",
      silent({ reason: "exception" }),
      /The gateway 127\.0\.0\.1:1502 answers, the device with address 1 behind it does not/,
    ],
    ["a connection without an answer", silent(), /takes the connection but does not answer: compare the unit \(expected 1\)/],
    [
      "a UPS on a line of its own: its cable, and who else talks to it",
      silent({ busKind: "megatec", wire: "/dev/ttyS0", settings: "2400 8N1", unit: null }),
      /The UPS at \/dev\/ttyS0 does not answer \(2400 8N1\): use the serial cable that came with it/,
    ],
    [
      "a meter: polarity, speed, and the number on its label",
      silent({ busKind: "dlt645-2007", wire: "/dev/ttyS1", settings: "2400 8E1", unit: "000000000161" }),
      /polarity.*address 000000000161/,
    ],
    [
      "a reader that wants a secure channel",
      probeOf({ busKind: "osdp", good: 0, reason: "refused" }),
      /over a secure channel only.*unencrypted \(install\) mode/,
    ],
    ["a device that says who it is", probeOf({ identity: "vendor A1A2A3" }), /^Answers; 2 points have a value\. vendor A1A2A3$/],
    ["an APC on the wrong cable", silent({ busKind: "upslink", wire: "/dev/ttyS0", reason: "refused" }), /940-0024C/],
    [
      "a port without an adapter",
      silent({ busKind: "yd1363", wire: "/dev/ttyUSB9", reason: "adapterMissing" }),
      /There is no \/dev\/ttyUSB9/,
    ],
    [
      "a probed service that is down: what came instead",
      probeOf({ busKind: "probe", wire: "10.0.0.5:6379", down: true, good: 2, detail: "10.0.0.5: refused, ECONNREFUSED" }),
      /^Is down \(10\.0\.0\.5:6379\): 10\.0\.0\.5: refused, ECONNREFUSED\. See that the service runs/,
    ],
    [
      "a name without an address",
      silent({ busKind: "probe", wire: "db-1:6379", reason: "unresolved", detail: "db-1: ENOTFOUND: DNS does not know the name" }),
      /The host name has no address \(db-1:6379; .*DNS server of this box/,
    ],
    [
      "a box without ping",
      silent({ busKind: "probe", wire: "10.0.0.5", reason: "cannotAsk", detail: "10.0.0.5: there is no program ping" }),
      /This box cannot ask: .*Install iputils-ping/,
    ],
    ["no turn", silent({ asked: false }), /Not asked, the time ran out/],
    ["an answer without a value: the profile", probeOf({ good: 0 }), /the profile is wrong/],
    ["some values", probeOf({ good: 1, missing: ["ambient.humidity"] }), /1 of 2 points have a value, but not ambient\.humidity/],
    ["all that its family has", probeOf({ points: 42, good: 27 }), /^Answers; 27 points have a value\.$/],
  ])("%s", (_name, probe, words) => {
    expect(says(probe)).toMatch(words);
    expect(causeOf(probe, [probe]).zh).toMatch(/\p{Script=Han}/u);
  });

  test("one device while the others on its line answer: its address, its power, its wires", () => {
    expect(says(silent(rtu), probeOf({ ...rtu, device: "th-2", unit: 2 }))).toMatch(/Others on this bus answer.*address \(expected 3\)/);
    expect(says(silent(rtu), probeOf({ ...rtu, device: "th-2", bus: "another" }))).toMatch(/polarity/);
  });
});
