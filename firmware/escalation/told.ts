import type { AlarmChange } from "../alarms/change.ts";
import type { Told, ToldTarget } from "../contract/escalating.ts";

/** Targets of the site, as far as it matters who tells them what. */
export interface Channels {
  readonly targets: readonly string[];
  /** Those that plans and people name: they hear of an alarm by its plan alone. */
  readonly planned: ReadonlySet<string>;
  /** Own recipients of mail targets. */
  readonly recipients: Readonly<Record<string, readonly string[]>>;
}

const NEVER: ToldTarget = { open: false, own: false, to: [] };

/** A change of an alarm as far as it matters who is told. */
interface News {
  readonly cause: AlarmChange["cause"];
  /** It rings on where its plan was, so no plan says to those who were told that it is there again. */
  readonly isBack: boolean;
  /** No other alarm of the incident is there. */
  readonly isAlone: boolean;
}

/**
 * Who is told of a change that no plan makes, and what each knows afterwards. The law: of an incident a target hears first that it is
 * there, then that it is over only if it was told that it is there, and never twice in a row.
 */
export function tell(
  { cause, isBack, isAlone }: News,
  told: Told,
  { targets, planned }: Channels,
): { readonly reached: ReadonlyMap<string, Recipients>; readonly told: Told } {
  const concerns = ({ open }: ToldTarget): boolean => (cause === "raise" ? isBack && !open : open && (cause !== "clear" || isAlone));
  const reached = new Map<string, Recipients>();
  const now: Record<string, ToldTarget> = { ...told };
  for (const target of targets) {
    const known = told[target];
    const isTold = known !== undefined && concerns(known);
    if (!planned.has(target)) reached.set(target, { own: true, to: isTold ? known.to : [] });
    else if (isTold) reached.set(target, known);
    if (isTold && (cause === "raise" || cause === "clear")) now[target] = { ...known, open: cause === "raise" };
  }
  return { reached, told: now };
}

/** After a step was told: these know that the alarm is there. */
export function withTold(told: Told, reached: ReadonlyMap<string, Recipients>): Told {
  const now = [...reached].map(([target, { own, to }]): [string, ToldTarget] => {
    const known = told[target] ?? NEVER;
    return [target, { open: true, own: known.own || own, to: [...new Set([...known.to, ...to])] }];
  });
  return { ...told, ...Object.fromEntries(now) };
}

/** Who is told at a target: its own recipients, and people beside them. */
export interface Recipients {
  readonly own: boolean;
  readonly to: readonly string[];
}

/** Recipients by target, of those that are told others than just the target's own. */
export function addressesOf(
  reached: ReadonlyMap<string, Recipients>,
  { recipients }: Channels,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...reached].flatMap(([target, { own, to }]) =>
      to.length === 0 ? [] : [[target, [...new Set([...(own ? (recipients[target] ?? []) : []), ...to])]] as const],
    ),
  );
}
