import * as z from "zod";
import { exportsReplySchema, madeExportSchema, makeExportSchema } from "../contract/exports.ts";
import type { Exporter } from "../exports/exporter.ts";
import { unknownSheetWords } from "../inspection/words.ts";
import type { Act } from "../people/act.ts";
import { Download } from "./download.ts";
import { Refusal } from "./refusals.ts";
import { type Caller, type Route, route } from "./routes.ts";

const ANY_FILE = "application/octet-stream";
const fileQuerySchema = z.strictObject({ name: z.string().min(1).max(128) });

export interface ExportPorts {
  readonly exporter: Pick<Exporter, "makeSheet"> & { readonly folder: Pick<Exporter["folder"], "list" | "read"> };
  /** False: it could not be written into the audit log. */
  readonly note: (act: Act) => Promise<boolean>;
  wallMs(): number;
}

/** Finished documents: what is there, one of them, and a sheet made anew. */
export function exportRoutes({ exporter, note, wallMs }: ExportPorts): readonly Route[] {
  const noted = ({ person, from }: Caller, action: string, subject: string): Promise<boolean> =>
    note({ atMs: wallMs(), by: person?.name ?? "", from, action, subject, detail: "", before: null, after: null });
  return [
    route({
      method: "GET",
      path: "/api/v1/exports",
      summary: "The finished documents: daily sheets, weekly and monthly summaries as PDF, XLSX and CSV.",
      access: "inspection.see",
      reply: exportsReplySchema,
      answer: async () => ({ files: [...(await exporter.folder.list())] }),
    }),
    route({
      method: "GET",
      path: "/api/v1/exports/file",
      summary: "One finished document. That it was taken is written into the audit log first.",
      access: "inspection.see",
      query: fileQuerySchema,
      downloads: ANY_FILE,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ query: { name } }, caller) => {
        const pieces = await exporter.folder.read(name);
        if (pieces === null) return new Refusal("notFound");
        return (await noted(caller, "export.download", name)) ? new Download(name, ANY_FILE, pieces) : new Refusal("journalFailing");
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/exports",
      summary: "Writes a sheet as it is now, in all formats.",
      access: "inspection.fill",
      body: makeExportSchema,
      reply: madeExportSchema,
      refusals: ["notFound", "notAccepted", "journalFailing"],
      answer: async ({ body: { sheet, language } }, caller) => {
        if (!(await noted(caller, "export.make", sheet))) return new Refusal("journalFailing");
        const made = await exporter.makeSheet(sheet, language);
        if (made === null) return new Refusal("notFound", { message: unknownSheetWords(sheet) });
        return "problem" in made ? new Refusal("notAccepted", { message: made.problem }) : { names: [...made.names] };
      },
    }),
  ];
}
