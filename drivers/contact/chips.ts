import type { ContactTrouble } from "./trouble.ts";

/** A GPIO chip as the kernel describes it. Lines are known by their global number: `base` + place on the chip. */
export interface GpioChip {
  readonly label: string;
  readonly base: number;
  readonly lines: number;
}

/** What was read of one `/sys/class/gpio/gpiochip*`, as text. */
export interface ChipListing {
  readonly label: string;
  readonly base: string;
  readonly ngpio: string;
}

/**
 * The chip that carries the 40-pin header, by board: RP1 of a Pi 5, BCM2711 of a Pi 4 and CM4, BCM2835 of all before. A Pi 5 has more chips
 * than that one, so the first of these labels that is there counts. (raspberrypi/linux, drivers/pinctrl)
 */
const HEADER_LABELS = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"] as const;

/** Chips of a listing; what is no chip (a folder that is just being made or taken away) is left out. */
export function parseChips(listing: readonly ChipListing[]): readonly GpioChip[] {
  return listing.flatMap(({ label, base, ngpio }): readonly GpioChip[] => {
    const chip = { label: label.trim(), base: wholeNumber(base), lines: wholeNumber(ngpio) };
    return Number.isNaN(chip.base) || Number.isNaN(chip.lines) ? [] : [chip];
  });
}

function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

export type LineNumber = { readonly number: number } | { readonly trouble: ContactTrouble };

/**
 * The global number of a line at this moment. The base is never remembered: it moved by 512 with Linux 6.6, and on a Pi 5 with nearly every
 * release. (raspberrypi/linux#6084, fivdi/onoff#200)
 * @param label of the chip; undefined: the chip of the header.
 */
export function findLine(chips: readonly GpioChip[], label: string | undefined, line: number): LineNumber {
  const labels = chips.map((chip) => chip.label);
  const wanted = label ?? HEADER_LABELS.find((known) => labels.includes(known));
  if (wanted === undefined) return { trouble: { kind: "noHeader", labels } };
  const [chip, ...others] = chips.filter((one) => one.label === wanted);
  if (chip === undefined) return { trouble: { kind: "noChip", label: wanted, labels } };
  if (others.length > 0) return { trouble: { kind: "twoChips", label: wanted } };
  if (line >= chip.lines) return { trouble: { kind: "noLine", line, label: wanted, lines: chip.lines } };
  return { number: chip.base + line };
}
