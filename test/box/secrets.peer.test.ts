import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TargetView } from "../../firmware/contract/targets.ts";
import { describePeer, freePort } from "../peers/peer.ts";
import { everyKind, SIM_PIN } from "../upstream/every-kind.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { type Box, eventually, runBox, startBox, workFolder, writeSite } from "./box.ts";

/** A value for a query that asks for one, by its name in the description of the interface. */
const SAMPLES: Readonly<Record<string, string>> = {
  ...{ number: "1", from: "1", to: "1", period: "day", day: "2026-11-26", format: "csv", language: "en", limit: "10", month: "2026-11" },
  ...{ fromMs: "0", toMs: "4000000000000", kind: "day", device: "ups-a", point: "ups-a/battery.charge", points: "ups-a/battery.charge" },
};

describePeer("a box with a secret in every kind of target", [], () => {
  const work = workFolder();
  const data = join(work.path, "data");
  const secrets = new Map<string, string>([["sim pin", SIM_PIN]]);
  const secret = (name: string, length: number): string => {
    const made = createHash("sha256").update(name).digest("hex").slice(0, length);
    secrets.set(name, made);
    return made;
  };
  /** It says back all that it was told, and refuses: nobody should know more by that. */
  const receiver = new HttpReceiver(({ url, headers, body }) => ({
    status: 400,
    body: `${url} ${headers.authorization} ${headers["x-sn-apikey"]} ${headers["x-key"]} ${body}`,
  }));
  const stranger = createServer((socket) => socket.on("error", () => undefined).end("no\r\n"));
  let box: Box;
  let file = "";

  function siteText(generation: string): string {
    const at = stranger.address();
    const port = typeof at === "object" && at !== null ? at.port : 0;
    const named = (name: string, length: number): string => secret(`${generation} ${name}`, length);
    return `site: { id: sz1, name: Room }
areas: [{ id: r1, name: Room }]
buses:
  - { id: card, kind: snmp, host: 127.0.0.1, port: ${agentPort}, timeout: 200ms, retries: 0, community: ${named("community", 20)} }
  - { id: card-3, kind: snmp, host: 127.0.0.1, port: ${agentPort}, timeout: 200ms, retries: 0, version: 3, user: u, authKey: ${named("authKey", 20)}, privKey: ${named("privKey", 20)} }
devices:
  - { id: ups-a, area: r1, bus: card, profile: ups/ietf-rfc1628 }
  - { id: ups-b, area: r1, bus: card-3, profile: ups/ietf-rfc1628 }
${everyKind({ url: receiverUrl, host: "127.0.0.1", port, secret: named })}`;
  }
  let [receiverUrl, agentPort] = ["", 0];

  beforeAll(async () => {
    receiverUrl = await receiver.listen();
    agentPort = await freePort();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    file = writeSite(work.path, siteText("first"));
    box = await startBox(file, data, { role: "administrator" });
  });
  afterAll(async () => {
    await box?.peer.stop();
    await receiver.close();
    stranger.close();
    work.dispose();
  });

  function expectNoSecret(where: string, said: string): void {
    for (const [name, value] of secrets) expect(said.includes(value), `${name} in ${where}`).toBe(false);
  }

  test("tells them all, and says none of it: not in its log, its interface, its metrics, its documents, nor in what commands print", {
    timeout: 180_000,
  }, async () => {
    // Every target has answered, whatever it was.
    const answered = async (): Promise<readonly TargetView[]> => (await box.get<{ targets: TargetView[] }>("/api/v1/targets")).targets;
    await eventually(answered, (targets) => targets.length === 18 && targets.every(({ answeredMs }) => answeredMs !== null), 90_000);
    writeSite(
      work.path,
      `${siteText("second")}  - { id: wrong, kind: mail, password: ${secret("wrong", 20)}, secret:${secret("lost", 20)} }\n`,
    );
    process.kill(box.peer.pid, "SIGHUP");
    await eventually(
      () => box.peer.output(),
      (output) => output.includes("targets[18]"),
    );
    writeSite(work.path, siteText("third"));
    process.kill(box.peer.pid, "SIGHUP");
    await eventually(
      // In between nobody listens.
      () => box.get<{ revisions: unknown[] }>("/api/v1/configuration/revisions").catch(() => ({ revisions: [] })),
      ({ revisions }) => revisions.length === 2,
    );

    const asked = await everyAnswer();
    expect(asked.filter(({ status }) => status === 200).length).toBeGreaterThan(30);
    for (const { path, text } of asked) expectNoSecret(path, text);
    // `configuration show` and `diff` are for who has the data folder: they have the secrets.
    for (const args of [
      ["check", file],
      ["targets", "try", "ups-a", "--site", file],
      ["rules", "--site", file],
      ["configuration", "list", "--data", data],
      [
        "export",
        "inspection",
        "--day",
        new Date().toISOString().slice(0, 10),
        "--site",
        file,
        "--data",
        data,
        "-o",
        join(work.path, "out"),
      ],
    ]) {
      const { output } = runBox(args);
      expect(output.length, args.join(" ")).toBeGreaterThan(20);
      expectNoSecret(args.join(" "), output);
    }
    await box.peer.stop();
    expectNoSecret("the log", box.peer.output());
    // What a site file says is kept with it, readable by the box alone; nothing else keeps it.
    for (const entry of readdirSync(data, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && !/configuration/.test(join(entry.parentPath, entry.name)))
        expectNoSecret(entry.name, readFileSync(join(entry.parentPath, entry.name), "latin1"));
  });

  /** Every address that is only read, as the interface describes itself, and the metrics. */
  async function everyAnswer(): Promise<readonly { readonly path: string; readonly status: number; readonly text: string }[]> {
    const headers = { authorization: `Bearer ${box.token}` };
    const described = (await (await fetch(`${box.url}/api/openapi.json`, { headers })).json()) as {
      readonly paths: Readonly<
        Record<string, { readonly get?: { readonly parameters?: readonly { name: string; required?: boolean }[] } }>
      >;
    };
    const incident = (await box.incidents())[0]?.id ?? "";
    const paths = Object.entries(described.paths).flatMap(([path, { get }]) => {
      if (get === undefined) return [];
      const asked = (get.parameters ?? []).filter(({ name, required }) => required === true && SAMPLES[name] !== undefined);
      const query = new URLSearchParams(asked.map(({ name }) => [name, SAMPLES[name] ?? ""]));
      return [`${path.replace("{id}", incident)}?${query}`];
    });
    return Promise.all(
      ["/metrics", "/api/openapi.json", ...paths].map(async (path) => {
        const response = await fetch(`${box.url}${path}`, { headers });
        return { path, status: response.status, text: Buffer.from(await response.arrayBuffer()).toString("latin1") };
      }),
    );
  }
});
