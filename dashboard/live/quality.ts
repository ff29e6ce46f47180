import type { AlarmQuality, Period, ReplayState, SuggestReply, WhatIfReply } from "../../firmware/contract/review.ts";
import { type Answer, ask } from "./api.ts";

/** A month of many readings takes a small box a while. */
const REPLAY_TIMEOUT_MS = 180_000;

/** What is looked at: a period, a day in it (empty: today), and how many share the alarms. */
export interface Looked {
  readonly period: Period;
  readonly date: string;
  readonly positions: number;
}

const query = ({ period, date, positions }: Looked): string =>
  String(new URLSearchParams({ period, positions: String(positions), ...(date === "" ? {} : { date }) }));

export const getQuality = (looked: Looked): Promise<Answer<AlarmQuality>> => ask("GET", `/api/v1/alarms/quality?${query(looked)}`);
export const qualityCsv = (looked: Looked, language: string): string => `/api/v1/alarms/quality.csv?${query(looked)}&language=${language}`;

export interface Tried {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rule: string | Readonly<Record<string, unknown>>;
}
export const tryRule = (tried: Tried): Promise<Answer<WhatIfReply>> => ask("POST", "/api/v1/what-if", tried, REPLAY_TIMEOUT_MS);
export const getReplay = (): Promise<Answer<ReplayState>> => ask("GET", "/api/v1/what-if");
export const suggestFor = (point: string, fromMs: number, toMs: number): Promise<Answer<SuggestReply>> =>
  ask("POST", "/api/v1/suggestions", { point, fromMs, toMs }, REPLAY_TIMEOUT_MS);
