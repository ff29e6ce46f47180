import { correction, generate } from "lean-qr";

/** A QR code as the dark squares of a picture that is `sizeModules` wide, for one `<path>`. */
export interface QrPath {
  readonly sizeModules: number;
  readonly path: string;
}

/** Corrects up to 15 %: a label is scratched and dusty after a year. The white border of 4 modules is the caller's. */
export function qrPath(text: string): QrPath {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const runs: string[] = [];
  for (let y = 0; y < code.size; y += 1)
    for (let x = 0; x < code.size; x += 1) {
      if (!code.get(x, y)) continue;
      const from = x;
      while (x < code.size && code.get(x, y)) x += 1;
      runs.push(`M${from} ${y}h${x - from}v1h${from - x}z`);
    }
  return { sizeModules: code.size, path: runs.join("") };
}
