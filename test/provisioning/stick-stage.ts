import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Changed, ConfigurationStore } from "../../firmware/configuration/store.ts";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { newKeys, readPlannerKey } from "../../provisioning/stick/keys.ts";
import { type MakeOptions, makeBundle } from "../../provisioning/stick/make.ts";
import type { ProvisionOptions } from "../../provisioning/stick/provision.ts";
import type { Act, Machine } from "../../provisioning/stick/report.ts";

export const NOW = Date.UTC(2026, 10, 22, 8, 0, 0);
export const SECRET = "a secret of this bundle 17";
export const SERIAL = "RW-2026-0007";
export const OTHER_MAC = "02:42:ac:11:00:09";

/** A room as a planner writes it; `{{…}}` comes from the table of boxes. */
export const TEMPLATE = `site: { id: "{{site}}", name: "{{name}}" }
areas:
  - { id: {{area}}, name: Room }
buses:
  - { id: line, kind: modbus-tcp, host: 127.0.0.1, port: 1502 }
devices:
  - { id: th-1, area: {{area}}, bus: line, unit: 1, profile: sensor/xy-md02 }
  - { id: th-2, area: {{area}}, bus: line, unit: 2, profile: sensor/xy-md02 }
targets:
  - { id: itsm, kind: webhook, url: "https://itsm.example/hook", secret: "${SECRET}" }
`;
export const TABLE = `box,name,site,area\n${SERIAL},深圳一号机房,sz1,cold-aisle\n${OTHER_MAC.toUpperCase()},Shenzhen 2,sz2,hall\n`;

/** The file that was on the box before. */
export const FORMER = TEMPLATE.replaceAll("{{site}}", "old").replaceAll("{{name}}", "Old").replaceAll("{{area}}", "room");

/** A planner's office and a box, in one folder; `isNew` false finds them as they were left. */
export function stageIn(work: string, isNew = true) {
  const at = (...parts: string[]): string => join(work, ...parts);
  const siteFile = at("etc", "site.yaml");
  if (isNew) {
    mkdirSync(at("etc", "trusted.d"), { recursive: true });
    mkdirSync(at("office"), { recursive: true });
    writeFileSync(at("office", "site.yaml"), TEMPLATE);
    writeFileSync(at("office", "boxes.csv"), TABLE);
    writeFileSync(siteFile, FORMER);
    beBox(at("box"), SERIAL, []);
  }
  return {
    at,
    siteFile,
    stick: at("stick"),
    /** Makes keys; the box trusts them. */
    async trust(name = "office"): Promise<void> {
      await newKeys(at("office", name), null);
      writeFileSync(at("etc", "trusted.d", `${name}.trust`), readFileSync(at("office", `${name}.trust`)));
    },
    async make(change: Partial<MakeOptions> = {}, key = "office") {
      const keyFile = at("office", `${key}.key`);
      const given = { siteFile: at("office", "site.yaml"), boxesFile: at("office", "boxes.csv"), output: at("stick") };
      const planner = await readPlannerKey(keyFile, async () => "");
      return makeBundle({ ...given, keyFile, key: planner, version: "0.1.0", nowMs: NOW, id: randomUUID(), ...change });
    },
    options(change: Partial<ProvisionOptions> = {}): ProvisionOptions {
      const given = { directory: at("stick"), siteFile, trusted: at("etc", "trusted.d"), machineRoot: at("box"), dryRun: false };
      return { ...given, version: "0.1.0", ...change };
    },
    /** What is in place on the box. */
    site: (): string => readFileSync(siteFile, "utf8"),
  };
}
export type Stage = ReturnType<typeof stageIn>;

export function beBox(root: string, serial: string | null, macs: readonly string[]): void {
  mkdirSync(join(root, "sys/firmware/devicetree/base"), { recursive: true });
  writeFileSync(join(root, "sys/firmware/devicetree/base/serial-number"), serial === null ? "" : `${serial.toLowerCase()}\0`);
  macs.forEach((mac, index) => {
    const card = join(root, "sys/class/net", `eth${index}`);
    mkdirSync(join(card, "device"), { recursive: true });
    writeFileSync(join(card, "address"), `${mac}\n`);
  });
}

export function probeOf(change: Partial<DeviceProbe> = {}): DeviceProbe {
  const wire = { bus: "line", busKind: "modbus-tcp" as const, wire: "127.0.0.1:1502", settings: "", unit: 1 };
  const told = { reason: null, detail: "", advice: null, identity: null, tookMs: 5 };
  const answer = { asked: true, answered: true, down: false, points: 2, good: 2, missing: [], ...told };
  return { device: "th-1", name: { zh: "th-1", en: "th-1" }, ...wire, ...answer, ...change };
}
export const silent = (change: Partial<DeviceProbe> = {}): DeviceProbe =>
  probeOf({ answered: false, good: 0, reason: "timeout", detail: "unit 1: no answer", ...change });

/** A box whose devices and gateway do what a test says; `log` has what was done, in order. */
export class StageMachine implements Machine {
  readonly log: string[] = [];
  readonly acts: Act[] = [];
  /** What the devices say, by the content of the site file that they are asked with. */
  devices: (site: string) => readonly DeviceProbe[] = () => [probeOf(), probeOf({ device: "th-2", unit: 2 })];
  /** Whether a gateway lives on this site file. */
  livesOn: (site: string) => boolean = () => true;
  #waitedMs = 0;
  #isRunning = true;
  #runs: string | null | undefined;
  readonly #siteFile: string;
  readonly gateway: NonNullable<Machine["gateway"]>;

  constructor(siteFile: string) {
    this.#siteFile = siteFile;
    this.gateway = {
      stop: async () => {
        this.log.push("stop");
        this.#isRunning = false;
      },
      start: async () => {
        this.log.push("start");
        this.#isRunning = true;
        // What a gateway does at its start.
        expectNone(await this.store().settle());
        this.#runs = await this.configuration.running();
      },
      isUp: async () => this.isUp,
    };
  }

  /** What it was started with; before the first start here: what stands in the file. */
  get runs(): string | null {
    if (this.#runs === undefined) return existsSync(this.#siteFile) ? readFileSync(this.#siteFile, "utf8") : null;
    return this.#runs;
  }

  get isUp(): boolean {
    return this.#isRunning && this.runs !== null && this.livesOn(this.runs);
  }

  nowMs(): number {
    return NOW + this.#waitedMs;
  }

  clockTrusted(): boolean {
    return true;
  }

  async sleep(ms: number): Promise<void> {
    this.#waitedMs += ms;
  }

  async probe(siteFile: string | null): Promise<readonly DeviceProbe[]> {
    if (this.#isRunning) throw new Error("the gateway has the wires");
    this.log.push("probe");
    return this.devices(siteFile === null ? ((await this.configuration.running()) ?? "") : readFileSync(siteFile, "utf8"));
  }

  /** The real memory of a box, in its data folder. */
  readonly configuration = {
    running: async (): Promise<string | null> => (await this.store().look()).choice.runs?.text ?? null,
    settle: async (): Promise<number | null> => {
      if (this.#isRunning) throw new Error("the gateway has the configuration");
      expectNone(await this.store().settle());
      return (await this.store().look()).choice.runs?.revision?.number ?? null;
    },
    adopt: async (file: string, by: string, reason: string): Promise<void> => {
      expectDone(await this.store().adopt(file, { by, from: "stick" }, reason));
    },
    bringBack: async (revision: number | null, by: string, reason: string): Promise<void> => {
      const doer = { by, from: "stick" };
      expectDone(revision === null ? await this.store().forget(doer, reason) : await this.store().bringBack(revision, doer, reason));
    },
  };

  store(): ConfigurationStore {
    return new ConfigurationStore(this.#siteFile, join(dirname(this.#siteFile), "..", "data"), systemClock);
  }

  async note(act: Act): Promise<void> {
    if (this.#isRunning) throw new Error("the gateway has the journal");
    this.acts.push(act);
  }
}

function expectNone(trouble: Words | null): void {
  if (trouble !== null) throw new Error(trouble.en);
}

function expectDone(changed: Changed): void {
  if ("why" in changed) throw new Error(JSON.stringify(changed));
}

/** Every file below a folder with its sum: two equal trees are two equal boxes. */
export function tree(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name));
  return paths.map((path) => `${relative(folder, path)} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`).sort();
}
