import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { benchAhead } from "./ahead.ts";
import { benchBlackout } from "./blackout.ts";
import { benchBytes, dashboardMissing } from "./bytes.ts";
import { benchDead } from "./dead.ts";
import { benchDrain } from "./drain.ts";
import { benchFlap, flapMissing } from "./flap.ts";
import { benchFleet, fleetMissing } from "./fleet.ts";
import { benchHistory } from "./history.ts";
import { benchHub } from "./hub.ts";
import { benchJournal } from "./journal.ts";
import { benchLatency } from "./latency.ts";
import { benchLateness, benchLoad } from "./load.ts";
import { benchMonth } from "./loop.ts";
import { benchPaint, paintMissing } from "./paint.ts";
import { benchReview } from "./review.ts";
import { type Row, rounded } from "./row.ts";
import { benchRtu, rtuMissing } from "./rtu.ts";
import { benchRules } from "./rules.ts";
import { benchScreen, screenMissing } from "./screen.ts";
import { benchSnmp } from "./snmp.ts";
import { benchStart } from "./start.ts";
import { benchStorm, stormMissing } from "./storm.ts";
import { type Judged, judge } from "./targets.ts";

const JSON_FILE = "dist/bench.json";
const MB = 1_048_576;

interface Bench {
  /** Why it cannot run on this machine, or null. */
  readonly missing?: () => string | null;
  readonly run: () => Row[] | Promise<Row[]>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  start: { run: benchStart },
  month: { run: benchMonth },
  paint: { run: benchPaint, missing: paintMissing },
  latency: { run: benchLatency },
  load: { run: benchLoad },
  snmp: { run: benchSnmp },
  lateness: { run: benchLateness },
  rtu: { run: benchRtu, missing: rtuMissing },
  dead: { run: benchDead, missing: rtuMissing },
  bytes: { run: benchBytes, missing: dashboardMissing },
  hub: { run: benchHub },
  rules: { run: benchRules },
  drain: { run: benchDrain },
  journal: { run: benchJournal },
  storm: { run: benchStorm, missing: stormMissing },
  blackout: { run: benchBlackout },
  screen: { run: benchScreen, missing: screenMissing },
  history: { run: benchHistory },
  ahead: { run: benchAhead },
  review: { run: benchReview },
  flap: { run: benchFlap, missing: flapMissing },
  fleet: { run: benchFleet, missing: fleetMissing },
};

// Numbers, not a test: a goal that is missed is shown and the exit code stays 0.
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there are: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const judged: Judged[] = [];
const skipped: string[] = [];
for (const [name, { run, missing }] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const reason = missing?.() ?? null;
  if (reason !== null) {
    skipped.push(`${name}: ${reason}`);
    continue;
  }
  console.error(`${name} …`);
  judged.push(...(await run()).map((row) => judge({ ...row, value: rounded(row.value) })));
}
console.table(Object.fromEntries(judged.map(({ metric, value, unit, goal, reached }) => [metric, { value, unit, goal, reached }])));
for (const reason of skipped) console.log(`skipped ${reason}`);
const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, memoryMb: Math.round(totalmem() / MB), node: process.version };
mkdirSync("dist", { recursive: true });
writeFileSync(JSON_FILE, `${JSON.stringify({ machine, rows: judged, skipped }, null, 2)}\n`);
console.log(`written to ${JSON_FILE}`);
