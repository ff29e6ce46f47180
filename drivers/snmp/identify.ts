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
  const claimed = sysObjectIds
    .filter((prefix) => `${agent.sysObjectId}.`.startsWith(`${prefix}.`))
    .map((prefix) => prefix.split(".").length);
  return claimed.length === 0 ? 0 : Math.max(...claimed) + (hasProbe ? 0.5 : 0);
}
