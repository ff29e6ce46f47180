/** A small good site file; `mark` tells texts apart. */
export function siteOf(mark: string | number, more = ""): string {
  return `# ${mark}
site: { id: t, name: "Room ${mark}" }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }
${more}`;
}

/** What a person or a power cut leaves in a site file that nobody can run. */
export const BAD_FILES: Readonly<Record<string, string | null>> = {
  typo: siteOf("typo").replace("profile: sensor/xy-md02", "profile: sensor/no-such"),
  "not YAML": "site: { id: t, name: [",
  NULs: "\0".repeat(4_096),
  "good, then NULs": `${siteOf("cut")}${"\0".repeat(512)}`,
  empty: "",
  missing: null,
};
