import { IDLE, type LinkageMemory, type LinkageStep, resetLinkage, stepLinkage } from "./linkage.ts";
import type { Linkage, Output } from "./output.ts";
import { AskedTimes, type Demands, forceEvent, NO_ORDERS, type Orders, TEST_MS, type Wanted, type Why, wantedOf } from "./wanted.ts";
import type { World } from "./world.ts";

/** Who armed a linkage, and which definition of it. */
export interface Armed {
  readonly mark: string;
  readonly by: string;
  readonly atMs: number;
}

/** What outlives a restart. By id of the output or linkage. */
export interface Kept {
  readonly orders: Readonly<Record<string, Orders>>;
  readonly armed: Readonly<Record<string, Armed>>;
  readonly linkages: Readonly<Record<string, KeptLinkage>>;
}

/** What it has acted on; `output` and `isOn` say what it held then, so that another definition of the same id inherits nothing. */
export interface KeptLinkage {
  readonly output: string;
  readonly isOn: boolean;
  readonly dealt: readonly string[];
  readonly acted: LinkageMemory["acted"];
}

export const NOTHING_KEPT: Kept = { orders: {}, armed: {}, linkages: {} };

/** What an output is told. `isResting`: it is held at what it was until the least time between two switches is over. */
export interface Command {
  readonly output: string;
  readonly isOn: boolean | null;
  readonly why: Why;
  readonly isResting: boolean;
}

export interface Step {
  readonly linkage: string;
  readonly step: LinkageStep;
}

interface OutputState {
  readonly output: Output;
  readonly times: AskedTimes;
  orders: Orders;
  test: Demands["test"];
  /** What it was told at last, and when; null: nothing yet. */
  told: { readonly isOn: boolean; readonly atMs: number } | null;
  command: Command;
  /** A person has just ordered something: it does not wait for the relay to have rested. */
  isHasty: boolean;
}

interface LinkageState {
  readonly linkage: Linkage;
  memory: LinkageMemory;
  armed: Armed | null;
}

/**
 * All outputs and linkages of a site with what is remembered of them. No effects: a look at the world gives what every output is to be at, and
 * what the log is to know.
 */
export class OutputBook {
  readonly #outputs: ReadonlyMap<string, OutputState>;
  readonly #linkages: ReadonlyMap<string, LinkageState>;
  readonly #isSigned: boolean;

  constructor(outputs: readonly Output[], linkages: readonly Linkage[], kept: Kept, isSigned: boolean) {
    this.#isSigned = isSigned;
    this.#outputs = new Map(
      outputs.map((output) => {
        const command: Command = { output: output.id, isOn: null, why: { kind: "normal" }, isResting: false };
        const orders = kept.orders[output.id] ?? NO_ORDERS;
        return [output.id, { output, times: new AskedTimes(), orders, test: null, told: null, command, isHasty: false }];
      }),
    );
    this.#linkages = new Map(
      linkages.map((linkage) => {
        const was = kept.linkages[linkage.id];
        const isSame = was !== undefined && was.output === linkage.output && was.isOn === linkage.isOn;
        const armed = kept.armed[linkage.id];
        return [
          linkage.id,
          {
            linkage,
            memory: isSame ? { ...IDLE, dealt: was.dealt, acted: was.acted } : IDLE,
            armed: armed?.mark === linkage.mark ? armed : null,
          },
        ];
      }),
    );
  }

  /** What is to be on the disk: complete, so that a restart goes on from here. */
  kept(): Kept {
    const orders = [...this.#outputs].filter(
      ([
        ,
        {
          orders: { lock, force },
        },
      ]) => lock !== null || force !== null,
    );
    const acted = [...this.#linkages].filter(([, { memory }]) => memory.acted !== null || memory.dealt.length > 0);
    return {
      orders: Object.fromEntries(orders.map(([id, state]) => [id, state.orders])),
      armed: Object.fromEntries([...this.#linkages].flatMap(([id, { armed }]) => (armed === null ? [] : [[id, armed]]))),
      linkages: Object.fromEntries(
        acted.map(([id, { linkage, memory }]) => [
          id,
          { output: linkage.output, isOn: linkage.isOn, dealt: memory.dealt, acted: memory.acted },
        ]),
      ),
    };
  }

  step(world: World): { readonly commands: readonly Command[]; readonly steps: readonly Step[] } {
    const steps: Step[] = [];
    for (const state of this.#linkages.values()) {
      const leave = { mayAct: this.#isSigned && state.armed !== null, isLocked: this.orders(state.linkage.output).lock !== null };
      const { memory, step } = stepLinkage(state.linkage, state.memory, world, leave);
      state.memory = memory;
      if (step !== null) steps.push({ linkage: state.linkage.id, step });
    }
    return { commands: [...this.#outputs.values()].map((state) => this.#command(state, world)), steps };
  }

  #command(state: OutputState, world: World): Command {
    const { output, times, orders, test } = state;
    const linkages = [...this.#linkages.values()].flatMap(({ linkage, memory }) =>
      memory.acted === null || linkage.output !== output.id ? [] : [{ linkage: linkage.id, isOn: linkage.isOn, ...memory.acted }],
    );
    const wanted = wantedOf(output, { orders, test, linkages }, world, times);
    const { now } = world;
    if (orders.force !== null && times.agoMs(forceEvent(orders.force), now) >= orders.force.untilMs - orders.force.atMs)
      state.orders = { ...orders, force: null };
    if (test !== null && times.agoMs(`test ${test.atMs}`, now) >= TEST_MS) state.test = null;
    state.command = settled(state, wanted, now.monotonicMs);
    state.isHasty = false;
    const { isOn } = state.command;
    // What it is told first at a start is no switch that it would have to rest from.
    if (isOn !== null && state.told === null) state.told = { isOn, atMs: Number.NEGATIVE_INFINITY };
    else if (isOn !== null && isOn !== state.told?.isOn) state.told = { isOn, atMs: now.monotonicMs };
    return state.command;
  }

  orders(output: string): Orders {
    return this.#outputs.get(output)?.orders ?? NO_ORDERS;
  }

  order(output: string, orders: Partial<Orders>): void {
    const state = this.#outputs.get(output);
    if (state === undefined) return;
    state.orders = { ...state.orders, ...orders };
    state.isHasty = true;
  }

  /** Switches an output for a moment, in memory only: a restart ends it. Null ends it now. */
  test(output: string, test: Demands["test"]): void {
    const state = this.#outputs.get(output);
    if (state === undefined) return;
    state.test = test;
    state.isHasty = true;
  }

  /** Null disarms. What it has done stays until somebody resets it. */
  arm(linkage: string, armed: Omit<Armed, "mark"> | null): void {
    const state = this.#linkages.get(linkage);
    if (state !== undefined) state.armed = armed === null ? null : { ...armed, mark: state.linkage.mark };
  }

  /** Null: as a person ends what it has done; else as it was before. */
  reset(linkage: string, former: LinkageMemory | null = null): void {
    const state = this.#linkages.get(linkage);
    if (state === undefined) return;
    state.memory = former ?? resetLinkage(state.memory);
    const output = this.#outputs.get(state.linkage.output);
    if (output !== undefined) output.isHasty = true;
  }

  command(output: string): Command | null {
    return this.#outputs.get(output)?.command ?? null;
  }

  linkage(id: string): { readonly memory: LinkageMemory; readonly armed: Armed | null } | null {
    return this.#linkages.get(id) ?? null;
  }
}

/** A relay that alarms switch rests between two switches; people and the end of a pulse do not wait. */
function settled({ output, told, isHasty }: OutputState, { isOn, why, atOnce }: Wanted, nowMs: number): Command {
  const command = { output: output.id, isOn, why, isResting: false };
  if (isOn === null || told === null || isOn === told.isOn || atOnce || isHasty || nowMs - told.atMs >= output.restMs) return command;
  return { ...command, isOn: told.isOn, isResting: true };
}
