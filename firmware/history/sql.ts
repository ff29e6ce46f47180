import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { MINUTES_PER_HOUR } from "./history.ts";

/** Blocks of an hour, or of a day, in the keys of the tables. */
export const BLOCKS_MAX = 2_048;
export const FRAMES_PER_MINUTE_MAX = 65_536;
/** What was read under a clock that nobody trusted stands so many hours beyond the rest, see `schema.ts`. */
export const UNCERTAIN_SLOTS = 2 ** 24;

/** All that is ever asked of history.db, see `schema.ts`. */
export function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const perHour = MINUTES_PER_HOUR * FRAMES_PER_MINUTE_MAX;
  return {
    point: sql("SELECT number, decimals FROM points WHERE id = ?"),
    decimals: sql("SELECT decimals FROM points WHERE number = ?"),
    lastPoint: sql("SELECT coalesce(max(number), -1) AS last FROM points"),
    addPoint: sql("INSERT INTO points (number, id, decimals) VALUES (?, ?, ?)"),

    lastFrame: sql("SELECT max(key) AS key FROM frames WHERE key >= ? AND key < ?"),
    addFrame: sql("INSERT INTO frames (key, clock_trusted, block) VALUES (?, ?, ?)"),
    framesOf: sql("SELECT key, clock_trusted, block FROM frames WHERE key >= ? AND key < ? AND clock_trusted IN (?, ?) ORDER BY key"),
    frameOutside: sql("SELECT key FROM frames WHERE key < ? OR key >= ? ORDER BY key LIMIT 1"),
    looseBytes: sql("SELECT coalesce(sum(length(block)), 0) AS bytes FROM frames"),
    anyFrame: sql("SELECT key FROM frames WHERE key >= ? AND key < ? LIMIT 1"),
    anyMinute: sql("SELECT minute FROM minutes WHERE minute >= ? AND minute < ? LIMIT 1"),
    looseHours: sql(`SELECT DISTINCT key / ${perHour} AS hour FROM frames WHERE key >= ? AND key < ?`),
    uncertainFrame: sql("SELECT key FROM frames WHERE key >= ? AND clock_trusted = 0 ORDER BY key LIMIT 1"),
    uncertainFrames: sql(
      `SELECT DISTINCT key / ${FRAMES_PER_MINUTE_MAX} AS minute FROM frames WHERE key >= ? AND key < ? AND clock_trusted = 0`,
    ),
    dropFrames: sql("DELETE FROM frames WHERE key >= ? AND key < ? AND clock_trusted = ?"),

    minutesOf: sql(
      "SELECT minute, clock_trusted, block FROM minutes WHERE minute >= ? AND minute < ? AND clock_trusted IN (?, ?) ORDER BY minute",
    ),
    minuteOutside: sql("SELECT minute FROM minutes WHERE minute < ? OR minute >= ? ORDER BY minute LIMIT 1"),
    minuteHours: sql(`SELECT DISTINCT minute / ${MINUTES_PER_HOUR} AS hour FROM minutes WHERE minute >= ? AND minute < ?`),
    uncertainMinute: sql("SELECT minute FROM minutes WHERE minute >= ? AND clock_trusted = 0 ORDER BY minute LIMIT 1"),
    uncertainLoose: sql("SELECT minute FROM minutes WHERE minute >= ? AND minute < ? AND clock_trusted = 0"),
    dropMinutes: sql("DELETE FROM minutes WHERE minute >= ? AND minute < ? AND clock_trusted = ?"),

    hour: sql("SELECT untrusted FROM hours WHERE hour = ?"),
    hours: sql("SELECT hour FROM hours WHERE hour >= ? AND hour < ? UNION ALL SELECT hour FROM hours WHERE hour >= ? AND hour < ?"),
    putHour: sql(`INSERT INTO hours (hour, untrusted, sums) VALUES (?, ?, ?)
      ON CONFLICT (hour) DO UPDATE SET untrusted = excluded.untrusted, sums = excluded.sums`),
    sums: sql("SELECT sums AS block FROM hours WHERE hour = ? AND untrusted = '[]' AND sums IS NOT NULL"),
    uncertainHours: sql(`SELECT min(hour % ${UNCERTAIN_SLOTS}) AS hour FROM hours
      WHERE untrusted <> '[]' AND ((hour >= ? AND hour < ?) OR hour >= ?)`),
    uncertainIn: sql("SELECT hour, untrusted FROM hours WHERE untrusted <> '[]' AND hour >= ? AND hour < ?"),
    hourCount: sql("SELECT count(*) AS count FROM hours"),
    firstHour: sql("SELECT hour FROM hours WHERE hour >= ? AND hour < ? ORDER BY hour LIMIT 1"),
    dropHour: sql("DELETE FROM hours WHERE hour = ?"),
    block: sql("SELECT block FROM blocks WHERE key = ?"),
    blocksOf: sql("SELECT key FROM blocks WHERE key >= ? AND key < ? UNION SELECT key FROM full_blocks WHERE key >= ? AND key < ?"),
    putBlock: sql("INSERT INTO blocks (key, block) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET block = excluded.block"),
    dropBlocks: sql("DELETE FROM blocks WHERE key >= ? AND key < ?"),

    fullHour: sql("SELECT whole FROM full_hours WHERE hour = ?"),
    putFullHour: sql("INSERT INTO full_hours (hour, whole) VALUES (?, ?) ON CONFLICT (hour) DO UPDATE SET whole = excluded.whole"),
    fullHourCount: sql("SELECT count(*) AS count FROM full_hours"),
    firstFullHour: sql("SELECT hour FROM full_hours WHERE hour >= ? AND hour < ? ORDER BY hour LIMIT 1"),
    dropFullHour: sql("DELETE FROM full_hours WHERE hour = ?"),
    fullBlock: sql("SELECT block FROM full_blocks WHERE key = ?"),
    putFullBlock: sql("INSERT INTO full_blocks (key, block) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET block = excluded.block"),
    dropFullBlocks: sql("DELETE FROM full_blocks WHERE key >= ? AND key < ?"),

    day: sql("SELECT next_block FROM days WHERE day = ?"),
    touchDay: sql("INSERT INTO days (day, next_block) VALUES (?, 0) ON CONFLICT (day) DO UPDATE SET next_block = 0"),
    dayToMake: sql(`SELECT day, next_block FROM days WHERE next_block < ${BLOCKS_MAX} AND day <> ? ORDER BY day LIMIT 1`),
    dayMade: sql("UPDATE days SET next_block = ? WHERE day = ?"),
    dropDay: sql("DELETE FROM day_blocks WHERE key >= ? AND key < ?"),
    dropDays: sql("DELETE FROM days WHERE day < ?"),
    dayBlock: sql("SELECT block FROM day_blocks WHERE key = ?"),
    putDayBlock: sql("INSERT INTO day_blocks (key, block) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET block = excluded.block"),
    dropDayBlocks: sql("DELETE FROM day_blocks WHERE key < ?"),

    addRestamp: sql("INSERT INTO restamps (from_ms, to_ms, offset_ms, next_hour) VALUES (?, ?, ?, ?)"),
    restamp: sql("SELECT id, from_ms, to_ms, offset_ms, next_hour FROM restamps ORDER BY id LIMIT 1"),
    restampedTo: sql("UPDATE restamps SET next_hour = ? WHERE id = ?"),
    dropRestamp: sql("DELETE FROM restamps WHERE id = ?"),

    pages: sql(
      "SELECT page_count AS pages, freelist_count AS free, page_size AS bytes FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
    ),
  };
}
