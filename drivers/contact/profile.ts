import * as z from "zod";
import { codedStates, commonField, head, type ProfileFault, pacedFaults, pointsOf } from "../profile-parts.ts";

export const NORMALLY = ["open", "closed"] as const;

export const contactFieldSchema = z.strictObject({
  /** Of the contact itself: `0` open, `1` closed. */
  states: codedStates,
  ...commonField,
});
export type ContactField = z.infer<typeof contactFieldSchema>;

/** A dry contact as data: which state it means when it is open, and which when it is closed. */
export const contactProfileSchema = z.strictObject({
  protocol: z.literal("contact"),
  ...head,
  /** How the contact is while all is well. A site whose contact is wired the other way says so, and the states change places. */
  normally: z
    .enum(NORMALLY)
    .meta({ description: "open or closed: the contact while all is well", zh: "open（常开）或 closed（常闭）：一切正常时的触点" }),
  /** A level that was not held this long is a bounce. */
  debounceMs: z.int().min(20).max(5_000).meta({ description: "milliseconds, 20 to 5000", zh: "毫秒，20–5000" }).default(50),
  points: pointsOf(contactFieldSchema),
});
export type ContactProfile = z.infer<typeof contactProfileSchema> & { readonly id: string };

/** One line is one contact: one point, with a state for open and one for closed. */
export function contactFaults(points: Readonly<Record<string, ContactField>>): readonly ProfileFault[] {
  const names = Object.keys(points);
  const tooMany = names.slice(1).map((name): ProfileFault => {
    const message = { zh: "一个触点只有一个测点", en: "a contact is one point" };
    return { path: ["points", name], message };
  });
  const states = names.flatMap((name): readonly ProfileFault[] => {
    const codes = Object.keys(points[name]?.states ?? {}).sort();
    if (codes.join() === "0,1") return [];
    const message = {
      zh: '状态须为 "0"（触点断开）和 "1"（触点闭合）两个',
      en: 'states are "0" (contact open) and "1" (contact closed), both',
    };
    return [{ path: ["points", name, "states"], message }];
  });
  const unpaced = pacedFaults(points, {
    zh: "触点一变化就会读到",
    en: "a contact is read as soon as it changes",
  });
  return [...tooMany, ...states, ...unpaced];
}
