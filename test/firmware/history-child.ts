import { HistoryDesk, spaceOf } from "../../firmware/history/desk.ts";
import { FULL_HOURS_KEPT, HISTORY_BYTES_MAX, HOURS_KEPT_MIN } from "../../firmware/history/history.ts";
import { minuteOf, SITE, T0 } from "./history-room.ts";

/** Writes a minute every millisecond or so, says each that is on the disk, and never ends by itself. Arguments: folder, first minute. */
const [, , directory = "", first = ""] = process.argv;
const desk = new HistoryDesk(
  { directory, points: SITE, limits: { hoursKept: HOURS_KEPT_MIN, fullHoursKept: FULL_HOURS_KEPT, bytesMax: HISTORY_BYTES_MAX } },
  { wallMs: () => T0, space: spaceOf },
  {
    tell: (_, words) => {
      throw new Error(words.en);
    },
    health: () => {},
  },
);
for (let minute = Number(first); ; minute += 1) {
  desk.write(minuteOf(minute, [[minute % 100], [40], [0]]));
  while (desk.work());
  process.stdout.write(`${minute}\n`);
  await new Promise((resolve) => setImmediate(resolve));
}
