import type { Pace, Session } from "../driver.ts";
import { exchangeOn, type LineWire, type Surroundings } from "../line/wire.ts";
import { COMMAND_BYTES_MAX, OsdpFraming } from "./frame.ts";
import type { OsdpProfile } from "./profile.ts";
import { OsdpReader } from "./reader.ts";

export interface OsdpAddress {
  readonly profile: OsdpProfile;
  /** Address of the reader, 0–126. */
  readonly unit: number;
}

/** Between an answer and the next question: time for a two-wire transceiver to turn round. */
const REST_MS = 5;
/** Longer than the answers that are asked for; most are much shorter. */
const ANSWER_BYTES_ASSUMED = 64;

/** A session on one wire, of which the box is the one control panel. Nothing is opened before the first read. */
export function openOsdp(wire: LineWire, pace: Pace, around: Surroundings = {}): Session<OsdpAddress> {
  const exchange = exchangeOn(wire, new OsdpFraming(), REST_MS, inWholeMilliseconds(pace), around);
  return {
    device: ({ profile, unit }) =>
      new OsdpReader(profile, unit, (question) => exchange.ask(question, COMMAND_BYTES_MAX + ANSWER_BYTES_ASSUMED), pace),
    release: () => exchange.release(),
    close: () => exchange.close(),
  };
}

/** The rest may be a little longer; the fraction would be waited for awake, many times a second. */
function inWholeMilliseconds(pace: Pace): Pace {
  return { monotonicMs: () => pace.monotonicMs(), sleep: (ms, signal) => pace.sleep(Math.ceil(ms), signal) };
}
