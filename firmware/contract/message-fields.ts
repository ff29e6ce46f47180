/** What a template of a subject or a text may say of an incident, as `{number}`. */
export const MESSAGE_FIELDS = [
  ...([
    "number",
    "reporter",
    "state",
    "step",
    "onCall",
    "channel",
    "done",
    "assignee",
    "work",
    "severity",
    "priority",
    "category",
  ] as const),
  ...(["location", "device", "makerModel", "serial", "assetNumber", "owner", "warranty", "provider", "servicePhone"] as const),
  ...([
    "point",
    "value",
    "limit",
    "range",
    "since",
    "cleared",
    "count",
    "acknowledged",
    "action",
    "key",
    "event",
    "clock",
    "text",
  ] as const),
] as const;

export type MessageField = (typeof MESSAGE_FIELDS)[number];
export type MessageFacts = Readonly<Record<MessageField, string>>;

/** What stands in braces. */
const FIELD = /\{([^{}\n]*)\}/g;

/** Names in braces that say nothing. */
export function unknownFields(template: string): readonly string[] {
  const known: ReadonlySet<string> = new Set(MESSAGE_FIELDS);
  return [...new Set([...template.matchAll(FIELD)].flatMap(([, name = ""]) => (known.has(name) ? [] : [name])))];
}

/** A line that would say nothing of what it asks is left out. */
export function fillTemplate(template: string, facts: MessageFacts): string {
  const lines = template.split("\n").flatMap((line) => {
    const asked = [...line.matchAll(FIELD)].map(([, name = ""]) => facts[name as MessageField] ?? "");
    return asked.length > 0 && asked.every((fact) => fact === "") ? [] : [fillWords(line, facts)];
  });
  return lines.join("\n");
}

/** Every name in braces by what is known of it. */
export function fillWords(template: string, facts: MessageFacts): string {
  return template.replaceAll(FIELD, (_, name: string) => facts[name as MessageField] ?? "");
}
