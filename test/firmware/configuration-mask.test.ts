import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linesBetween } from "../../firmware/configuration/lines.ts";
import { masked, unmasked } from "../../firmware/configuration/mask.ts";
import { MASK } from "../../firmware/contract/configuration.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { siteOf } from "./configuration-site.ts";

const SECRETS = [
  "quoted, with a comma",
  "it's one",
  "plain0123456789abcdef",
  "block secret of lines",
  "in-a-comment",
  "old-one",
  "robot-key-1",
];
const TEXT = siteOf(
  "m",
  `  # - { id: old, kind: snmp, community: in-a-comment }
targets:
  - { id: a, kind: webhook, url: "https://chat.example/send?key=robot-key-1", secret: "quoted, with a comma" } # password: old-one
  - id: b
    kind: webhook
    url: https://b.example/
    secret: |
      block secret of lines
      and more of it
  - { id: c, kind: mail, host: m.example, user: u, password: 'it''s one', from: u@m.example, to: [u@m.example] }
  - { id: d, kind: request-tracker, url: https://rt.example, token: plain0123456789abcdef, queue: q }
`.replaceAll("it's", "it''s"),
);

function textOf(sent: string, base = TEXT): string {
  const found = unmasked(sent, base);
  if ("problems" in found) throw new Error(found.problems.map(({ message }) => message.en).join("\n"));
  return found.text;
}
const paths = (sent: string): readonly string[] => {
  const found = unmasked(sent, TEXT);
  return "problems" in found ? found.problems.map(({ path }) => path) : [];
};

test.each(["kind: pagerduty, routingKey: the-secret-9876543210", "kind: jira-service-management, apiKey: the-secret-9876543210"])(
  "the key of a target { %s } is a secret",
  (fields) => {
    const text = siteOf("k", `targets:\n  - { id: t, ${fields} }\n# ${fields}\n`);
    expect(masked(text)).not.toContain("the-secret");
    expect(textOf(masked(text), text)).toBe(text);
  },
);

describe("a target with several addresses", () => {
  const entry = (urls: string, password = "pw-of-all") =>
    siteOf("m", `targets:\n  - { id: am, kind: alertmanager, urls: [${urls}], user: u, password: ${password} }\n`);
  const base = entry('"http://am-1:9093", "http://am-2:9093/path-secret"');

  test("shows their hosts and no secret", () => {
    expect(masked(base)).toContain(`["http://am-1:9093", http://am-2:9093/${MASK}]`);
    expect(masked(base)).not.toMatch(/pw-of-all|path-secret/);
    expect(textOf(masked(base), base)).toBe(base);
  });

  test("keeps its password for all of the same addresses only", () => {
    const sent = masked(base).replace("am-1", "evil");
    expect(unmasked(sent, base)).toMatchObject({ problems: [{ path: "targets[0].password" }] });
  });
});

describe("a text with its secrets masked", () => {
  test("is a good site file's text without any of them, in values, addresses and comments", () => {
    expect(loadSite(TEXT)).toHaveProperty("site");
    for (const secret of SECRETS) expect(masked(TEXT)).not.toContain(secret.replace("'", "''"));
    expect(masked(TEXT)).not.toContain("it''s one");
    expect(masked(TEXT)).toContain(`url: https://chat.example/${MASK}`);
    expect(masked(TEXT)).toContain("url: https://b.example/");
  });

  test("comes back with every secret where it was, and means the same", () => {
    const back = loadSite(textOf(masked(TEXT)));
    const original = loadSite(TEXT);
    expect("site" in back && back.site.targets).toEqual("site" in original && original.site.targets);
    expect(textOf(masked(TEXT))).toContain("# - { id: old, kind: snmp, community: in-a-comment }");
  });

  test("keeps a secret by the id of its entry, wherever the entry moves", () => {
    const lines = masked(TEXT).trimEnd().split("\n");
    const last = lines.splice(-1);
    const moved = [...lines.slice(0, lines.indexOf("targets:") + 1), ...last, ...lines.slice(lines.indexOf("targets:") + 1)].join("\n");
    const back = loadSite(textOf(`${moved}\n`));
    const tokens = "site" in back ? back.site.targets.map((target) => "token" in target && target.token) : [];
    expect(tokens[0]).toBe("plain0123456789abcdef");
  });

  test("takes a new secret in place of a mask", () => {
    const changed = masked(TEXT).replace(`secret: ${MASK} } #`, "secret: brand-new-0123456789 } #");
    expect(textOf(changed)).toContain("secret: brand-new-0123456789");
  });

  test.each([
    ["another host for the address", "https://chat.example", "https://evil.example", ["targets[0].url", "targets[0].secret"]],
    ["another mail server", "m.example, user", "evil.example, user", ["targets[2].password"]],
    ["mail without its encryption", "host: m.example,", "host: m.example, security: none,", ["targets[2].password"]],
    ["another entry", "id: d,", "id: e,", ["targets[3].token"]],
    ["a name that everybody sees", 'name: "Room m"', `name: ${MASK}`, ["site.name"]],
    ["another comment", `# ${MASK} 1`, `# ${MASK} 7`, ["#"]],
  ])("never gives a secret to %s", (_, from, to, wrong) => {
    const sent = masked(TEXT).replace(from, to);
    expect(sent).not.toBe(masked(TEXT));
    expect(paths(sent)).toEqual(wrong);
  });

  test("never gives a secret away through an anchor", () => {
    const sent = masked(TEXT).replace(`token: ${MASK}`, `token: &t ${MASK}`).replace("queue: q", "queue: *t");
    expect(paths(sent)).toEqual(["targets[3].token"]);
  });

  test("a problem behind a secret stands where it was sent, not where it is with the secret", () => {
    const sent = masked(TEXT).replace("queue: q", "queue: q, colour: red");
    const found = unmasked(sent, TEXT);
    if ("problems" in found) throw new Error("the masks are right");
    const loaded = loadSite(found.text);
    const [problem] = "problems" in loaded ? loaded.problems.map(found.asSent) : [];
    const line = sent.split("\n").findIndex((text) => text.includes("colour"));
    expect(problem).toMatchObject({ line: line + 1, column: (sent.split("\n")[line] ?? "").indexOf("red") + 1 });
  });

  test("whatever the secrets are: none is seen, all come back", () => {
    const secret = fc
      .string({ unit: "grapheme", minLength: 16, maxLength: 60 })
      .filter((text) => !text.includes("•") && text.trim() !== "");
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 5 }), (secrets) => {
        const text = siteOf(
          1,
          `targets:\n${secrets.map((one, n) => `  - { id: t${n}, kind: webhook, url: "https://h${n}.example", secret: ${JSON.stringify(one)} }\n`).join("")}`,
        );
        expect(masked(text).match(new RegExp(MASK, "g"))?.length).toBe(secrets.length);
        expect(textOf(masked(text), text)).toBe(text);
      }),
    );
  });
});

describe("lines of a difference", () => {
  test("add up to both texts", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "", "d e"), { maxLength: 40 })
      .map((lines) => lines.map((line) => `${line}\n`).join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { lines } = linesBetween(before, after);
        const left = lines.reduce((sum, { kind, text: count }) => sum + (kind === "skip" ? Number(count) : kind === "added" ? 0 : 1), 0);
        const right = lines.reduce((sum, { kind, text: count }) => sum + (kind === "skip" ? Number(count) : kind === "removed" ? 0 : 1), 0);
        expect([left, right]).toEqual([before, after].map((whole) => whole.split("\n").length - 1));
        for (const { kind, text: shown, before: n } of lines)
          if (kind === "removed" || kind === "same") expect(before.split("\n")[(n ?? 0) - 1]).toBe(shown);
      }),
    );
  });

  test("of two texts of a mebibyte that have nothing in common come at once, cut and said", () => {
    const noise = (seed: string): string => Array.from({ length: 30_000 }, (_, n) => `${seed}${n * 7}`).join("\n");
    const startedAt = performance.now();
    const { lines, cut } = linesBetween(noise("x"), noise("y"));
    expect([lines.length, cut]).toEqual([4_000, true]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
