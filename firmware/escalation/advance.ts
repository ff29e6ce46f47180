import type { Words } from "../contract/alarm.ts";
import type { Call, Moment, Running } from "../contract/escalating.ts";
import type { EscalationNote, ToldStep } from "../contract/escalation.ts";
import { type Due, dueNow, type Plan, type Step } from "./plan.ts";
import type { Person } from "./rota.ts";
import { LOG_MAX, ranBy } from "./running.ts";
import { addressesOf, type Channels, type Recipients, withTold } from "./told.ts";

/** A step that was not taken by a target for so long uses its next channel. */
export const SENT_WITHIN_MS = 120_000;
/** Channels that are tried at once in a row; there are no more targets in a site. */
const TRIES_MAX = 16;

/** What became of an event at a target. */
export type Fate = "sent" | "queued" | "parked" | "unknown";

/** What the planner asks of the world; answers are of this moment. */
export interface World {
  /** Who is on call; null: nobody can be told. */
  onCall(rota: string): Person | null;
  /** The target takes nothing at present, as its deliveries of all alarms show. */
  isDead(target: string): boolean;
  fate(event: string, target: string): Fate;
  newEvent(): string;
}

/** One step to be recorded, for exactly these targets. */
export interface Fire {
  readonly event: string;
  readonly targets: readonly string[];
  readonly to: Readonly<Record<string, readonly string[]>>;
  readonly note: EscalationNote;
}

export interface Advanced {
  readonly running: Running;
  readonly fires: readonly Fire[];
  readonly late: readonly Late[];
}

/** A step that a target did not take in time. */
export interface Late {
  readonly target: string;
  readonly event: string;
}

/** What is due now: calls whose channel is dead first, then the steps of the plan. */
export function advance(plan: Plan, running: Running, now: Moment, world: World, channels: Channels): Advanced {
  let state: Advanced = { running, fires: [], late: [] };
  if (running.phase !== "ringing") return state;
  const scene = { plan, now, world, channels, ranMs: ranBy(running, now) };
  state = failOver(state, scene);
  for (const due of dueNow(plan, running.cursor, scene.ranMs)) {
    const fired = fire(state, { ...due, why: null, tried: [], reached: reachedBy(plan.steps[due.step] as Step, world) }, scene);
    state = failOver({ ...fired, running: { ...fired.running, cursor: due } }, scene);
  }
  return state;
}

/** For people: whom the next step would tell if it were now. */
export function reachedBy(step: Step, world: Pick<World, "onCall">): Reached {
  return reachedThrough(step.targets, step.onCall, world);
}

interface Reached {
  readonly targets: ReadonlyMap<string, Recipients>;
  readonly people: readonly Person[];
}

interface Scene {
  readonly plan: Plan;
  readonly now: Moment;
  readonly ranMs: number;
  readonly world: World;
  readonly channels: Channels;
}

function reachedThrough(targets: readonly string[], rotas: readonly string[], world: Pick<World, "onCall">): Reached {
  const people = rotas.flatMap((rota) => world.onCall(rota) ?? []);
  const reached = new Map<string, Recipients>(targets.map((target) => [target, { own: true, to: [] }]));
  for (const { reach } of people) {
    if (reach === null) continue;
    const known = reached.get(reach.target) ?? { own: reach.to === null, to: [] };
    reached.set(reach.target, { ...known, to: [...known.to, ...(reach.to === null ? [] : [reach.to])] });
  }
  return { targets: reached, people };
}

interface Telling extends Due {
  readonly why: Words | null;
  readonly tried: readonly string[];
  readonly reached: Reached;
}

function fire(before: Advanced, { step, round, why, tried, reached }: Telling, { plan, now, ranMs, world, channels }: Scene): Advanced {
  const targets = [...reached.targets.keys()];
  const { running } = before;
  const event = world.newEvent();
  const note: EscalationNote = {
    ...{ plan: plan.id, step: step + 1, steps: plan.steps.length, round, why },
    onCall: reached.people.map(({ name, phone }) => ({ name, phone })),
  };
  const line: ToldStep = { atMs: now.wallMs, step: step + 1, round, targets, people: reached.people.map(({ name }) => name), why };
  const call: Call = { event, step, ranMs, waiting: targets, reached: false, tried: [...tried, ...targets] };
  const told = withTold(running.told, reached.targets);
  const next: Running = {
    ...running,
    ranMs,
    at: now,
    calls: [...running.calls, call],
    told,
    log: [...running.log, line].slice(-LOG_MAX),
  };
  const to = addressesOf(reached.targets, channels);
  return { ...before, running: next, fires: [...before.fires, { event, targets, to, note }] };
}

/** Looks after what is on its way: what arrived is done, what did not in time goes through the next channel. */
function failOver(before: Advanced, scene: Scene): Advanced {
  let state = before;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const looked = state.running.calls.map((call) => look(call, scene));
    const calls = looked.filter(({ call, lost }) => call.waiting.length > 0 && lost.length === 0).map(({ call }) => call);
    const broken = looked.filter(({ lost }) => lost.length > 0);
    const same = calls.length === state.running.calls.length && calls.every((call, index) => call === state.running.calls[index]);
    if (!same) state = { ...state, running: { ...state.running, calls } };
    if (broken.length === 0) return state;
    const late = broken.flatMap(({ call, lost }) =>
      lost.filter((target) => !scene.world.isDead(target)).map((target) => ({ target, event: call.event })),
    );
    state = { ...state, late: [...state.late, ...late] };
    for (const { call, lost } of broken) state = goAround(state, call, lost, scene);
  }
  return state;
}

function look(call: Call, { world, ranMs }: Scene): { readonly call: Call; readonly lost: readonly string[] } {
  const fates = new Map(call.waiting.map((target) => [target, world.fate(call.event, target)]));
  const isLate = ranMs - call.ranMs >= SENT_WITHIN_MS;
  const isLost = (target: string): boolean => {
    const fate = fates.get(target);
    return fate !== "sent" && (world.isDead(target) || fate === "parked" || (fate === "queued" && isLate));
  };
  const sent = call.waiting.filter((target) => fates.get(target) === "sent");
  const lost = call.waiting.filter(isLost);
  if (sent.length === 0 && lost.length === 0) return { call, lost };
  const waiting = call.waiting.filter((target) => !sent.includes(target) && !lost.includes(target));
  return { call: { ...call, waiting, reached: call.reached || sent.length > 0 }, lost };
}

/** The next channel of the step: its fallbacks one after the other; when nobody at all was reached, those of the next step. */
function goAround(before: Advanced, call: Call, lost: readonly string[], scene: Scene): Advanced {
  const { plan, world } = scene;
  const step = plan.steps[call.step];
  const state = { ...before, running: { ...before.running, calls: [...before.running.calls, call] } };
  if (step === undefined) return state;
  const why = whyWords(lost, world);
  const due: Due = { afterMs: scene.ranMs, step: call.step, round: 0 };
  const fresh = step.fallback.filter((target) => !call.tried.includes(target)).slice(0, lost.length);
  if (fresh.length > 0) {
    const calls = [...before.running.calls, { ...call, tried: [...call.tried, ...fresh] }];
    return fire(
      { ...state, running: { ...state.running, calls } },
      { ...due, why, tried: call.tried, reached: reachedThrough(fresh, [], world) },
      scene,
    );
  }
  const next = plan.steps[call.step + 1];
  if (next === undefined || call.reached || call.waiting.length > 0) return state;
  const reached = reachedBy(next, world);
  const others = new Map([...reached.targets].filter(([target]) => !call.tried.includes(target)));
  if (others.size === 0) return state;
  return fire(state, { ...due, why, tried: call.tried, reached: { ...reached, targets: others } }, scene);
}

function whyWords(lost: readonly string[], world: World): Words {
  const names = lost.join(", ");
  const isDown = lost.every((target) => world.isDead(target));
  return isDown
    ? { zh: `${names} 送不到，改用后备通道`, en: `${names} takes nothing at present; another channel is used` }
    : { zh: `${names} 在 2 分钟内未送达，改用后备通道`, en: `${names} did not take it within 2 minutes; another channel is used` };
}
