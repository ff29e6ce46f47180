/** From the least to the most, and the auditor beside them. Apart from the schemas, so that a browser need not load them. */
export const ROLES = ["viewer", "operator", "engineer", "administrator", "auditor"] as const;
