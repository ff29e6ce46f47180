import type { EscalationView, HandOversReply, OnCallReply, RotaView } from "../../firmware/contract/escalation.ts";
import { said } from "../text/words.ts";
import { type Answer, ask } from "./api.ts";

const LIST_LENGTH = 30;

export const getOnCall = (): Promise<Answer<OnCallReply>> => ask("GET", "/api/v1/on-call");
export const getHandOvers = (rota: string, before: number | null): Promise<Answer<HandOversReply>> =>
  ask(
    "GET",
    `/api/v1/on-call/hand-overs?limit=${LIST_LENGTH}${rota === "" ? "" : `&rota=${rota}`}${before === null ? "" : `&before=${before}`}`,
  );

/** What a person of a rota is called; somebody that the site file no longer has stands for themselves. */
export function personName(rotas: readonly RotaView[], rota: string, id: string): string {
  const person = rotas.find((known) => known.id === rota)?.people.find((known) => known.id === id);
  return person === undefined ? id : said(person.name);
}

/** People first: they are whom one calls. */
export function whom({ people, targets }: Pick<EscalationView["told"][number], "people" | "targets">): string {
  return [...people.map(said), ...targets].join(" · ");
}
