import { loadProfile } from "../../drivers/catalogue.ts";
import type { SnmpProfile } from "../../drivers/profile.ts";

/** A shipped SNMP profile; anything wrong with it fails the test that asks. */
export function snmpProfile(id: string): SnmpProfile {
  const answer = loadProfile(id);
  if ("faults" in answer) throw new Error(JSON.stringify(answer.faults));
  if (answer.profile.protocol !== "snmp") throw new Error(`${id} is no SNMP profile`);
  return answer.profile;
}
