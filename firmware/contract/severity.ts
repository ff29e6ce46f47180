/** Most severe first; the order is the order of the list on the wall. Apart from the schemas, so that a browser need not load them. */
export const SEVERITIES = ["critical", "major", "minor", "warning"] as const;
