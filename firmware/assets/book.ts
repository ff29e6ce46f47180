import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Words } from "../contract/alarm.ts";
import { type Asset, byField, expectedIn, FIELD_WORDS, fits } from "../contract/asset-fields.ts";
import type { AssetChange, AssetView, ImportReply } from "../contract/assets.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import type { Device, Site } from "../site/model.ts";
import { areaPath } from "../site/place.ts";
import { type AssetAct, assetsFile, type StoredAssets } from "./assets-file.ts";
import { type Edits, editedFields, effective, overruled, withChanges } from "./merge.ts";
import { type DeviceChange, readSheet, type SheetDevice, writeSheet } from "./sheet.ts";

/** Lines that wait for the journal; a box whose journal takes none gets no more changes. */
const ACTS_MAX = 10_000;
/** A line of the audit log holds 2000 characters each for before and after. */
const ACT_TEXT_MAX = 1_800;
/** Devices with edits, gone ones too: they may come back with the next site file. */
const EDITED_DEVICES_MAX = 4_000;
/** What the command line changed is seen, and what waits for the journal is offered, within this time. */
const LOOK_EVERY_MS = 2_000;

type Problem = { readonly problem: Words };

export interface AssetBookOptions {
  readonly site: Pick<Site, "name" | "areas" | "devices">;
  readonly dataFolder: string;
  readonly clock: Clock;
  /** Writes into the audit log; answers whether it is on the disk. */
  readonly record: (acts: readonly AssetAct[]) => Promise<boolean>;
  readonly onTrouble: (words: Words) => void;
  /** Instead of `onTrouble`, for a file that is not whole. */
  readonly onDamage?: OnDamage | undefined;
}

/** What is known of every device beside what it measures: the site file's values with the edits of the box over them. */
export class AssetBook {
  readonly #options: AssetBookOptions;
  readonly #file: ReturnType<typeof assetsFile>;
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #areas: ReadonlyMap<string, Words>;
  #edits: Edits = {};
  #waiting = false;
  #seen = "";
  #changed: () => void = () => {};
  #stop: () => void = () => {};
  /** One after the other: two that moved the same lines into the audit log would take newer ones along. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: AssetBookOptions) {
    const { site, dataFolder, clock, onTrouble, onDamage } = options;
    this.#options = options;
    this.#file = assetsFile(dataFolder, clock, onDamage ?? (({ words }) => onTrouble(words)));
    this.#devices = new Map(site.devices.map((device) => [device.id, device]));
    this.#areas = new Map(site.devices.map(({ id, area }) => [id, areaPath(site, area)]));
  }

  /** Reads what was edited before. */
  async open(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#look();
      await this.#settle();
    });
  }

  /** Lets the site file overrule edits that were made over an older one. Once, by whoever runs with this site file. */
  async obeySiteFile(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#dropOverruled();
      await this.#settle();
    });
  }

  /** Follows the file, which the command line may change, until `close`. `changed` hears of every change of what holds. */
  follow(changed: () => void): void {
    this.#changed = changed;
    let busy = false;
    this.#stop = this.#options.clock.every(LOOK_EVERY_MS, () => {
      if (busy) return;
      busy = true;
      void this.#inTurn(async () => {
        await this.#look();
        await this.#settle();
        busy = false;
      });
    });
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#inTurn(() => this.#settle());
  }

  /** Null for what is no device of the site. */
  of(device: string): Asset | null {
    const known = this.#devices.get(device);
    return known === undefined ? null : effective(known.asset, this.#edits[device]);
  }

  list(): readonly AssetView[] {
    return [...this.#devices.values()].map(({ id, asset }) => ({
      device: id,
      values: { ...effective(asset, this.#edits[id]) },
      area: this.#areas.get(id) ?? { zh: "", en: "" },
      edited: editedFields(asset, this.#edits[id]),
    }));
  }

  /** All of the changes or none. `before` of each must be what holds. */
  async change(device: string, changes: readonly AssetChange[], doer: Doer): Promise<Problem | null> {
    if (!this.#devices.has(device)) return { problem: unknownDevice(device) };
    const clean = changes.map((change) => ({ ...change, device, after: change.after.normalize("NFC").trim() }));
    const wrong = clean.find(({ field, after }) => !fits(field, after));
    if (wrong !== undefined) return { problem: unfit(wrong) };
    return this.#inTurn(() => this.#write(clean, doer));
  }

  sheet(language: "zh" | "en"): string {
    return writeSheet(this.#sheetDevices(), language);
  }

  /** Looks at a file, and applies it when `apply` names what was seen at the look before. */
  async importSheet(bytes: Uint8Array, apply: string | null, doer: Doer): Promise<ImportReply | Problem> {
    const { problems, changes, rows } = readSheet(bytes, this.#sheetDevices());
    const preview = createHash("sha256").update(JSON.stringify(changes)).digest("hex").slice(0, 32);
    const reply = { problems: [...problems], changes: [...changes], rows, preview };
    if (apply === null || problems.length > 0) return { ...reply, applied: false };
    if (apply !== preview) return { problem: movedOn() };
    const trouble = changes.length === 0 ? null : await this.#inTurn(() => this.#write(changes, doer));
    return trouble ?? { ...reply, applied: true };
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  #sheetDevices(): readonly SheetDevice[] {
    return this.list().map(({ device, area, values }) => ({
      id: device,
      name: this.#devices.get(device)?.name ?? { zh: device, en: device },
      area,
      asset: values,
    }));
  }

  async #write(changes: readonly DeviceChange[], doer: Doer): Promise<Problem | null> {
    const atMs = this.#options.clock.wallMs();
    const updated = await this.#file.update((stored) => {
      const stale = changes.find(({ device, field, before }) => this.#valueIn(stored.edits, device)[field] !== before);
      if (stale !== undefined) return { problem: movedOn() };
      return this.#next(stored, changes, { atMs, ...doer });
    });
    if (updated.outcome === "refused") return { problem: updated.problem };
    await this.#look();
    await this.#settle();
    return null;
  }

  #valueIn(edits: Edits, device: string): Asset {
    const said = this.#devices.get(device)?.asset ?? byField(() => "");
    return effective(said, edits[device]);
  }

  #next(
    stored: StoredAssets,
    changes: readonly DeviceChange[],
    head: { readonly atMs: number } & Doer,
  ): { readonly next: StoredAssets } | Problem {
    const edits: Record<string, StoredAssets["edits"][string]> = { ...stored.edits };
    const acts = [...stored.acts];
    for (const [device, mine] of Map.groupBy(changes, (change) => change.device)) {
      const said = this.#devices.get(device)?.asset;
      if (said === undefined) return { problem: unknownDevice(device) };
      const after = withChanges(said, edits[device], mine);
      if (Object.keys(after).length === 0) delete edits[device];
      else edits[device] = after;
      acts.push(...actsOf(device, mine, head));
    }
    if (acts.length > ACTS_MAX) return { problem: tooManyActs() };
    return { next: { edits: this.#bounded(edits), acts } };
  }

  /** Beyond the limit the devices that the site has no more are forgotten. */
  #bounded(edits: StoredAssets["edits"]): StoredAssets["edits"] {
    const all = Object.entries(edits);
    return all.length <= EDITED_DEVICES_MAX ? edits : Object.fromEntries(all.filter(([device]) => this.#devices.has(device)));
  }

  /** What the site file has overruled is taken out of the file, with a line in the audit log. */
  async #dropOverruled(): Promise<void> {
    const lost = (edits: Edits): DeviceChange[] =>
      [...this.#devices.values()].flatMap(({ id, asset }) => overruled(asset, edits[id]).map((change) => ({ ...change, device: id })));
    if (lost(this.#edits).length === 0) return;
    const head = { atMs: this.#options.clock.wallMs(), by: "site-file", from: "console" };
    const updated = await this.#file.update((stored) => this.#next(stored, lost(stored.edits), head));
    if (updated.outcome === "refused") this.#options.onTrouble(updated.problem);
    else await this.#look();
  }

  async #look(): Promise<void> {
    const fingerprint = await fingerprintOf(this.#file.file);
    if (fingerprint === this.#seen) return;
    const found = await this.#file.read();
    this.#seen = fingerprint;
    // Without a whole file the site file's values hold, and what was read before goes on.
    if (found.outcome !== "read") return;
    this.#waiting = found.data.acts.length > 0;
    this.#edits = found.data.edits;
    this.#changed();
  }

  /** Moves what was done into the audit log; a power cut in between writes a line twice rather than never. */
  async #settle(): Promise<void> {
    if (!this.#waiting) return;
    const found = await this.#file.read();
    if (found.outcome !== "read" || !(await this.#options.record(found.data.acts))) return;
    const { length } = found.data.acts;
    const updated = await this.#file.update((stored) => ({ next: { ...stored, acts: stored.acts.slice(length) } }));
    if (updated.outcome === "written") this.#waiting = false;
    else this.#options.onTrouble(updated.problem);
  }
}

/** One line for the changes of a device, or several when they are long. */
function actsOf(device: string, changes: readonly AssetChange[], head: { readonly atMs: number } & Doer): readonly AssetAct[] {
  const groups: AssetChange[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    const added = JSON.stringify(change).length;
    if (size + added > ACT_TEXT_MAX) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(change);
    size += added;
  }
  return groups.map((group) => ({
    ...head,
    action: "asset.change",
    subject: device,
    detail: group.map(({ field }) => field).join(", "),
    before: printed(group, "before"),
    after: printed(group, "after"),
  }));
}

function printed(changes: readonly AssetChange[], side: "before" | "after"): string {
  return JSON.stringify(Object.fromEntries(changes.map((change) => [change.field, change[side]])));
}

async function fingerprintOf(file: string): Promise<string> {
  try {
    const found = await stat(file, { bigint: true });
    return `${found.ino}/${found.size}/${found.mtimeNs}`;
  } catch {
    return "absent";
  }
}

function unknownDevice(device: string): Words {
  return {
    zh: `本站没有设备 ${device}。设备在站点文件中增减，请刷新页面。`,
    en: `The site has no device ${device}. Devices come and go with the site file; load the page again.`,
  };
}

function unfit({ device, field }: DeviceChange): Words {
  const { zh, en } = expectedIn(field);
  return {
    zh: `${device} 的“${FIELD_WORDS[field].zh}”应为${zh}。未作任何更改。`,
    en: `${FIELD_WORDS[field].en} of ${device} must be ${en}. Nothing was changed.`,
  };
}

function movedOn(): Words {
  return {
    zh: "资产在此期间已被他人修改，未作任何更改。请重新查看后再保存。",
    en: "Somebody has changed the assets in the meantime; nothing was changed. Look again, then save.",
  };
}

function tooManyActs(): Words {
  return {
    zh: `已有 ${ACTS_MAX} 条资产变更等待写入审计日志。请检查日志库，待其入账后再修改。`,
    en: `${ACTS_MAX} changes of assets wait to be written into the audit log. See to the journal, then go on.`,
  };
}
