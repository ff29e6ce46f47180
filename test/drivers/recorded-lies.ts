import type { QualityName } from "../../drivers/reading.ts";

/** Where a card lies and our answer is better than the number: what the reading must be instead of the recorded expectation. */
export const LIES: Readonly<Record<string, QualityName | number>> = {
  // No battery sensor: the card sends 0 °C.
  "abbups_abbups battery.temperature": "sentinel",
  "dell-ups_tower1000w battery.temperature": "sentinel",
  "eaton-mgeups_9px battery.temperature": "sentinel",
  "eaton-mgeups_9pxle battery.temperature": "sentinel",
  // The overall temperature is not wired, the banks' own is: 0 °C beside 18 °C.
  "enexus battery.temperature": "sentinel",
  "enexus_enexus battery.temperature": "sentinel",
  // A single-phase unit that measures no input current sends −1, which others show as −0.1 A.
  "netmanplus_204 input.L1.current": "sentinel",
  "netmanplus_204 input.L2.current": "sentinel",
  "netmanplus_204 input.L3.current": "sentinel",
  "netmanplus_204 battery.current": "sentinel",
  "apc_surt3000xl battery.packs.bad": "sentinel",
  // Sent in 0.1 V by this one card, output in volts: the card's own profile reads it, the standard does not believe 1222 V.
  "cxc_ups ups/ietf-rfc1628 input.L1-N.voltage": "outOfRange",
  // Also in 0.1 V: others show 2313 V.
  "deltaups_mini-snmp input.L1-N.voltage": 231.3,
  "deltaups_mini-snmp output.L1-N.voltage": 230.2,
  "deltaups_mini-snmp input.bypass.L1-N.voltage": 230.8,
  "deltaups_rfc1628string input.L1-N.voltage": 236,
  "deltaups_rfc1628string output.L1-N.voltage": 230,
  "deltaups_rfc1628string input.bypass.L1-N.voltage": 235,
  "deltaups_mini-snmp ups/ietf-rfc1628 input.L1-N.voltage": "outOfRange",
  "deltaups_mini-snmp ups/ietf-rfc1628 output.L1-N.voltage": "outOfRange",
  "deltaups_mini-snmp ups/ietf-rfc1628 input.bypass.L1-N.voltage": "outOfRange",
  "deltaups_rfc1628string ups/ietf-rfc1628 input.L1-N.voltage": "outOfRange",
  "deltaups_rfc1628string ups/ietf-rfc1628 output.L1-N.voltage": "outOfRange",
  "deltaups_rfc1628string ups/ietf-rfc1628 input.bypass.L1-N.voltage": "outOfRange",
  // A −48 V panel: the amount is shown, the sign tells the polarity only.
  "ict-pdu_ict200db-12irc outlet.group.0.current": 1.9,
  "ict-pdu_ict200db-12irc outlet.group.1.current": 1.2,
  "ict-pdu_ict200db-12irc outlet.group.6.current": 1.7,
  "ict-pdu_ict200db-12irc outlet.group.7.current": 1,
  "ict-pdu_ict200db-12irc input.current": 3.1,
  "ict-pdu_ict200db-12irc input.voltage": 55.2,
  // The recordings lack the object that tells the temperature unit of the device: Celsius is likely, not certain.
  "apc_emu ambient.1.temperature": "noSuchObject",
  "apc_emu ambient.2.temperature": "noSuchObject",
  "apc_emu ambient.3.temperature": "noSuchObject",
  "apc_emu ambient.0-1.temperature": "noSuchObject",
  "apc_emu ambient.0-2.temperature": "noSuchObject",
  "apc_emu ambient.0-3.temperature": "noSuchObject",
  "apc_emu ambient.0-5.temperature": "noSuchObject",
  "apc_emu ambient.0-6.temperature": "noSuchObject",
  // −1: the probe has no humidity sensor.
  "apc_emu ambient.0-2.humidity": "sentinel",
  "apc_emu ambient.0-3.humidity": "sentinel",
  "apc_emu ambient.0-5.humidity": "sentinel",
};

const POWER = "a power system of a telecommunications site; no profile yet";

/** Recordings that no profile fits, and why. */
export const NO_PROFILE: Readonly<Record<string, string>> = {
  "algcom-sm_sm9s": "a telemetry unit of one country's market; no profile yet",
  bke_bke: POWER,
  compas_usv: "a telemetry unit whose numbers have no published unit",
  "dell-ups_rack3750w": "one state, one power and one run time; the card answers no RFC 1628 as other Dell cards do",
  deltaorion_deltaorion: POWER,
  digipower: "current and voltage only, and no public MIB that says their scale",
  "digital-loggers": "identifies itself by nothing: no sysObjectID in the recording",
  "eaton-matrix": "a modular inverter, no UPS; no profile yet",
  "edgeos-ep": POWER,
  ees: POWER,
  "exeltech-xfersw": "identifies itself by nothing: no sysObjectID in the recording",
  "gude-epc_1104": "one relay; no profile yet",
  "imcopower-big": POWER,
  "imcopower-ls110": POWER,
  linux_1: "identification only: two variables",
  "mts-com": POWER,
  netsure: POWER,
  poweralert_pdumh20atnet: "Tripp Lite's MIB of this card is not among our facts; no profile yet",
  "samlex_psr-1200-48": "an inverter; no profile yet",
  siteboss572: POWER,
  "ts-bspdu": "branch meter whose index tells poles, not phases; no profile yet",
  "vertiv-dcs": POWER,
  webmon_matrix: "units are set per channel and not told by the agent",
};
