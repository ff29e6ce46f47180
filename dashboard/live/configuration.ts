import type { CheckReply, ConfigurationReply, DifferenceReply, RevisionText, RevisionView } from "../../firmware/contract/configuration.ts";
import { type Answer, ask } from "./api.ts";

const PATH = "/api/v1/configuration";
type Changed = Promise<Answer<{ readonly number: number }>>;

export const getConfiguration = (): Promise<Answer<ConfigurationReply>> => ask("GET", PATH);
/** Newest first. */
export const getRevisions = (): Promise<Answer<{ readonly revisions: readonly RevisionView[] }>> => ask("GET", `${PATH}/revisions`);
export const getRevisionText = (number: number): Promise<Answer<RevisionText>> => ask("GET", `${PATH}/revision?number=${number}`);
export const getDifference = (from: number, to: number): Promise<Answer<DifferenceReply>> =>
  ask("GET", `${PATH}/difference?from=${from}&to=${to}`);
export const checkText = (text: string): Promise<Answer<CheckReply>> => ask("POST", `${PATH}/check`, { text });
export const changeText = (text: string, reason: string, base: number): Changed => ask("PUT", PATH, { text, reason, base });
export const revertTo = (revision: number, reason: string, base: number): Changed =>
  ask("POST", `${PATH}/revert`, { revision, reason, base });
export const adoptFile = (base: number): Changed => ask("POST", `${PATH}/adopt`, { base });
