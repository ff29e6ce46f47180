/**
 * Loaded before the box (`--import`): its wall clock is ahead of the machine's by `WALL_AHEAD_MS`, so that the turn of an hour, at which
 * history packs, comes when a test wants it. Nothing else is changed; timers and monotonic time are the machine's.
 */
const aheadMs = Number(process.env["WALL_AHEAD_MS"] ?? 0);
const machine = Date.now;
Date.now = () => machine() + aheadMs;
