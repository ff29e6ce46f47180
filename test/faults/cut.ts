import { parseArgs } from "node:util";
import { controls } from "./controls.ts";
import { cutAgain, cutPower, recordPath, workFolder } from "./power-cut.ts";
import { recordingOf } from "./recording.ts";
import { scenarios } from "./scenarios.ts";
import { MODELS } from "./survivors.ts";

/**
 * `node test/faults/cut.ts PATH [RECORDING] [--model torn] [--seed 17 | --count 500] [--keep FOLDER]`: cuts the power on one commit path.
 * With a seed one cut, as a failed test named it, from the recording that the test kept; `--keep` leaves the disk that it left.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { model: { type: "string" }, seed: { type: "string" }, count: { type: "string" }, keep: { type: "string" } },
});
const [name = "", kept] = positionals;
const path = [...scenarios, ...controls].find((one) => one.name === name);
if (path === undefined) throw new Error(`one of ${[...scenarios, ...controls].map((one) => one.name).join(", ")}`);
const work = workFolder();
const recording = kept === undefined ? await recordPath(path, work) : recordingOf(kept);
console.log(`${recording.steps.length} steps, in ${kept ?? work}`);
for (const model of MODELS.filter((one) => values.model === undefined || values.model === one)) {
  if (values.seed !== undefined)
    console.log(model, await cutAgain(path, recording, model, Number(values.seed), values.keep ?? `${work}/cut`));
  else console.log(model, await cutPower(path, recording, { model, count: Number(values.count ?? 500), first: 1, work }));
}
