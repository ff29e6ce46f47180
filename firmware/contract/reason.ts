/** Characters of the reason that somebody gives for a change. Here alone, so that a page needs no schemas. */
export const REASON_MAX = 300;
