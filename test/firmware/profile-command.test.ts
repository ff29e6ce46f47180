import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Words } from "../../firmware/contract/alarm.ts";
import { profileCommand } from "../../firmware/profiles/command.ts";

const PROBE = `protocol: modbus
class: sensor
maker: Acme
family: X
label: { zh: 艾克米探头, en: Acme probe }
source: ["Acme X manual, page 7"]
points:
  ambient.temperature: { table: input, address: 0, type: s16, scale: 0.1, absent: [32767] }
  ambient.humidity: { table: input, address: 1, scale: 0.1, absent: [65535] }
`;
const WORDS = {
  profile: "sensor/acme-x",
  story: "loading dock, winter night, humidity cell unplugged",
  blocks: [{ table: "input", address: 0, words: [65_436, 65_535] }],
};

let folder: string;
let printed: string[];
let said: Words[];
let failed: Words[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-profile-"));
  mkdirSync(join(folder, "sensor"));
  [printed, said, failed] = [[], [], []];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, content: string | object): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return file;
};
const run = (...rest: readonly string[]) =>
  profileCommand(
    rest,
    { json: false },
    {
      pace: { monotonicMs: () => 0, sleep: async () => {} },
      print: (lines) => printed.push(...lines.split("\n")),
      say: (words) => said.push(words),
      fail: (words) => failed.push(words),
    },
  );

describe("roomward profile check", () => {
  test("says of a right file where it belongs", async () => {
    expect(await run("check", put("sensor/acme-x.yaml", PROBE))).toBe("done");
    expect(said[0]?.en).toContain("is right: Acme probe, 2 points. Put into DATA/profiles/sensor/ it can be used.");
    expect(said[0]?.zh).toContain("正确：艾克米探头，2 个测点");
  });

  test("says every problem of every file, in both languages, with file and line", async () => {
    const wrong = put("sensor/wrong.yaml", PROBE.replace("ambient.humidity", "ambient.humidty").replace("type: s16", "type: int16"));
    expect(await run("check", put("sensor/acme-x.yaml", PROBE), wrong, join(folder, "none.yaml"))).toBe("failed");
    expect(failed.map(({ en }) => en)).toEqual([
      `${wrong}:8:58 points.ambient.temperature.type: expected one of bit, u16, s16, u32, s32, u64, s64, f32, f64, found \`int16\``,
      expect.stringContaining(
        `${wrong}:9:20 points.ambient.humidty: \`ambient.humidty\` is not a name of the vocabulary; did you mean ambient.humidity`,
      ),
      expect.stringContaining("cannot be read"),
    ]);
    expect(failed[0]?.zh).toContain("应为bit、u16");
    expect(failed[1]?.zh).toContain("词表中没有测点 `ambient.humidty`；是否想用 ambient.humidity");
  });

  test("without a file, or with another word, shows how it is used", async () => {
    expect(await run("check")).toBe("usage");
    expect(await run("proof", "x")).toBe("usage");
  });
});

describe("roomward profile test", () => {
  test("shows point, value, quality of raw words, and agrees with what a person saw", async () => {
    const recording = put("dock.json", { ...WORDS, expect: { "ambient.temperature": -10, "ambient.humidity": null } });
    expect(await run("test", put("sensor/acme-x.yaml", PROBE), recording)).toBe("done");
    expect(printed).toEqual(["ambient.temperature  -10 °C  good", "ambient.humidity     -       sentinel"]);
  });

  test("fails where a person saw something else, or a point that the profile does not have", async () => {
    const recording = put("dock.json", { ...WORDS, expect: { "ambient.temperature": -9, "ambient.co2": 400 } });
    expect(await run("test", put("sensor/acme-x.yaml", PROBE), recording)).toBe("failed");
    expect(printed.join("\n")).toContain("≠ -9");
    expect(failed[0]?.en).toBe("2 points differ from what a person saw.");
  });

  test("plays a shipped profile by its name, and an agent's recording, all rows", async () => {
    const recording = put(
      "pdu.snmprec",
      "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.17095\n1.3.6.1.4.1.17095.3.2.0|4|27.53\n1.3.6.1.4.1.17095.3.10.0|4|DRY\n",
    );
    expect(await run("test", "sensor/serverscheck", recording)).toBe("done");
    expect(printed.some((line) => /^ambient\.1\.temperature +27\.53 °C +good$/.test(line))).toBe(true);
    expect(printed.some((line) => /^leak\.detected +dry +good$/.test(line))).toBe(true);
  });

  test("says which profiles recordings are for", async () => {
    expect(await run("test", "ups/megatec-q1", put("x.snmprec", ""))).toBe("failed");
    expect(failed[0]?.en).toContain("ups/megatec-q1 speaks megatec: recordings are played against profiles of Modbus and SNMP only");
  });

  test("says when the recording is of another family, and fails when nothing has a value", async () => {
    const recording = put("probe.snmprec", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.17095\n1.3.6.1.4.1.17095.3.2.0|4|27.53\n");
    expect(await run("test", "ups/eaton-xups", recording)).toBe("failed");
    expect(said[0]?.en).toBe("The recording's sysObjectID 1.3.6.1.4.1.17095 belongs to: sensor/serverscheck");
    expect(failed[0]?.en).toContain("No point has a value");
  });

  test("explains a recording that is none, line by line", async () => {
    expect(
      await run(
        "test",
        "sensor/xy-md02",
        put(
          "bad.json",
          '{\n  "profile": "sensor/xy-md02",\n  "story": "s",\n  "blocks": [{ "table": "inputs", "address": 1, "words": [1] }]\n}',
        ),
      ),
    ).toBe("failed");
    expect(failed[0]?.en).toContain("bad.json:4:");
    failed = [];
    expect(await run("test", "ups/eaton-xups", put("bad.snmprec", "1.3.1.0|2|5\nrubbish\n"))).toBe("failed");
    expect(failed[0]?.en).toContain("bad.snmprec:2: expected `OID|TAG|VALUE`");
  });

  test("an unknown profile is answered with the near one", async () => {
    expect(await run("test", "sensor/xymd02", put("dock.json", WORDS))).toBe("failed");
    expect(failed[0]?.en).toContain("did you mean sensor/xy-md02");
  });
});
