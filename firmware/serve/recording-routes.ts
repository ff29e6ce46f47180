import * as z from "zod";
import type { Act } from "../people/act.ts";
import { RECORDING_MS_MAX } from "../recordings/recorder.ts";
import { Download } from "./download.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

const TEXT = "text/plain; charset=utf-8";

const querySchema = z.strictObject({
  bus: z.string().min(1).max(100).describe("the id of a bus"),
  seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(RECORDING_MS_MAX / 1_000)
    .default(60),
});

export interface RecordingPorts {
  /** The recording from its head on, as it is written; null: there is no such bus, or it has no line. */
  readonly record: (bus: string, forMs: number) => AsyncIterable<string> | null;
  /** False: it could not be written into the audit log. */
  readonly note: (act: Act) => Promise<boolean>;
  wallMs(): number;
}

/** What happens on a bus, byte for byte, while the room goes on being watched. */
export function recordingRoutes({ record, note, wallMs }: RecordingPorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/bus-recording",
      summary:
        "Records a bus for some seconds and sends the recording as it is made: every question, what came of it, and what the gateway made of it. `roomward replay` plays it. On a bus with card readers it holds card numbers. Every recording is written down.",
      access: "bus.record",
      query: querySchema,
      downloads: TEXT,
      refusals: ["unknownBus", "journalFailing"],
      answer: async ({ query: { bus, seconds } }, { person, from }) => {
        const recording = record(bus, seconds * 1_000);
        if (recording === null) return new Refusal("unknownBus");
        const act = { atMs: wallMs(), by: person?.name ?? "", from, action: "bus.record", subject: bus, detail: `${seconds} s` };
        if (!(await note({ ...act, before: null, after: null }))) return new Refusal("journalFailing");
        return new Download(`${bus}-${new Date(wallMs()).toISOString().replaceAll(":", "")}.rec`, TEXT, recording);
      },
    }),
  ];
}
