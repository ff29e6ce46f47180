import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { deskIn, M0, minuteOf, TEMPERATURE } from "../../firmware/history-room.ts";
import { type CommitPath, type Finding, WHOLE } from "../power-cut.ts";

const HOURS_KEPT = 3;
const MINUTES = 5 * 60 + 20;
const LIMITS = { limits: { hoursKept: HOURS_KEPT, bytesMax: 1e9 } };

const readingOf = (minute: number): number => (minute * 7) % 90;

/** Minute by minute, hours that are packed, and old hours that go. A minute is said once the desk has it on the disk. */
export const history: CommitPath = {
  name: "history",
  prepare: (disk) => void mkdirSync(join(disk, "data")),
  drive(disk, say) {
    const desk = deskIn(join(disk, "data"), LIMITS);
    for (let minute = M0; minute < M0 + MINUTES; minute += 1) {
      desk.write(minuteOf(minute, [[readingOf(minute)], [40], [minute % 2]]));
      say(`minute ${minute}`);
    }
    if (desk.told.length > 0) throw new Error(desk.told.join("; "));
    desk.close();
  },
  recover(disk, said) {
    const directory = join(disk, "data");
    const last = said.length === 0 ? M0 - 1 : Number(said.at(-1)?.split(" ")[1]);
    // The minute after the last one may be on the disk, too: the cut came before it was said.
    const next = last + 2;
    const desk = deskIn(directory, LIMITS);
    desk.write(minuteOf(next, [[readingOf(next)], [40], [0]]));
    const found = compare(desk.trend([TEMPERATURE], M0, next + 1, next + 1 - M0).series[0]?.last ?? [], last, next);
    const { told } = desk;
    desk.close();
    if (told.length > 0) return { outcome: "unreadable", what: told.join("; ") };
    const db = new DatabaseSync(join(directory, "history.db"));
    const [verdict] = Object.values(db.prepare("PRAGMA integrity_check").get() ?? {});
    db.close();
    if (verdict !== "ok") return { outcome: "unreadable", what: String(verdict) };
    const again = deskIn(directory, LIMITS);
    const [series] = again.trend([TEMPERATURE], next, next + 1, 1).series;
    again.close();
    return series?.last[0] === readingOf(next) ? found : { outcome: "lost", count: 1, what: "the minute after the cut" };
  },
};

function compare(values: readonly (number | null)[], last: number, running: number): Finding {
  const wrong = values.findIndex((value, n) => value !== null && value !== readingOf(M0 + n));
  if (wrong >= 0) return { outcome: "half", what: `minute ${wrong} is ${values[wrong]}, was ${readingOf(M0 + wrong)}` };
  // Hours beyond those that are kept may be gone, as a whole: packed ones are counted, and the running one comes on top.
  const firstKept = Math.max(M0, (Math.floor(running / 60) - HOURS_KEPT) * 60);
  const lost = Array.from({ length: Math.max(0, last + 1 - firstKept) }, (_, n) => firstKept + n).filter(
    (minute) => values[minute - M0] == null,
  );
  if (lost.length > 0) return { outcome: "lost", count: lost.length, what: `minute ${(lost[0] ?? 0) - M0} of ${last - M0}` };
  return WHOLE;
}
