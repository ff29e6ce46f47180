import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import { Calm } from "../../firmware/alarms/calm.ts";
import { type AlarmStep, isRecorded } from "../../firmware/alarms/change.ts";
import { type IncidentRecord, stepIncident } from "../../firmware/incidents/incident.ts";
import { tellingOf } from "../../firmware/incidents/telling.ts";
import type { Site } from "../../firmware/site/model.ts";
import { BLACKOUT_ALARMS, blackout, blackoutRoom } from "../bench/blackout-room.ts";

const TICK_MS = 500;
const WATCHED_MS = 180_000;

/** What comes of a blackout in the minutes after it. */
function after(site: Site): {
  readonly alarms: number;
  readonly incidents: number;
  readonly told: readonly string[];
  readonly text: string;
} {
  const count = site.points.length + site.computed.length;
  const latest = { values: new Float64Array(count), qualities: new Uint8Array(count).fill(QUALITY.good) };
  const calm = new Calm({ site, rules: site.rules, live: [], settings: site.calm });
  let ids = 0;
  const book = new AlarmBook(
    site.rules,
    [],
    () => `i-${++ids}`,
    () => undefined,
    undefined,
    calm,
  );
  const incidents = new Map<string, IncidentRecord>();
  const told: string[] = [];
  const take = (steps: readonly AlarmStep[]): void => {
    for (const change of steps.filter(isRecorded)) {
      const before = incidents.get(change.record.incident) ?? null;
      if (before === null && change.cause === "aside") continue;
      const next = stepIncident(before, change);
      const telling = tellingOf(before, next, change);
      incidents.set(change.record.incident, { ...next, told: telling.told });
      if (telling.isTold) told.push(`${change.cause} ${change.record.incidentKey ?? change.record.key}`);
    }
  };
  const blows = [...blackout(site)];
  for (let atMs = 0; atMs <= WATCHED_MS; atMs += TICK_MS) {
    while (blows[0] !== undefined && blows[0].atMs <= atMs) {
      const { what, atMs: blowMs } = blows.shift() as (typeof blows)[number];
      const now = { monotonicMs: blowMs, wallMs: blowMs };
      if ("lost" in what) take(book.silence(what.lost, true, now));
      else {
        latest.values[what.point] = what.value;
        take(book.judge(what.point, 1, latest, now));
      }
    }
    take(book.tick(latest, { monotonicMs: atMs, wallMs: atMs }));
  }
  const worst = [...incidents.values()].toSorted((a, b) => (b.roll?.count ?? 0) - (a.roll?.count ?? 0))[0];
  return {
    alarms: book.live.filter(({ type }) => type !== "flood").length,
    incidents: incidents.size,
    told,
    text: worst?.roll?.first?.text.en ?? "",
  };
}

describe("a whole room without power, 500 alarms in ten seconds", () => {
  test.each([
    ["with what feeds and cools what in the site file", true],
    ["with nothing said of it", false],
  ])("%s: five incidents and twenty messages at most, and every alarm is kept", (_, parents) => {
    const { alarms, incidents, told, text } = after(blackoutRoom(parents));
    expect(alarms).toBe(BLACKOUT_ALARMS);
    expect(incidents).toBeLessThanOrEqual(5);
    expect(told.length).toBeLessThanOrEqual(20);
    expect(text).toContain("ups-a");
  });
});
