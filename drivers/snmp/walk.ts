import type { BusFault } from "../driver.ts";
import { TAG, type Variable } from "./decode.ts";
import { inTreeOrder } from "./recording.ts";
import type { SnmpClient } from "./wire.ts";

/** So many variables fit the answer of most agents (RFC 3416, 4.2.3 lets them send fewer). */
const PER_QUESTION = 20;
const NOTHING: readonly number[] = [TAG.noSuchObject, TAG.noSuchInstance, TAG.endOfMibView];

/**
 * Everything that an agent has below an OID, in the order of the tree. Returns why it broke off, or null at the end; an agent that does not get
 * on would lead in circles, and has come to its end.
 */
export async function* walk(client: SnmpClient, root: string): AsyncGenerator<Variable, BusFault | null> {
  for (let from = root; ; ) {
    const answer = await client.following(from, PER_QUESTION);
    if (answer.outcome === "fault") return answer.fault;
    // SNMPv1 says noSuchName at the end.
    if (answer.outcome === "errorStatus") return null;
    if (answer.variables.length === 0) return null;
    for (const variable of answer.variables) {
      const { oid, type } = variable;
      if (!oid.startsWith(`${root}.`) || NOTHING.includes(type) || inTreeOrder(oid, from) <= 0) return null;
      yield variable;
      from = oid;
    }
  }
}
