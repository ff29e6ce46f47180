import type { AlarmRecord } from "../contract/alarm.ts";
import type { BusHealth } from "../contract/site.ts";
import { type BoxFacts, type Build, boxFamilies, buildFamilies, type ProcessFacts, processFamilies } from "./box-families.ts";
import { DeviceLines } from "./device-lines.ts";
import { type PointColumns, PointLines } from "./point-lines.ts";
import type { ReadCounts } from "./read-tally.ts";
import { alarmFamilies, busFamilies } from "./room-families.ts";
import { type MeteredSite, meteredDevices, pointPlaces } from "./site-labels.ts";
import { type Family, familyText } from "./text.ts";

/** What a scrape asks the gateway. */
export interface ScrapePorts {
  readonly site: MeteredSite;
  readonly build: Build;
  readonly columns: PointColumns;
  alarms(): readonly AlarmRecord[];
  buses(): readonly BusHealth[];
  reads(device: string): ReadCounts | null;
  box(): Promise<Omit<BoxFacts, "pointsLeftOut">>;
  process(): ProcessFacts;
  monotonicMs(): number;
}

/** Everything that a Prometheus is told of one gateway. */
export class Scrape {
  readonly #ports: ScrapePorts;
  readonly #seriesMax: number | undefined;
  /** Half a kilobyte for each point, made for the first one who scrapes: most boxes have nobody. */
  #made: { readonly lines: PointLines; readonly devices: DeviceLines } | null = null;

  constructor(ports: ScrapePorts, seriesMax?: number) {
    this.#ports = ports;
    this.#seriesMax = seriesMax;
  }

  /** The text, piece by piece: each is made when the one before it was taken. */
  async *pieces(): AsyncIterable<string> {
    const ports = this.#ports;
    const site = { site: ports.site.id };
    this.#made ??= {
      lines: new PointLines(pointPlaces(ports.site), this.#seriesMax),
      devices: new DeviceLines(meteredDevices(ports.site)),
    };
    const { lines, devices } = this.#made;
    // Asked first, so that nothing that is told below is older than what the journal took to answer.
    const box = await ports.box();
    yield text([
      ...buildFamilies(site, ports.build),
      ...processFamilies(ports.process()),
      ...boxFamilies(site, { ...box, pointsLeftOut: lines.leftOut }),
      ...alarmFamilies(site, ports.alarms()),
      ...busFamilies(site, ports.buses()),
    ]);
    yield* devices.pieces(ports.columns, (device) => ports.reads(device), ports.monotonicMs());
    yield* lines.pieces(ports.columns);
  }
}

function text(families: readonly Family[]): string {
  return families.map(familyText).join("");
}
