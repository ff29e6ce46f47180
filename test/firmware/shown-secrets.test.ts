import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { masked, unmasked } from "../../firmware/configuration/mask.ts";
import { differenceOf } from "../../firmware/site/difference.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { siteOf } from "./configuration-site.ts";

const said = (text: string): readonly string[] => {
  const loaded = loadSite(text);
  return "problems" in loaded ? loaded.problems.flatMap(({ path, message }) => [`${path}: ${message.en}`, `${path}: ${message.zh}`]) : [];
};
const target = (entry: string): string => siteOf("s", `targets:\n  - ${entry}\n`);

describe("a problem", () => {
  test.each([
    [
      "a wrong address",
      '{ id: a, kind: webhook, url: "ftp://user:pw-secret@h/x?key=pw-secret", secret: 0123456789abcdefgh }',
      /found `ftp:\/\/h`$/,
    ],
    ["a text in place of an entry", '"secret: pw-secret"', /found a text$/],
    [
      "an entry's text with the mark of a pair",
      '{ id: a, kind: mail, host: h, from: "password=pw-secret", to: [a@b.example] }',
      /found a text$/,
    ],
    ["a key that lost its space", "{ id: a, kind: syslog, host: h, secret:pw-secret }", /unknown key `…`/],
    ["an alias that was meant as a secret", "{ id: a, kind: syslog, host: h, secret: *pw-secret }", /Unresolved alias/],
    ["a tag that was meant as a secret", "{ id: a, kind: syslog, host: h, secret: !a!pw-secret x }", /Could not resolve tag$/],
  ])("with %s says no secret", (_, entry, words) => {
    const problems = said(target(entry));
    expect(problems.join("\n")).toMatch(new RegExp(words.source, "m"));
    expect(problems.join("\n")).not.toContain("pw-secret");
  });

  test("of an ordinary wrong value still shows it", () => {
    expect(said(target("{ id: t, kind: syslog, host: m, transport: pigeon }")).join("\n")).toContain("found `pigeon`");
  });
});

describe("a comment", () => {
  test.each([
    ["below the name of a secret", "# password:\n#   hunter2\n"],
    ["above the name of a secret", "  # hunter2\n  # is the token\n"],
    ["below the name behind a value", "exports: {} # 密码\n# hunter2\n"],
    ["with an old address", "# old: https://robot/send?key=hunter2\n"],
    ["with a user in an address", "# see https://me:hunter2@robot\n"],
  ])("%s is hidden and comes back", (_, comment) => {
    const text = siteOf("c", comment);
    const sent = masked(text);
    expect(sent).not.toContain("hunter2");
    expect(unmasked(sent, text)).toMatchObject({ text });
  });

  test("of another block, or with the host of an address only, is shown", () => {
    const text = siteOf("c", "# password: x\n\n# the cold aisle\n# of https://wiki.example/\n");
    expect(masked(text)).toContain("# the cold aisle\n# of https://wiki.example/\n");
  });
});

test("a difference shows a nested address as its host", () => {
  const before = "devices: [{ id: a, options: { list: [{ url: 'https://me:pw-secret@h/x' }] } }]";
  const [line] = differenceOf(before, before.replace("/x", "/pw-secret"));
  expect(line?.en).toBe('device a changes: options {"list":[{"url":"https://h"}]} → {"list":[{"url":"https://h"}]}');
});

test("two entries of the same id keep their own secrets until one of them is renamed", () => {
  const text = siteOf("s", "targets:\n  - { id: a, kind: webhook, url: https://one/x }\n  - { id: a, kind: webhook, url: //two/y }\n");
  const sent = masked(text);
  expect(sent).not.toMatch(/one\/x|two\/y/);
  expect(unmasked(sent, text)).toMatchObject({ text });
});

/** Sections of a site file, good and bad, with a secret in every place where one may stand. */
const secretHolder = (secret: string): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    holder: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom("secret", "authKey", "privKey", "community", "password", "token").map((key) => ({ [key]: secret })),
      fc.constantFrom("secret", "password").map((key) => ({ [key]: [secret, { any: secret }] })),
      fc.constantFrom(`secret: ${secret}`, `password=${secret}`, `"token" : ${secret}`, `${secret} 密码：${secret}`),
      fc.constantFrom("url", "host", "name").map((key) => ({ [key]: `https://u:${secret}@h/${secret}?k=${secret}#${secret}` })),
      fc.constantFrom(secret, `//h/${secret}`).map((url) => ({ url })),
      fc.constant({ note: `was ftp://h/${secret} before` }),
      fc.array(tie("holder"), { minLength: 1, maxLength: 3 }),
      fc
        .tuple(
          fc.constantFrom("id", "kind", "options", "profile", "bus", "to", "room"),
          tie("holder"),
          fc.constantFrom("mail", "webhook", "snmp"),
        )
        .map(([key, inner, kind]) => ({ id: "a", kind, [key]: inner })),
    ),
  })).holder;

test("whatever a site file holds, no problem, difference, audit line or masked text shows a secret of it", () => {
  const secret = "Hunter2Zq9";
  const sections = fc.dictionary(
    fc.constantFrom("site", "areas", "buses", "devices", "rules", "targets", "network", "access", "profiles", "more"),
    secretHolder(secret),
    { minKeys: 1 },
  );
  const comment = fc.constantFrom("", `# token:\n# ${secret}\n`, `# https://h/${secret}\n`);
  fc.assert(
    fc.property(sections, sections, comment, (former, next, remark) => {
      const [before, after] = [former, next].map((one) => `${remark}${JSON.stringify(one, null, 1)}\n`) as [string, string];
      const changes = differenceOf(before, after).flatMap(({ zh, en }) => [zh, en]);
      // The audit detail is made of the difference.
      for (const shown of [...said(before), ...said(after), ...changes, masked(before)])
        expect(shown.toLowerCase()).not.toContain(secret.toLowerCase());
      expect(unmasked(masked(before), before)).toMatchObject({ text: before });
    }),
    { numRuns: 500 },
  );
});
