import { parse } from "yaml";
import * as z from "zod";

/**
 * A story is an alarm test that anybody can read: a room, what happens in it by the minute, and which alarms that makes.
 *
 *     says: A hot aisle rings after a minute
 *     devices: [{ id: th-1, profile: sensor/xy-md02 }]
 *     story: |
 *       0:00   th-1/ambient.temperature 24
 *       5:00   th-1/ambient.temperature 29
 *       6:00 > th-1/ambient.temperature/high raise B major
 *       6:00 ! itsm raise th-1/ambient.temperature/high major
 *       7:00   acknowledge th-1/ambient.temperature/high by wang
 *       7:00 > th-1/ambient.temperature/high acknowledge C major
 *
 * `>` is a transition that the journal has, `!` is what a target heard. Both are complete: what is not written must not happen.
 * Points keep their value until told otherwise; a minute has passed at `1:00`, an hour at `1:00:00`.
 */
export interface Story {
  readonly says: string;
  /** A whole site file. */
  readonly site: string;
  readonly does: readonly Happening[];
  readonly expects: readonly Expected[];
  readonly endsMs: number;
}

export interface Happening {
  readonly atMs: number;
  /** The words of the line. */
  readonly words: readonly string[];
  readonly line: string;
}

export interface Expected {
  readonly atMs: number;
  readonly kind: "transition" | "told";
  readonly what: string;
}

const storySchema = z.strictObject({
  says: z.string(),
  devices: z.array(z.looseObject({ id: z.string() })),
  areas: z.array(z.looseObject({})).optional(),
  rules: z.array(z.looseObject({})).optional(),
  /** Further sections of the site file. */
  site: z.looseObject({}).optional(),
  /** Ids of targets that take everything, or of which alarms they are told. */
  targets: z.array(z.union([z.string().transform((id) => ({ id })), z.looseObject({ id: z.string() })])).default([]),
  story: z.string(),
});

export function readStory(text: string): Story {
  const { says, devices, areas, rules, site, targets, story } = storySchema.parse(parse(text));
  const file = {
    site: { id: "story", name: "Story", timezone: "Asia/Shanghai" },
    areas: areas ?? [{ id: "room", name: "Room" }],
    buses: [{ id: "line", kind: "modbus-rtu", path: "/dev/serial/by-id/story" }],
    devices: devices.map((device, index) => ({ area: "room", bus: "line", unit: index + 1, every: "1s", ...device })),
    ...(rules === undefined ? {} : { rules }),
    ...(targets.length === 0
      ? {}
      : {
          targets: targets.map((target) => ({
            ...target,
            kind: "webhook",
            url: `http://127.0.0.1:9/${target.id}`,
            secret: "0123456789abcdef",
          })),
        }),
    ...site,
  };
  const lines = story.split("\n").flatMap((raw) => {
    const line = raw.replace(/#.*/, "").trim();
    return line === "" ? [] : [lineOf(line)];
  });
  return {
    says,
    site: JSON.stringify(file),
    does: lines.flatMap((line) => ("words" in line ? [line] : [])),
    expects: lines.flatMap((line) => ("kind" in line ? [line] : [])),
    endsMs: Math.max(...lines.map(({ atMs }) => atMs)),
  };
}

const SIGNS = { ">": "transition", "!": "told" } as const;

function lineOf(line: string): Happening | Expected {
  const [, time = "", sign, rest = ""] = /^(\d+(?::\d\d){1,2})\s+(?:([>!])\s+)?(.+)$/.exec(line) ?? [];
  if (time === "") throw new Error(`no time in: ${line}`);
  const atMs = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000;
  const what = rest.split(/\s+/).join(" ");
  if (sign === ">" || sign === "!") return { atMs, kind: SIGNS[sign], what };
  return { atMs, words: words(what), line };
}

/** Words apart by spaces; what stands in quotes is one. */
function words(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
