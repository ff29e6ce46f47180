import { loadProfile } from "../../drivers/catalogue.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";

/** A shipped SNMP profile; anything wrong with it fails the test that asks. */
export function snmpProfile(id: string): SnmpProfile {
  const answer = loadProfile(id);
  if ("problems" in answer) throw new Error(JSON.stringify(answer.problems));
  if (answer.profile.protocol !== "snmp") throw new Error(`${id} is no SNMP profile`);
  return answer.profile;
}
