import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes, the longest first: begun last, each would keep the others' cores waiting for it. */
const LONGEST: readonly string[] = [
  "test/provisioning/deb.peer.test.ts",
  "test/box/history.peer.test.ts",
  "test/provisioning/stick.peer.test.ts",
  "test/faults/month.peer.test.ts",
  "test/faults/clock.peer.test.ts",
  "test/box/contacts.peer.test.ts",
  "test/box/configuration.browser.test.ts",
  "test/provisioning/backup.test.ts",
  "test/faults/configuration-kill.test.ts",
  "test/faults/power-cut.test.ts",
  "test/alarms/month.test.ts",
];

/** The order of a first run, too, of which vitest knows only how large each file is. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => this.#rank(a) - this.#rank(b));
  }

  #rank({ moduleId }: TestSpecification): number {
    const place = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
    return place < 0 ? LONGEST.length : place;
  }
}
