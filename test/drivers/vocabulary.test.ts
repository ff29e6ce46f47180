import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chosenSegment, findPoint, VOCABULARY } from "../../drivers/vocabulary.ts";

/** Names of UPS, PDU and ambient points that NUT publishes (docs/nut-names.txt, and the tables of its SNMP driver), checked by hand. */
const NUT = `ambient.temperature ambient.humidity ambient.#.temperature ambient.#.humidity ambient.contacts.#.status
  battery.charge battery.runtime battery.voltage battery.current battery.temperature battery.charger.status battery.status
  battery.runtime.elapsed battery.packs battery.packs.bad battery.capacity battery.voltage.nominal
  input.L1-N.voltage input.L2-N.voltage input.L3-N.voltage input.L1.current input.L2.current input.L3.current
  input.L1.realpower input.L2.realpower input.L3.realpower input.realpower input.power input.powerfactor input.current input.load
  input.#.power input.#.powerfactor input.#.load input.source input.source.preferred input.voltage input.frequency input.#.voltage
  input.#.current input.#.frequency input.#.realpower input.transfer.reason input.bypass.frequency input.bypass.voltage
  input.voltage.minimum input.voltage.maximum
  input.bypass.current input.bypass.#.voltage input.bypass.#.current input.bypass.#.realpower
  outlet.#.status outlet.#.voltage outlet.#.current outlet.#.realpower outlet.#.power outlet.#.powerfactor outlet.#.load
  outlet.group.#.voltage outlet.group.#.current outlet.group.#.realpower outlet.group.#.load outlet.group.#.status
  output.voltage output.current output.frequency output.#.voltage output.#.current output.#.realpower output.#.power.percent
  output.#.power output.#.powerfactor output.realpower output.power
  output.voltage.nominal output.current.nominal output.frequency.nominal
  ups.load ups.power ups.realpower ups.temperature ups.alarms ups.test.result ups.efficiency
  ups.beeper.status ups.type`.split(/\s+/);

/** In the same grammar, for what NUT has no name for. `ups.status` of NUT is a list of flags: what matters of it are states of their own here. */
const OURS = `ambient.dewpoint ambient.temperature.mean ambient.temperature.spread input.current.imbalance input.voltage.imbalance
  output.current.imbalance ambient.pressure ambient.co2 ambient.voc ambient.illuminance ambient.noise ambient.motion ambient.#.dewpoint
  ambient.#.status ambient.contacts.#.alarm
  battery.temperature.max battery.temperature.min battery.health battery.resistance battery.cells battery.alarm battery.replace
  battery.#.temperature battery.capacity.remaining battery.cell.voltage battery.cell.#.voltage battery.cycles input.voltage.fault
  input.energy input.energy.export input.reactivepower input.load.status input.#.reactivepower input.#.energy input.#.load.status
  input.#.voltage.thd input.#.current.thd input.#.status
  outlet.#.energy outlet.group.#.energy output.powerfactor output.energy output.source
  ups.communication ups.fault ups.overload ups.inverter ups.maintenance.bypass
  ups.epo ups.mode ups.overheat ups.shutdown.active ups.test.active`.split(/\s+/);

const nutLike = Object.keys(VOCABULARY).filter((name) => /^(ambient|battery|input|outlet|output|ups)\./.test(name));

describe("the vocabulary", () => {
  test("has NUT's names for UPS, PDU and room, and knows which ones are its own", () => {
    expect([...nutLike].sort()).toEqual([...NUT, ...OURS].sort());
  });

  test("documents every name: unit, possible range, digits, and words in Chinese and in English", () => {
    for (const [name, definition] of Object.entries(VOCABULARY)) {
      expect(name).toMatch(/^[a-z0-9]+(\.[A-Za-z0-9#-]+)+$/);
      expect(definition.label.zh, name).toMatch(/[\u4e00-\u9fff]|CPU|UPS/);
      expect(definition.label.en, name).toMatch(/^[A-Z][\x20-\x7e]+$|^inode|^[a-z]/);
      if (definition.kind === "state") {
        const names = definition.states.map((state) => state.name);
        expect(names.length, name).toBeGreaterThan(1);
        expect(new Set(names).size, name).toBe(names.length);
        for (const state of definition.states) expect(state.zh && state.en, `${name} ${state.name}`).toBeTruthy();
      } else {
        const [low, high] = definition.range;
        expect(low, name).toBeLessThan(high);
        expect(definition.digits, name).toBeGreaterThanOrEqual(0);
        expect(definition.digits, name).toBeLessThanOrEqual(4);
      }
    }
  });

  test("finds a name whatever the site puts in place of `#`, and says what it was", () => {
    for (const name of Object.keys(VOCABULARY)) {
      const chosen = name.replace("#", "Gi1-0-1");
      expect(findPoint(chosen), chosen).toBe(VOCABULARY[chosen] ?? VOCABULARY[name]);
      if (name.includes("#")) expect(chosenSegment(chosen), chosen).toBe("Gi1-0-1");
    }
    for (const stranger of ["", ".", "outlet", "outlet..status", "outlet.1.2.status", "constructor", "toString.x"])
      expect(findPoint(stranger), stranger).toBeUndefined();
  });
});

/** Names and objects of NUT's SNMP driver, as tables beside the project, or where DEVICES says. */
const TABLES = join(process.env["DEVICES"] ?? fileURLToPath(new URL("../../../shared/devices/", import.meta.url)), "nut_snmp");

describe.skipIf(!existsSync(TABLES))(`NUT's own tables${existsSync(TABLES) ? "" : " [needs the tables beside the project]"}`, () => {
  test("have every name that we say is theirs", () => {
    const published = new Set(
      readdirSync(TABLES).flatMap((file) =>
        readFileSync(join(TABLES, file), "utf8")
          .split("\n")
          .map((line) => general(line.split("\t")[0] ?? "")),
      ),
    );
    // In nut-names.txt, and in none of the SNMP tables.
    const elsewhere = ["battery.capacity", "output.current.nominal", "ups.efficiency"];
    expect(NUT.filter((name) => !published.has(general(name)) && !elsewhere.includes(name))).toEqual([]);
  });
});

/** `input.L1-N.voltage`, `outlet.%i.current` and `ambient.1.temperature` with the segment that varies as `#`. */
function general(name: string): string {
  return name
    .replace("%i", "#")
    .replace(/\bL[123](-(N|L[123]))?\b/, "#")
    .replace(/^(input|ambient|ambient\.contacts|outlet|outlet\.group)\.\d+\./, "$1.#.");
}
