import { isMissing, TAG, type Variable } from "../../drivers/snmp/decode.ts";
import { follows } from "../../drivers/snmp/rows.ts";
import type { SnmpAnswer, SnmpClient } from "../../drivers/snmp/wire.ts";

export type Cell = readonly [tag: number, value: unknown];

/** A well-behaved agent in memory, in the client's place: a tree of variables, and the ways in which real agents refuse. */
export class MibClient implements SnmpClient {
  readonly version: "1" | "2c" | "3";
  readonly cells: Map<string, Cell>;
  /** Every question asked so far: how many variables it carried. */
  readonly asked: (readonly string[])[] = [];
  /** More variables than this are answered with tooBig. */
  variablesMax = Number.POSITIVE_INFINITY;
  /** Variables whose instrument fails: genErr, with or without blame. */
  readonly broken = new Set<string>();
  blames = true;
  /** Consulted before answering; what it returns is the answer. */
  interfere: (oids: readonly string[]) => SnmpAnswer | null = () => null;

  constructor(version: "1" | "2c" | "3", cells: Readonly<Record<string, Cell>>) {
    this.version = version;
    this.cells = new Map(Object.entries(cells));
  }

  async get(oids: readonly string[]): Promise<SnmpAnswer> {
    this.asked.push(oids);
    const interference = this.interfere(oids);
    if (interference !== null) return interference;
    if (oids.length > this.variablesMax) return { outcome: "errorStatus", status: 1, name: "TooBig", oid: null };
    const broken = oids.find((oid) => this.broken.has(oid));
    if (broken !== undefined) return { outcome: "errorStatus", status: 5, name: "GeneralError", oid: this.blames ? broken : null };
    const variables = oids.map((oid) => this.#at(oid));
    const missing = variables.find(isMissing);
    if (this.version === "1" && missing !== undefined)
      return { outcome: "errorStatus", status: 2, name: "NoSuchName", oid: this.blames ? missing.oid : null };
    return { outcome: "variables", variables };
  }

  async following(oid: string, countMax: number): Promise<SnmpAnswer> {
    this.asked.push([oid]);
    const interference = this.interfere([oid]);
    if (interference !== null) return interference;
    const after = [...this.cells.keys()].filter((candidate) => follows(oid, candidate)).sort((a, b) => (follows(a, b) ? -1 : 1));
    const found = after.slice(0, this.version === "1" ? 1 : countMax).map((next) => this.#at(next));
    if (found.length > 0) return { outcome: "variables", variables: found };
    return this.version === "1"
      ? { outcome: "errorStatus", status: 2, name: "NoSuchName", oid }
      : { outcome: "variables", variables: [{ oid, type: TAG.endOfMibView, value: null }] };
  }

  close(): void {}

  #at(oid: string): Variable {
    const [type, value] = this.cells.get(oid) ?? [TAG.noSuchInstance, null];
    return { oid, type, value };
  }
}
