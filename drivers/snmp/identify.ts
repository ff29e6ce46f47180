import type { Scored } from "../identify.ts";
import type { Words } from "../vocabulary.ts";
import type { SnmpProfile } from "./profile.ts";

/** What an agent answered about itself: its sysObjectID (empty where it has none), and whether it has a variable. */
export interface AgentIdentity {
  readonly sysObjectId: string;
  has(oid: string): boolean;
}

/**
 * The profiles that fit an agent, best first: those that claim the longest prefix of its sysObjectID and whose probe is there; then the
 * standards, which claim no sysObjectID and fit every agent that has their probe. Several may fit: many cards answer a standard, too.
 */
export function fittingProfiles(agent: AgentIdentity, profiles: readonly SnmpProfile[]): readonly SnmpProfile[] {
  return profiles
    .map((profile) => ({ profile, certainty: certaintyOf(agent, profile) }))
    .filter(({ certainty }) => certainty > 0)
    .sort((a, b) => b.certainty - a.certainty || (a.profile.id < b.profile.id ? -1 : 1))
    .map(({ profile }) => profile);
}

/** Arcs that were recognised, a probe counting half an arc more; 0 where the profile does not fit. */
function certaintyOf(agent: AgentIdentity, { sysObjectIds, probe }: SnmpProfile): number {
  const hasProbe = probe !== undefined && agent.has(probe);
  if (probe !== undefined && !hasProbe) return 0;
  if (sysObjectIds.length === 0) return hasProbe ? 1 : 0;
  const claimed = claimedArcs(agent.sysObjectId, sysObjectIds);
  return claimed === 0 ? 0 : claimed + (hasProbe ? 0.5 : 0);
}

/** How many arcs of a sysObjectID the longest of these prefixes has; 0 for none. */
export function claimedArcs(sysObjectId: string, prefixes: readonly string[]): number {
  const claimed = prefixes.filter((prefix) => `${sysObjectId}.`.startsWith(`${prefix}.`)).map((prefix) => prefix.split(".").length);
  return Math.max(0, ...claimed);
}

/** What a fitting profile read of an agent: points that need no row of a table to be chosen. */
export interface SnmpEvidence {
  readonly profile: Pick<SnmpProfile, "id" | "sysObjectIds" | "probe">;
  readonly good: number;
  readonly points: number;
}

/** An enterprise's own arc is the seventh; what follows is the product. (RFC 1155, enterprises 1.3.6.1.4.1) */
const ENTERPRISE_ARCS = 7;
const LIKELY = { standard: 0.55, enterprise: 0.75, product: 0.9, model: 0.97 } as const;
/** Of a family all of whose points are rows of tables nothing was read. */
const UNREAD = 0.8;

/** How likely an agent is of a profile that fits it: by how much of its sysObjectID the profile claims, and by what it could read. */
export function scoreSnmp({ profile, good, points }: SnmpEvidence, sysObjectId: string): Scored {
  const arcs = claimedArcs(sysObjectId, profile.sysObjectIds);
  const claim =
    arcs === 0
      ? LIKELY.standard
      : arcs <= ENTERPRISE_ARCS
        ? LIKELY.enterprise
        : arcs === ENTERPRISE_ARCS + 1
          ? LIKELY.product
          : LIKELY.model;
  const read = points === 0 ? UNREAD : 0.4 + 0.6 * (good / points);
  const reasons: Words[] = [
    arcs === 0
      ? { zh: "标准 MIB，不看 sysObjectID", en: "a standard MIB, whatever the sysObjectID" }
      : { zh: `sysObjectID 前 ${arcs} 段相符`, en: `the first ${arcs} arcs of sysObjectID are this family's` },
    ...(profile.probe === undefined
      ? []
      : [{ zh: `有特征变量 ${profile.probe}`, en: `it has ${profile.probe}, which only this family has` }]),
    { zh: `${points} 个测点中 ${good} 个有值`, en: `${good} of ${points} points have a value` },
  ];
  return { profile: profile.id, confidence: Math.round(100 * claim * read), reasons };
}

/** Best first; of equals, who reads more. */
export function rankSnmp(evidence: readonly SnmpEvidence[], sysObjectId: string): readonly Scored[] {
  return evidence
    .map((one) => ({ ...scoreSnmp(one, sysObjectId), good: one.good }))
    .sort((a, b) => b.confidence - a.confidence || b.good - a.good || (a.profile < b.profile ? -1 : 1))
    .map(({ profile, confidence, reasons }) => ({ profile, confidence, reasons }));
}
