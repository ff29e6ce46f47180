import { type HouseValue, houseValue } from "../house-value.ts";
import { findPoint } from "../vocabulary.ts";
import { type Beginning, beginningOf } from "./answer.ts";
import { ANSWERS, type Asked, type Fact, type ProbeProfile, STATES } from "./profile.ts";

/** What the site says of one probe over what its profile says. */
export interface ProbeSettings {
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  /** The name of a web server among others at the same address. */
  readonly serverName?: string | undefined;
  readonly status?: readonly number[] | undefined;
  readonly text?: string | undefined;
  readonly verify?: boolean | undefined;
  /** PEM */
  readonly ca?: string | undefined;
}

/** Settings that a probe of this kind knows. */
export const SETTINGS_OF: Readonly<Record<Asked, readonly (keyof ProbeSettings)[]>> = {
  ping: [],
  tcp: ["port"],
  http: ["port", "path", "serverName", "status", "text"],
  https: ["port", "path", "serverName", "status", "text", "verify", "ca"],
};

const WEB_PORTS: Partial<Readonly<Record<Asked, number>>> = { http: 80, https: 443 };

/** The port that is asked: the site's, else the profile's, else the protocol's own; undefined where there is none. */
export function portOf({ ask }: Pick<ProbeProfile, "ask">, settings: ProbeSettings): number | undefined {
  return settings.port ?? ask.port ?? WEB_PORTS[ask.what];
}

/** One point made ready. `byAnswer` has the states of a point in the order of `ANSWERS`. */
export interface ProbeColumn {
  readonly tells: Fact;
  readonly to: HouseValue;
  readonly byAnswer: readonly number[];
}

/** What is asked of one service, and the columns that its answer fills. */
export interface ProbePlan {
  readonly pointNames: readonly string[];
  readonly columns: readonly ProbeColumn[];
  readonly what: Asked;
  /** 0 for a ping. */
  readonly port: number;
  readonly send: Uint8Array | null;
  readonly expect: readonly Beginning[] | null;
}

export function planProbe(profile: ProbeProfile, settings: ProbeSettings): ProbePlan {
  const { what, send, expect } = profile.ask;
  const port = portOf(profile, settings);
  if (port === undefined && what !== "ping") throw new Error(`${profile.id} has no port: the site was not checked`);
  const points = Object.entries(profile.points);
  return {
    pointNames: points.map(([name]) => name),
    columns: points.map(([name, field], column) => ({
      tells: field.tells,
      to: houseValue(name, field, column),
      byAnswer: statesOf(name, field.tells),
    })),
    what,
    port: port ?? 0,
    send: send === undefined ? null : Buffer.from(send, "latin1"),
    expect: expect?.map(beginningOf) ?? null,
  };
}

function statesOf(name: string, tells: Fact): readonly number[] {
  if (tells !== "state" && tells !== "answer") return [];
  const definition = findPoint(name);
  const [up, down] = STATES;
  return ANSWERS.map((answer) => {
    const state = tells === "answer" ? answer : answer === "expected" ? up : down;
    const index = definition?.kind === "state" ? definition.states.findIndex((word) => word.name === state) : -1;
    if (index < 0) throw new Error(`${name} has no state ${state}: the profile was not checked`);
    return index;
  });
}
