import { readFileSync } from "node:fs";
import { loadSite } from "../../../firmware/site/load.ts";
import { provision } from "../../../provisioning/stick/provision.ts";
import { FORMER, StageMachine, stageIn } from "../../provisioning/stick-stage.ts";
import { type CommitPath, type Finding, WHOLE } from "../power-cut.ts";

/** A box whose gateway lives with the new site file, or falls over with it. */
function machineOf(siteFile: string, lives: boolean): StageMachine {
  const machine = new StageMachine(siteFile);
  if (!lives) machine.livesOn = (site) => site === FORMER;
  return machine;
}

/** A stick brings a site file, which is kept or given back. What a start finds is the one or the other, and the same stick brings it to its end. */
function stick(name: string, lives: boolean): CommitPath {
  return {
    name,
    async prepare(disk) {
      const stage = stageIn(disk);
      await stage.trust();
      await stage.make();
    },
    async drive(disk, say) {
      const stage = stageIn(disk, false);
      say((await provision(stage.options(), machineOf(stage.siteFile, lives))).verdict);
    },
    async recover(disk, said): Promise<Finding> {
      const stage = stageIn(disk, false);
      const found = stage.site();
      if ("problems" in loadSite(found)) return { outcome: "unreadable", what: `a site file of ${found.length} bytes` };
      if (said[0] === "kept" && found === FORMER) return { outcome: "lost", count: 1, what: "the site file that was kept" };
      if (said[0] === "returned" && found !== FORMER) return { outcome: "lost", count: 1, what: "the site file that was given back" };
      const again = await provision(stage.options(), machineOf(stage.siteFile, lives));
      if (lives && !["kept", "nothing"].includes(again.verdict)) return { outcome: "half", what: `the same stick again: ${again.verdict}` };
      if (lives && said[0] === "kept" && again.verdict !== "nothing")
        return { outcome: "lost", count: 1, what: "the record of what was applied" };
      if ((stage.site() === FORMER) === lives) return { outcome: "half", what: `the same stick again: ${again.verdict}, wrong file` };
      const former = lives ? readFileSync(`${stage.siteFile}.former`, "utf8") : FORMER;
      return former === FORMER ? WHOLE : { outcome: "lost", count: 1, what: "the former site file" };
    },
  };
}

export const stickKept = stick("stick-kept", true);
export const stickReturned = stick("stick-returned", false);
