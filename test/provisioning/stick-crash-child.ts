import { provision } from "../../provisioning/stick/provision.ts";
import { FORMER, StageMachine, stageIn } from "./stick-stage.ts";

// `node stick-crash-child.ts FOLDER STEP lives|dies`: provisions a staged box and is killed at a step, as by a power cut.
const [, , folder = "", fatal = "", gateway = ""] = process.argv;
const stage = stageIn(folder, false);
const machine = new StageMachine(stage.siteFile);
if (gateway === "dies") machine.livesOn = (site) => site === FORMER;
await provision(
  stage.options({
    atStep(step) {
      if (step === fatal) process.kill(process.pid, "SIGKILL");
    },
  }),
  machine,
);
