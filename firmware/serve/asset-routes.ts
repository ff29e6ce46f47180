import * as z from "zod";
import type { AssetBook } from "../assets/book.ts";
import { assetImportReplySchema, assetsReplySchema, changeAssetSchema, importAssetsSchema } from "../contract/assets.ts";
import { Download } from "./download.ts";
import { Refusal } from "./refusals.ts";
import { type Caller, type Route, route } from "./routes.ts";

/** A sheet of 1 MiB in base64, and what stands around it. */
const IMPORT_BYTES_MAX = 1_500_000;
const CSV = "text/csv; charset=utf-8";

export interface AssetPorts {
  readonly book: Pick<AssetBook, "list" | "change" | "sheet" | "importSheet">;
  /** The site's calendar day; null while the box does not know the time of day. */
  today(): string | null;
}

const sheetQuerySchema = z.strictObject({ language: z.enum(["zh", "en"]).default("zh") });

/** The asset register: what stands in the room, beside what it measures. */
export function assetRoutes({ book, today }: AssetPorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/assets",
      summary: "What is written down about every device: maker, serial number, warranty and so on.",
      access: "asset.see",
      reply: assetsReplySchema,
      answer: () => ({ today: today(), assets: [...book.list()] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/assets/change",
      summary: "Changes fields of one device: all of them, or none when somebody else has changed one in the meantime.",
      access: "asset.change",
      body: changeAssetSchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { device, changes } }, caller) => {
        const trouble = await book.change(device, changes, doerOf(caller));
        return trouble === null ? undefined : new Refusal("notAccepted", { message: trouble.problem });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/assets/sheet",
      summary: "All devices with all fields as CSV for a spreadsheet: UTF-8 with BOM, CRLF, no cell that would be calculated.",
      access: "asset.see",
      query: sheetQuerySchema,
      downloads: CSV,
      answer: ({ query: { language } }) => new Download(`assets-${today() ?? "undated"}.csv`, CSV, inOnePiece(book.sheet(language))),
    }),
    route({
      method: "POST",
      path: "/api/v1/assets/import",
      summary: "Shows what a CSV file would change or everything that is wrong with it; with `apply` does it, all or nothing.",
      access: "asset.change",
      body: importAssetsSchema,
      bodyBytesMax: IMPORT_BYTES_MAX,
      reply: assetImportReplySchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { file, apply } }, caller) => {
        const reply = await book.importSheet(Buffer.from(file, "base64"), apply, doerOf(caller));
        return "problem" in reply ? new Refusal("notAccepted", { message: reply.problem }) : reply;
      },
    }),
  ];
}

async function* inOnePiece(text: string): AsyncGenerator<string> {
  yield text;
}

function doerOf({ person, from }: Caller): { readonly by: string; readonly from: string } {
  if (person === null) throw new Error("a route that is not open was reached by nobody");
  return { by: person.name, from };
}
