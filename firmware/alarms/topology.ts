import type { DeviceClass } from "../contract/site.ts";
import { isEmergency } from "./emergency.ts";
import type { Rule } from "./rule.ts";

/** What the topology must know of a site. */
export interface Placed {
  readonly areas: readonly { readonly id: string; readonly parent: string | null }[];
  readonly devices: readonly {
    readonly id: string;
    readonly area: string;
    readonly bus: string;
    readonly parents: readonly string[];
    readonly profile: { readonly class: DeviceClass };
  }[];
}

/** Says of an alarm key whether its condition is there at present, acknowledged or not. */
export type IsThere = (key: string) => boolean;

/** `cools` explains nothing away: a hot room stays an alarm that matters, whatever made it hot. */
type Link = "feeds" | "connects" | "cools";

interface Node {
  readonly area: string;
  readonly bus: string;
  readonly class: DeviceClass;
  readonly parents: readonly string[];
}

const LINKS: Partial<Readonly<Record<DeviceClass, Link>>> = { cooling: "cools", switch: "connects", host: "connects" };

/** Nothing comes out of it any more, or only what a battery still has: `point=type`. */
const SUPPLY_FAILS = /^(output\.source=(battery|none)|input\.source=none|battery\.status=depleted)$/;
const MAINS_FAIL = /^input\..*voltage=low$/;
/** What follows where the supply above fails. A battery that runs down is no such thing: it is what people must know of. */
const FOLLOWS_SUPPLY =
  /^(-=(lost|stale)|output\.source=(battery|none)|input\.source=none|(input|output|outlet)\..*(voltage|frequency|current|power|load)=low|outlet\..*status=off|input\..*status=fault|ats\.redundancy=lost|cooling\.supply\.alarm=alarm|service\.state=down)$/;
/**
 * A UPS is there so that nothing behind it follows. That it runs on its battery, gives nothing or is not heard asks for another hand than
 * the failed supply: to shed load before the minutes are over. So of a UPS only what it says of its input is explained by what feeds it.
 */
const FOLLOWS_SUPPLY_OF_UPS = /^input\..*=(none|low|fault)$/;
const FOLLOWS_NETWORK = /^(-=(lost|stale)|service\.state=down)$/;
/** Of a cooling unit: reminders, not failures. */
const REMINDS = /^(cooling\.maintenance|filter\.)/;

/** What carries, feeds and cools what: port → bus → device → its points, and `parents` of the site file. Loops were refused with the file. */
export class Topology {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #areas: ReadonlyMap<string, string | null>;
  readonly #buses: ReadonlyMap<string, readonly string[]>;
  readonly #rules = new Map<string, Rule[]>();
  readonly #failures = new Map<string, readonly string[]>();
  readonly #follows = new Map<string, readonly Link[]>();

  constructor(site: Placed, rules: readonly Rule[]) {
    this.#nodes = new Map(
      site.devices.map(({ id, area, bus, parents, profile }) => [id, { area, bus, class: profile.class, parents }] as const),
    );
    const byBus = Map.groupBy(site.devices, ({ bus }) => bus);
    this.#buses = new Map([...byBus].map(([bus, devices]) => [bus, devices.map(({ id }) => id)]));
    this.#areas = new Map(site.areas.map(({ id, parent }) => [id, parent]));
    for (const rule of rules) {
      const own = this.#rules.get(rule.device);
      if (own === undefined) this.#rules.set(rule.device, [rule]);
      else own.push(rule);
    }
  }

  /**
   * Key of an alarm that explains this one, so that nobody need hear of both; null: none. With several feeds (A and B) all of them
   * must have failed. An emergency is explained by nothing.
   */
  causeOf(rule: Rule, isThere: IsThere): string | null {
    if (isEmergency(rule)) return null;
    return this.#wireCause(rule, isThere) ?? this.#parentCause(rule, isThere);
  }

  /** Device ids above it, nearest first, with what they do for it. */
  above(device: string): readonly string[] {
    const found: string[] = [];
    const visit = (id: string): void => {
      for (const parent of this.#nodes.get(id)?.parents ?? []) {
        if (found.includes(parent)) continue;
        found.push(parent);
        visit(parent);
      }
    };
    visit(device);
    return found;
  }

  /** Whether an alarm of this rule may be why alarms follow below its device, however long ago it began. */
  isRoot(rule: Rule): boolean {
    if (rule.kind === "silence") return rule.type === "lost";
    const isCooling = this.#nodes.get(rule.device)?.class === "cooling";
    return this.#failsSupply(rule) || (isCooling && rule.kind !== "limit" && !REMINDS.test(nameOf(rule)));
  }

  busOf(device: string): string | null {
    return this.#nodes.get(device)?.bus ?? null;
  }

  areaOf(device: string): string | null {
    return this.#nodes.get(device)?.area ?? null;
  }

  devicesOn(bus: string): readonly string[] {
    return this.#buses.get(bus) ?? [];
  }

  isWithin(area: string, outer: string): boolean {
    return area === outer || this.#within(area).includes(outer);
  }

  /** The same place, one within the other, or neighbours within the same one. */
  areNear(a: string, b: string): boolean {
    const parent = this.#areas.get(a) ?? null;
    return this.isWithin(a, b) || this.isWithin(b, a) || (parent !== null && parent === (this.#areas.get(b) ?? null));
  }

  #within(area: string): readonly string[] {
    const path: string[] = [];
    for (let at = this.#areas.get(area) ?? null; at !== null && !path.includes(at); at = this.#areas.get(at) ?? null) path.push(at);
    return path;
  }

  /** A bus without its adapter, a device without its bus, a point without its device. */
  #wireCause(rule: Rule, isThere: IsThere): string | null {
    if (rule.kind !== "silence") return null;
    const bus = rule.type === "busSilent" ? rule.device : this.#nodes.get(rule.device)?.bus;
    if (bus === undefined) return null;
    const causes =
      rule.type === "busSilent"
        ? [this.#key(bus, "adapterMissing")]
        : rule.type === "lost"
          ? [this.#key(bus, "adapterMissing"), this.#key(bus, "busSilent")]
          : rule.type === "stale"
            ? [this.#key(bus, "adapterMissing"), this.#key(bus, "busSilent"), this.#key(rule.device, "lost")]
            : [];
    return causes.find((key) => key !== null && isThere(key)) ?? null;
  }

  #parentCause(rule: Rule, isThere: IsThere): string | null {
    const { parents = [] } = this.#nodes.get(rule.device) ?? {};
    if (parents.length === 0) return null;
    for (const link of this.#followsOf(rule)) {
      const cause = this.#allFailed(parents, link, isThere);
      if (cause !== null) return cause;
    }
    return null;
  }

  /** The first of their causes when all parents of this kind have failed. */
  #allFailed(parents: readonly string[], link: Link, isThere: IsThere): string | null {
    const those = parents.filter((id) => this.#linkOf(id) === link);
    const causes = those.map((id) => this.#failureOf(id, link, isThere));
    return those.length > 0 && causes.every((cause) => cause !== null) ? (causes[0] ?? null) : null;
  }

  /** Why nothing comes from a device: the failure furthest up, or its own. */
  #failureOf(device: string, link: Link, isThere: IsThere): string | null {
    const above = this.#allFailed(this.#nodes.get(device)?.parents ?? [], link, isThere);
    if (above !== null) return above;
    return this.#failuresOf(device, link).find(isThere) ?? null;
  }

  /** Keys of the alarms that say that nothing comes from a device any more; found once, asked in every storm. */
  #failuresOf(device: string, link: Link): readonly string[] {
    const name = `${link} ${device}`;
    const known = this.#failures.get(name);
    if (known !== undefined) return known;
    const fails = (rule: Rule): boolean =>
      link === "feeds" ? this.#failsSupply(rule) : rule.type === "lost" || nameOf(rule) === "service.state=down";
    const keys = (this.#rules.get(device) ?? []).filter(fails).map(({ key }) => key);
    this.#failures.set(name, keys);
    return keys;
  }

  #followsOf(rule: Rule): readonly Link[] {
    const known = this.#follows.get(rule.key);
    if (known !== undefined) return known;
    const what = nameOf(rule);
    const links: Link[] = [
      ...(this.#followsSupply(rule, what) ? (["feeds"] as const) : []),
      ...(FOLLOWS_NETWORK.test(what) ? (["connects"] as const) : []),
    ];
    this.#follows.set(rule.key, links);
    return links;
  }

  #followsSupply({ device }: Rule, what: string): boolean {
    const isUps = this.#nodes.get(device)?.class === "ups";
    return FOLLOWS_SUPPLY.test(what) && (!isUps || FOLLOWS_SUPPLY_OF_UPS.test(what));
  }

  #failsSupply(rule: Rule): boolean {
    if (rule.kind === "silence") return false;
    const what = nameOf(rule);
    const { class: kind } = this.#nodes.get(rule.device) ?? {};
    return SUPPLY_FAILS.test(what) || ((kind === "meter" || kind === "ats") && MAINS_FAIL.test(what));
  }

  #linkOf(device: string): Link {
    return LINKS[this.#nodes.get(device)?.class ?? "other"] ?? "feeds";
  }

  #key(device: string, type: Rule["type"]): string | null {
    return this.#rules.get(device)?.find((rule) => rule.kind === "silence" && rule.type === type)?.key ?? null;
  }
}

/** `output.source=battery`; `-=lost` for an alarm that is about no point. */
function nameOf({ pointId, device, type }: Rule): string {
  return `${pointId === null || type === "stale" ? "-" : pointId.slice(device.length + 1)}=${type}`;
}
