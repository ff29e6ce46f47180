import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AssetBook } from "../../firmware/assets/book.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";

/** A site of `count` probes; `asset` is the YAML of the first one's block. */
export function siteWith(asset: string, count = 2): Site {
  const devices = Array.from(
    { length: count },
    (_, n) =>
      `  - { id: th-${n + 1}, name: { zh: ${n + 1} 号温湿度, en: Probe ${n + 1} }, area: r1, bus: line, unit: ${(n % 247) + 1}, channel: ${Math.floor(n / 247)}, profile: sensor/xy-md02${n === 0 && asset !== "" ? `, asset: ${asset}` : ""} }`,
  );
  const loaded = loadSite(`
site: { id: sz1, name: { zh: 深圳一号机房, en: Shenzhen 1 }, timezone: Asia/Shanghai }
areas:
  - { id: main, name: { zh: 主机房, en: Main room } }
  - { id: r1, name: { zh: 冷通道, en: Cold aisle }, parent: main }
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices:
${devices.join("\n")}
`);
  if ("problems" in loaded) throw new Error(loaded.problems.map(({ message }) => message.en).join("\n"));
  return loaded.site;
}

export interface Line {
  readonly by: string;
  readonly from: string;
  readonly subject: string;
  readonly detail: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A data folder whose register can be closed and opened again, with another site file, as often as a test wants. */
export class AssetStage {
  readonly folder = mkdtempSync(join(tmpdir(), "roomward-assets-"));
  /** The audit log, as far as the journal took it. */
  readonly audit: Line[] = [];
  readonly troubles: string[] = [];
  journalTakes = true;
  /** What happens elsewhere while the journal takes its next lines. */
  meanwhile: () => Promise<void> = async () => {};
  readonly #open: AssetBook[] = [];
  readonly ticks: (() => void)[] = [];

  get clock(): Clock {
    const every = (_ms: number, task: () => void) => {
      this.ticks.push(task);
      return () => {};
    };
    return { ...systemClock, every };
  }

  async open(site: Site): Promise<AssetBook> {
    const book = new AssetBook({
      site,
      dataFolder: this.folder,
      clock: this.clock,
      record: async (acts) => {
        if (!this.journalTakes) return false;
        this.audit.push(
          ...acts.map(({ by, from, subject, detail, before, after }) => ({
            ...{ by, from, subject, detail },
            before: JSON.parse(before),
            after: JSON.parse(after),
          })),
        );
        const work = this.meanwhile;
        this.meanwhile = async () => {};
        await work();
        return true;
      },
      onTrouble: ({ en }) => this.troubles.push(en),
    });
    await book.open();
    await book.obeySiteFile();
    this.#open.push(book);
    return book;
  }

  stored(): string {
    return readFileSync(join(this.folder, "assets.json"), "utf8");
  }

  async remove(): Promise<void> {
    for (const book of this.#open) await book.close();
    rmSync(this.folder, { recursive: true });
  }
}
