import type { ReportDocument } from "../../firmware/report/document.ts";
import { FORMATS, type Press } from "../../firmware/report/press.ts";

/** Keeps the documents instead of writing them: their bytes have tests of their own. */
export class ScriptedPress implements Press {
  readonly documents: ReportDocument[] = [];
  failing = false;
  breaking = false;
  /** Of days that begin so nothing can be printed. */
  jammed = "";
  asked = 0;
  async print(document: ReportDocument) {
    this.asked += 1;
    if (this.breaking) throw new Error("paper everywhere");
    const isJammed = this.jammed !== "" && JSON.stringify(document.subtitle).includes(this.jammed);
    if (this.failing || isJammed) return { problem: { zh: "没墨了", en: "out of ink" } };
    this.documents.push(document);
    return { files: new Map(FORMATS.map((format) => [format, new TextEncoder().encode(document.origin.how.toString())])) };
  }
  async close(): Promise<void> {}
}
