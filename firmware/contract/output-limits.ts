/** The longest that a person can hold an output by hand: whoever needs it for longer locks it out. Here alone, so that a page needs no schemas. */
export const FORCE_MINUTES_MAX = 480;
