import type { IncidentEvent } from "../../incidents/event.ts";
import type { Place } from "../place.ts";
import { bodyOf, type LetterStyle, titleOf } from "./letter.ts";

/** What is said in a few words: how bad, what, where, what to do; or as the site wants it. */
export function smsText(event: IncidentEvent, place: Place, style: LetterStyle): string {
  if (style.text !== undefined) return bodyOf(event, place, style).trim();
  const { language } = style;
  const action = event.state === "clear" ? "" : language === "zh" ? event.actionZh : event.actionEn;
  return [titleOf(event, place, style), place.location[language], action].filter((line) => line !== "").join("\n");
}
