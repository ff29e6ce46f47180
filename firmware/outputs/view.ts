import type { Words } from "../contract/alarm.ts";
import type { LinkageView, OutputsReply, OutputView } from "../contract/outputs.ts";
import type { Site } from "../site/model.ts";
import { areaPath } from "../site/place.ts";
import type { OutputBook } from "./book.ts";
import type { LinkageMemory } from "./linkage.ts";
import type { Linkage, Output } from "./output.ts";
import { blockedWords, conditionWords, doesWords, troubleWords, whereText, whyWords } from "./words.ts";
import { keyOfEvent } from "./world.ts";
import type { OutputWriter } from "./writer.ts";

/** What is written down of an output beside what its book and writer know. */
export interface Seen {
  readonly writer: OutputWriter;
  readonly changedAtMs: number | null;
}

type SiteParts = Pick<Site, "name" | "areas" | "points" | "outputs" | "linkages">;

/** Outputs and linkages as people see them. */
export function outputsView(site: SiteParts, book: OutputBook, seenOf: (output: string) => Seen, inactive: Words | null): OutputsReply {
  return {
    outputs: site.outputs.map((output) => outputView(output, site, book, seenOf(output.id))),
    linkages: site.linkages.map((linkage) => linkageView(linkage, site, book)),
    inactive: site.linkages.length === 0 ? null : inactive,
  };
}

function outputView(output: Output, site: SiteParts, book: OutputBook, { writer, changedAtMs }: Seen): OutputView {
  const { id, name, kind, bus, place, safe, normally, onAtMostMs, area } = output;
  const command = book.command(id);
  const { lock, force } = book.orders(id);
  const { isOn, fault } = writer.found;
  return {
    ...{ id, name, kind, safe, normally, onAtMostMs, changedAtMs },
    area: areaPath(site, area),
    where: whereText(bus, place),
    wanted: command?.isOn ?? null,
    real: isOn,
    why: whyWords(command?.why ?? { kind: "normal" }, site),
    isResting: command?.isResting ?? false,
    isFailing: writer.isFailing,
    trouble: fault === null ? null : troubleWords(fault),
    lock,
    force,
    isTesting: command?.why.kind === "test",
  };
}

function linkageView(linkage: Linkage, site: SiteParts, book: OutputBook): LinkageView {
  const state = book.linkage(linkage.id);
  if (state === null) throw new Error(`linkage ${linkage.id} is in the site and not in the book`);
  const { memory, armed } = state;
  return {
    id: linkage.id,
    name: linkage.name,
    when: withTime(conditionWords(linkage.when, site), linkage.forMs),
    does: doesWords(linkage, site),
    unless: linkage.unless.map((condition) => conditionWords(condition, site)),
    output: linkage.output,
    state: stateOf(memory),
    blocked: memory.blocked === null ? null : blockedWords(memory.blocked, linkage, site),
    actedAtMs: memory.acted?.atMs ?? null,
    alarms: (memory.acted?.events ?? []).map(keyOfEvent),
    armed: armed === null ? null : { by: armed.by, atMs: armed.atMs },
    endsBy: linkage.ends,
  };
}

function stateOf({ acted, blocked, waitingSinceMs, dealt }: LinkageMemory): LinkageView["state"] {
  if (acted !== null) return "acted";
  if (blocked !== null) return "blocked";
  if (waitingSinceMs !== null) return "waiting";
  return dealt.length > 0 ? "passed" : "idle";
}

function withTime({ zh, en }: Words, forMs: number): Words {
  const seconds = forMs / 1_000;
  return forMs === 0 ? { zh, en } : { zh: `${zh}，持续 ${seconds} 秒`, en: `${en}, for ${seconds} s` };
}
