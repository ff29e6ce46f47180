import { performance } from "node:perf_hooks";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import type { BusDoctorView } from "../../firmware/contract/doctor.ts";
import { BusDoctor } from "../../firmware/doctor/doctor.ts";
import { FAULTS, HEALTHY, opensOf, type Scene } from "../firmware/doctor-faults.ts";
import { examined } from "../firmware/doctor-room.ts";

/**
 * `tsx test/bench/doctor.ts [SEEDS] [NAME]`: how often the bus doctor names each fault rightly over many seeds, what it says instead, how
 * often it finds something wrong with a healthy bus, and what it costs per exchange.
 */
const EXAMINED_MS = 150_000;
const WARM_UP = 2_000;
const EXCHANGES = 200_000;
const seeds = Number(process.argv[2] ?? 20);
const only = process.argv[3] ?? "";

const look = (scene: Scene): Promise<BusDoctorView> => examined(scene.site, scene.clock, opensOf(scene), EXAMINED_MS);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function confusion(): Promise<void> {
  let right = 0;
  let first = 0;
  let all = 0;
  for (const fault of FAULTS.filter(({ name }) => name.includes(only))) {
    const wrong: Record<string, number> = {};
    let named = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const scene = fault.build(seed);
      const [finding] = (await look(scene)).findings;
      const isWhere = [...(finding?.devices ?? [])].sort().join() === [...scene.devices].sort().join();
      const isRight = finding !== undefined && isWhere && fault.expected.some((cause) => finding.causes.includes(cause));
      if (isRight) named += 1;
      if (isRight && finding.causes[0] === fault.expected[0]) first += 1;
      const said = finding === undefined ? "nothing" : `${finding.causes.join("|")}${isWhere ? "" : " elsewhere"}`;
      if (!isRight) wrong[said] = (wrong[said] ?? 0) + 1;
    }
    right += named;
    all += seeds;
    const instead = Object.entries(wrong).map(([said, count]) => `${count} × ${said}`);
    print(`${String(named).padStart(3)}/${seeds}  ${fault.name}${instead.length === 0 ? "" : `  (${instead.join(", ")})`}`);
  }
  print(`named rightly ${right} of ${all} (${((right / all) * 100).toFixed(1)} %); the cause itself first: ${first}`);
}

async function falseAlarms(): Promise<void> {
  let found = 0;
  for (const healthy of HEALTHY)
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { findings } = await look(healthy.build(seed));
      if (findings.length > 0) print(`  false alarm: ${healthy.name}, seed ${seed}: ${findings.map(({ why }) => why.en).join(" ")}`);
      found += findings.length;
    }
  print(`false alarms on ${HEALTHY.length * seeds} healthy buses: ${found}`);
}

/** Plays what was recorded on one bus to a doctor again and again. */
async function cost(): Promise<void> {
  for (const [name, scene] of [
    ["healthy", HEALTHY[0]?.build(1)],
    ["no terminators", FAULTS.find((fault) => fault.name === "no terminators")?.build(1)],
  ] as const) {
    if (scene === undefined) continue;
    const records: ExchangeRecord[] = [];
    const opens: Scene["opens"] = opensOf(scene);
    const told = BusDoctor.prototype.exchange;
    BusDoctor.prototype.exchange = (record) => void records.push(record);
    await examined(scene.site, scene.clock, opens, EXAMINED_MS);
    BusDoctor.prototype.exchange = told;
    const [bus] = scene.site.buses;
    if (bus === undefined) continue;
    const doctor = new BusDoctor(bus, scene.site.devices, scene.clock);
    const play = (count: number): number => {
      const startedMs = performance.now();
      for (let index = 0; index < count; index += 1) doctor.exchange(records[index % records.length] as ExchangeRecord);
      return ((performance.now() - startedMs) / count) * 1_000;
    };
    play(WARM_UP);
    print(`cost of an exchange (${name}): ${play(EXCHANGES).toFixed(2)} µs`);
  }
}

await confusion();
if (only === "") {
  await falseAlarms();
  await cost();
}
