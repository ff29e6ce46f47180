import type { AnswerValue, InspectionMonth, InspectionSheet } from "../../firmware/contract/inspection.ts";
import { type Answer, ask } from "./api.ts";

export interface ItemAnswer {
  readonly sheet: string;
  readonly item: string;
  readonly value: AnswerValue;
  readonly note: string;
  readonly revision: number;
}
interface Mark {
  readonly sheet: string;
  readonly note: string;
  readonly revision: number;
}

export const getRounds = (month: string | null): Promise<Answer<InspectionMonth>> =>
  ask("GET", `/api/v1/inspection${month === null ? "" : `?month=${month}`}`);
export const getSheet = (id: string): Promise<Answer<InspectionSheet>> =>
  ask("GET", `/api/v1/inspection/sheet?id=${encodeURIComponent(id)}`);
export const answerItem = (answer: ItemAnswer): Promise<Answer<InspectionSheet>> => ask("POST", "/api/v1/inspection/answer", answer);
export const signSheet = (mark: Mark): Promise<Answer<InspectionSheet>> => ask("POST", "/api/v1/inspection/sign", mark);
export const reviewSheet = (mark: Mark): Promise<Answer<InspectionSheet>> => ask("POST", "/api/v1/inspection/review", mark);
export const correctItem = (answer: ItemAnswer & { readonly reason: string }): Promise<Answer<InspectionSheet>> =>
  ask("POST", "/api/v1/inspection/correct", answer);
