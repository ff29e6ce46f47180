import type { Words } from "../../firmware/contract/alarm.ts";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";
import { differenceOf } from "../../firmware/site/difference.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { problemWords } from "../../firmware/site/problems.ts";
import { reasonOf } from "../backup/problem.ts";
import { type BoxIdentity, boxIdentity, rowsOf } from "./box.ts";
import { readTrustedKeys } from "./keys.ts";
import type { BoxRow, Manifest } from "./manifest.ts";
import { type OpenBundle, openBundle } from "./open.ts";
import { cannotWrite, StickProblem } from "./problem.ts";
import * as say from "./provision-words.ts";
import type { Machine, Report, Verdict } from "./report.ts";
import { type Applied, type BoxRecord, SitePlace, sha256Of } from "./site-place.ts";

/** A gateway that starts reads its journal first; after a power cut it checks it as a whole. */
const UP_WITHIN_MS = 120_000;
const UP_STEP_MS = 500;
/** One that falls over at once is not up: it must answer again after this. */
const STILL_UP_AFTER_MS = 3_000;
const PROBLEMS_TOLD_MAX = 20;

export interface ProvisionOptions {
  /** Where the stick is mounted. */
  readonly directory: string;
  readonly siteFile: string;
  /** A `.trust` file, or a folder of them. */
  readonly trusted: string;
  /** `/`, or what stands for it where the serial number and network cards are looked up. */
  readonly machineRoot: string;
  readonly dryRun: boolean;
  readonly version: string;
  /** Called between the steps; for tests that end the process there. */
  readonly atStep?: (step: string) => void;
}

/**
 * The stick's whole way on the box: verify → this box's row → site file → difference → devices asked with the candidate while the gateway
 * is stopped → put in place → gateway started → kept, or the former site again. The devices are asked through wires of its own and not
 * through the running gateway: that needs neither a token nor an open port, gives a reason per device, and the former file is still in
 * place while it happens.
 *
 * The rule: it is kept unless no device answers with it although some answer with the former file, or the gateway does not come up.
 */
export async function provision(options: ProvisionOptions, machine: Machine): Promise<Report> {
  const run = new Run(options, machine, await boxIdentity(options.machineRoot));
  try {
    return await run.toEnd();
  } catch (error) {
    if (error instanceof StickProblem) return run.report("refused", error.words);
    throw error;
  }
}

class Run {
  readonly #options: ProvisionOptions;
  readonly #machine: Machine;
  readonly #box: BoxIdentity;
  readonly #place: SitePlace;
  readonly #startedAtMs: number;
  readonly #notes: Words[] = [];
  #bundle: OpenBundle | null = null;
  #row: BoxRow | null = null;
  #timezone: string | null = null;
  #difference: readonly Words[] = [];
  #devices: readonly DeviceProbe[] = [];

  constructor(options: ProvisionOptions, machine: Machine, box: BoxIdentity) {
    this.#options = options;
    this.#machine = machine;
    this.#box = box;
    this.#place = new SitePlace(options.siteFile);
    this.#startedAtMs = machine.nowMs();
  }

  async toEnd(): Promise<Report> {
    const bundle = await this.#openBundle();
    const row = this.#rowOf(bundle);
    const text = await bundle.siteText(row.file);
    const [current, record] = [await this.#place.text(), await this.#place.record()];
    // What runs may be newer than the file: changed on the page, or gone back to.
    const former = await this.#machine.configuration.running();
    if (record.damaged) this.#notes.push(say.recordDamaged());
    const next: Applied = {
      bundle: bundle.manifest.bundle,
      issued: bundle.manifest.issued,
      siteSha256: sha256Of(text),
      signer: `${bundle.signer.name} (${bundle.signer.fingerprint})`,
      atMs: this.#machine.nowMs(),
    };
    if (record.applied !== null && isSame(record.applied, next)) {
      const isAsApplied = current !== null && sha256Of(current) === next.siteSha256 && former === current;
      if (!isAsApplied) this.#notes.push(say.changedByHand(this.#place.file));
      else if (record.applied.silent > 0 && !this.#options.dryRun) return this.#askAgain(record.applied);
      return this.report("nothing", [say.nothingToDo(next)]);
    }
    expectNewer(record.applied, next);
    const loaded = loadSite(text);
    if ("problems" in loaded) {
      const told = loaded.problems.slice(0, PROBLEMS_TOLD_MAX).map((problem) => problemWords(row.file, problem));
      throw new StickProblem(...told, say.siteNotUnderstood(loaded.problems.length));
    }
    this.#timezone = loaded.site.timezone;
    const isByHand = current === null || sha256Of(current) !== record.applied?.siteSha256 || former !== current;
    if (record.applied !== null && isByHand && record.pending === null) this.#notes.push(say.changedByHand(this.#place.file));
    this.#difference = differenceOf(former ?? current, text);
    if (this.#options.dryRun) return this.report("dryRun", [say.wouldApply(row, loaded.site)]);
    return this.#tryOut({ text, current, former, next, record, subject: loaded.site.id });
  }

  async #openBundle(): Promise<OpenBundle> {
    const { keys, passedOver } = await readTrustedKeys(this.#options.trusted);
    this.#notes.push(...passedOver);
    const bundle = await openBundle(this.#options.directory, keys);
    this.#bundle = bundle;
    return bundle;
  }

  #rowOf({ manifest }: { readonly manifest: Manifest }): BoxRow {
    const [row, other] = rowsOf(manifest.boxes, this.#box);
    if (row === undefined) throw new StickProblem(say.noRow(this.#box));
    if (other !== undefined) throw new StickProblem(say.twoRows(row, other));
    this.#row = row;
    return row;
  }

  async #tryOut(plan: Plan): Promise<Report> {
    const { gateway } = this.#machine;
    try {
      await this.#written(() => this.#place.writeCandidate(plan.text));
      this.#step("candidate written");
      await gateway?.stop();
      this.#step("gateway stopped");
      let isRunning = gateway === null;
      try {
        const ranBefore = await this.#machine.configuration.settle();
        this.#devices = await this.#machine.probe(this.#place.candidate);
        this.#step("devices asked");
        if (await this.#lostThemAll(plan)) {
          await this.#note(plan, "site.provision.return", plan.former, plan.former, "no device answers");
          return this.report("returned", [say.nobodyAnswers()]);
        }
        const ground = await this.#putInPlace(plan, ranBefore);
        await this.#note(plan, "site.provision", plan.former, plan.text, "");
        isRunning = true;
        if (await this.#comesUp()) {
          // It runs: a record that cannot be written now is said, and written when the same stick comes again.
          await this.#said(() => this.#place.writeRecord({ format: 1, applied: { ...plan.next, silent: this.#silent }, pending: null }));
          this.#step("kept");
          return this.report("kept", [say.kept(this.#devices, gateway !== null)]);
        }
        isRunning = gateway === null;
        return await this.#goBack(plan, ground);
      } finally {
        // Whatever happened in between, the room is watched again.
        if (!isRunning) await this.#startAgain();
      }
    } finally {
      await this.#place.dropCandidate().catch(() => undefined);
    }
  }

  /** The wiring was mended and the stick comes again: who was silent is asked again, and the receipt says what came of it. */
  async #askAgain(applied: Applied): Promise<Report> {
    const { gateway } = this.#machine;
    await gateway?.stop();
    try {
      this.#devices = await this.#machine.probe(null);
      await this.#said(() => this.#place.writeRecord({ format: 1, applied: { ...applied, silent: this.#silent }, pending: null }));
      return this.report("kept", [say.askedAgain(this.#devices)]);
    } finally {
      if (gateway !== null) await this.#startAgain();
    }
  }

  get #silent(): number {
    return this.#devices.filter(({ answered }) => !answered).length;
  }

  /** Nobody answers with the new file, and somebody does with what runs. */
  async #lostThemAll({ former, text }: Plan): Promise<boolean> {
    if (former === null || former === text || this.#devices.some(({ answered }) => answered)) return false;
    const before = await this.#machine.probe(null);
    this.#step("former devices asked");
    return before.some(({ answered }) => answered);
  }

  /**
   * The box's memory first: until the file follows, a start finds the former file, which then is the newer one again. @returns what to go
   * back to.
   */
  async #putInPlace({ current, next, record, text }: Plan, ranBefore: number | null): Promise<Ground> {
    return this.#written(async () => {
      const ground = await this.#place.groundOf(current, record);
      const isInPlace = current === text && !ground.isKept;
      if (!isInPlace && !ground.isKept && current !== null) await this.#place.keepFormer();
      this.#step("former kept");
      const unproven = record.pending?.siteSha256 === next.siteSha256 && current === text ? record.pending.formerRevision : undefined;
      const formerRevision = unproven === undefined ? ranBefore : unproven;
      const pending = { ...next, formerSha256: ground.sha256, formerRevision };
      await this.#place.writeRecord({ format: 1, applied: record.applied, pending });
      this.#step("record written");
      await this.#machine.configuration.adopt(this.#place.candidate, next.signer, `bundle ${next.bundle}`);
      this.#step("taken over");
      if (!isInPlace) await this.#place.putCandidate();
      this.#step("put in place");
      return { sha256: ground.sha256, revision: formerRevision };
    });
  }

  async #goBack(plan: Plan, ground: Ground): Promise<Report> {
    await this.#machine.gateway?.stop().catch((error) => this.#notes.push(...wordsOf(error)));
    if (ground.sha256 !== sha256Of(plan.text) && !(await this.#said(() => this.#place.putBack(ground.sha256))))
      return this.report("kept", [say.couldNotReturn(this.#place.file, this.#place.former)]);
    this.#step("put back");
    // With the file the site comes back that stood in it; with this, the one that ran.
    const why = `bundle ${plan.next.bundle}: the gateway did not come up`;
    await this.#said(() => this.#machine.configuration.bringBack(ground.revision, plan.next.signer, why));
    this.#step("brought back");
    await this.#said(() => this.#place.writeRecord({ format: 1, applied: plan.record.applied, pending: null }));
    await this.#note(plan, "site.provision.return", plan.text, plan.former, "the gateway did not come up");
    return this.report("returned", [say.didNotComeUp()]);
  }

  async #startAgain(): Promise<void> {
    if (!(await this.#comesUp())) this.#notes.push(say.formerDoesNotComeUp());
  }

  /** Up is: answers now, and again a moment later. */
  async #comesUp(): Promise<boolean> {
    const { gateway } = this.#machine;
    if (gateway === null) return true;
    try {
      await gateway.start();
    } catch (error) {
      this.#notes.push(...wordsOf(error));
      return false;
    }
    this.#step("gateway started");
    for (let waitedMs = 0; waitedMs < UP_WITHIN_MS; waitedMs += UP_STEP_MS) {
      if (await gateway.isUp()) {
        await this.#machine.sleep(STILL_UP_AFTER_MS);
        if (await gateway.isUp()) return true;
        waitedMs += STILL_UP_AFTER_MS;
      }
      await this.#machine.sleep(UP_STEP_MS);
    }
    return false;
  }

  async #note({ next, subject }: Plan, action: string, before: string | null, after: string | null, why: string): Promise<void> {
    const value = (text: string | null): string | null => (text === null ? null : `sha256:${sha256Of(text)}`);
    const changes = this.#difference.map(({ en }) => en).join("; ");
    const detail = [`bundle ${next.bundle}`, why, changes].filter((part) => part !== "").join(": ");
    const act = { by: next.signer, from: "stick", action, subject, detail, before: value(before), after: value(after) };
    await this.#machine.note({ atMs: this.#machine.nowMs(), ...act }).catch((error) => this.#notes.push(...wordsOf(error)));
  }

  async #written<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof StickProblem ? error : cannotWrite(this.#place.file, error);
    }
  }

  /** Trouble that must not hide what has already happened. @returns whether there was none. */
  async #said(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#notes.push(...cannotWrite(this.#place.file, error).words);
      return false;
    }
  }

  #step(name: string): void {
    this.#options.atStep?.(name);
  }

  report(verdict: Verdict, words: readonly Words[]): Report {
    const { manifest, signer } = this.#bundle ?? {};
    return {
      verdict,
      words,
      box: this.#box,
      row: this.#row,
      bundle:
        manifest === undefined
          ? null
          : { id: manifest.bundle, issued: manifest.issued, signer: `${signer?.name} (${signer?.fingerprint})` },
      difference: this.#difference,
      devices: this.#devices,
      // Filled while a gateway is started again, too: the same list.
      notes: this.#notes,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#machine.nowMs(),
      clockTrusted: this.#machine.clockTrusted(),
      timezone: this.#timezone,
    };
  }
}

/** What to go back to: the sum of the site file, and the revision that ran. */
interface Ground {
  readonly sha256: string | null;
  readonly revision: number | null;
}

interface Plan {
  readonly text: string;
  /** What stands in the site file. */
  readonly current: string | null;
  /** What the box runs. */
  readonly former: string | null;
  readonly next: Applied;
  readonly record: BoxRecord;
  readonly subject: string;
}

function isSame(applied: Applied, next: Applied): boolean {
  return applied.bundle === next.bundle && applied.issued === next.issued && applied.siteSha256 === next.siteSha256;
}

/** A stick from the drawer does not undo what was brought since. */
function expectNewer(applied: Applied | null, next: Applied): void {
  if (applied === null || next.issued > applied.issued) return;
  throw new StickProblem(next.issued < applied.issued ? say.older(applied, next) : say.otherContent(applied));
}

function wordsOf(error: unknown): readonly Words[] {
  return error instanceof StickProblem ? error.words : [{ zh: `意外错误：${reasonOf(error)}`, en: `unexpected: ${reasonOf(error)}` }];
}
