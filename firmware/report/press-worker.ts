import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { yieldToOthers } from "../platform/thread-priority.ts";
import type { Language, ReportDocument } from "./document.ts";
import type { Format } from "./press.ts";
import { inLanguage, type PlainDocument } from "./wording.ts";

export interface PressJob {
  readonly document: ReportDocument;
  readonly language: Language;
  readonly formats: readonly Format[];
}
export type PressDone = { readonly files: readonly (readonly [Format, Uint8Array])[] } | { readonly failure: string };

if (parentPort === null) throw new Error("firmware/report/press-worker.ts runs as a worker thread only");
yieldToOthers();
parentPort.postMessage(await done(workerData));

async function done({ document, language, formats }: PressJob): Promise<PressDone> {
  try {
    const plain = inLanguage(document, language);
    const files: [Format, Uint8Array][] = [];
    for (const format of formats) files.push([format, await bytesOf(plain, format)]);
    return { files };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

/** What a format needs is loaded when it is asked for: a CSV needs no font. */
async function bytesOf(plain: PlainDocument, format: Format): Promise<Uint8Array> {
  if (format === "csv") return (await import("./csv.ts")).writeCsv(plain);
  if (format === "xlsx") return (await import("./xlsx.ts")).writeXlsx(plain);
  return (await import("./pdf.ts")).writePdf(plain, fileURLToPath(fontFile(import.meta.url)));
}

/** In the box's bundle the font lies beside it; from source it is in its package. */
function fontFile(here: string): URL {
  return here.endsWith(".ts")
    ? new URL("../../node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf", here)
    : new URL("./fonts/NotoSansSC-Regular.ttf", here);
}
