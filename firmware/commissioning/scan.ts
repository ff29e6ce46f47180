import type { Heard, Scanner } from "../../drivers/line/scan.ts";
import { lineName } from "../../drivers/line/scan.ts";
import type { Words } from "../contract/alarm.ts";
import type { Found } from "../contract/commissioning.ts";
import { ASKS_AGAIN_MAX, ASKS_PER_PLACE, isUps, type ScanPlan, type ScanStage } from "./scan-plan.ts";
import { scanAdvice } from "./words.ts";

export interface ScanProgress {
  readonly done: number;
  readonly total: number;
  /** At most: every place that is left silent. */
  readonly leftMs: number;
  readonly now: string;
}

export interface ScanTools {
  /** Opens what asks on one stage. */
  readonly open: (stage: ScanStage) => Promise<Scanner>;
  /** The device of the site at this place. */
  readonly deviceAt: (stage: ScanStage, place: number | string | null) => string | null;
  readonly tell: (progress: ScanProgress, found: readonly Found[]) => void;
  readonly ends: AbortSignal;
}

export interface Scanned {
  readonly found: readonly Found[];
  readonly asked: number;
  readonly advice: readonly Words[];
  /** What ended it early: the port went, or somebody else has it. */
  readonly unreachable: string | null;
}

/** Asks everywhere, to the end: who was found on the way is no reason to stop, but for a UPS, which others' letters may switch. */
export async function runScan(plan: ScanPlan, { open, deviceAt, tell, ends }: ScanTools): Promise<Scanned> {
  const found: Found[] = [];
  let done = 0;
  let asked = 0;
  let again = ASKS_AGAIN_MAX;
  let leftMs = plan.stages.reduce((sum, stage) => sum + stage.places.length * stage.silenceMs, 0);
  const scanned = (unreachable: string | null): Scanned => ({ found, asked, advice: scanAdvice(found), unreachable });
  for (const stage of plan.stages) {
    const scanner = await open(stage);
    try {
      for (const place of stage.places) {
        if (ends.aborted) return scanned(null);
        tell({ done, total: plan.places, leftMs, now: nowOf(stage, place) }, found);
        const heard: Heard[] = [];
        do {
          if (heard.length > 0) again -= 1;
          heard.push(await scanner.ask(place));
          asked += 1;
        } while (isWorthAnother(heard.at(-1)) && heard.length < ASKS_PER_PLACE && again > 0 && !ends.aborted);
        const unreachable = heard.find((one) => one.outcome === "unreachable");
        if (unreachable !== undefined) return scanned(unreachable.what);
        const one = foundOf(stage, place, heard);
        if (one !== null) found.push({ ...one, device: one.verdict === "garbled" ? null : deviceAt(stage, one.place) });
        done += 1;
        leftMs -= stage.silenceMs;
      }
    } finally {
      await scanner.close();
    }
    if (isUps(stage.protocol) && found.some(({ protocol, verdict }) => protocol === stage.protocol && verdict !== "garbled")) break;
  }
  tell({ done, total: plan.places, leftMs: 0, now: "" }, found);
  return scanned(null);
}

function isWorthAnother(heard: Heard | undefined): boolean {
  return heard?.outcome === "answered" || heard?.outcome === "exception" || heard?.outcome === "garbled";
}

/** What is at one place, by all that was heard there; null for nobody. */
export function foundOf(stage: ScanStage, place: number, heard: readonly Heard[]): Found | null {
  const count = (outcome: Heard["outcome"]): number => heard.filter((one) => one.outcome === outcome).length;
  const answered = count("answered");
  const exceptions = count("exception");
  const garbled = count("garbled");
  if (answered + exceptions + garbled === 0) return null;
  const verdict = answered > 0 ? "answered" : exceptions > 0 ? "exception" : "garbled";
  const says = heard.find((one) => one.outcome === verdict);
  const hasUnits = stage.protocol === "modbus" || stage.protocol === "yd1363";
  return {
    protocol: stage.protocol,
    line: stage.line === null ? "" : lineName(stage.line),
    place: says !== undefined && "place" in says ? says.place : hasUnits ? place : null,
    device: null,
    verdict,
    ...{ asked: heard.length, answered, exceptions, garbled },
    what: says !== undefined && "what" in says ? says.what : "",
  };
}

function nowOf({ protocol, line }: ScanStage, place: number): string {
  return `${protocol}${line === null ? "" : ` ${lineName(line)}`}${place === 0 ? "" : ` ${place}`}`;
}
