import pdfmake, { type Content, type TableCell } from "pdfmake";
import type { Mark } from "./document.ts";
import type { PlainCell, PlainDocument, PlainTable } from "./wording.ts";

const FONT = "Noto Sans SC";
const GREY = "#666666";
const RULE = "#c8c8c8";
const SIZE = { title: 18, subtitle: 11, heading: 12, body: 9, small: 7 } as const;
/** Points of 1/72 inch. */
const MARGIN = { side: 40, top: 40, bottom: 56 } as const;
const SIGNATURE_WIDTH = 150;

/** A mark is a shape first and a colour second: it must be seen on a black and white printer. */
const LOOK: Readonly<Record<Mark, { readonly sign: string; readonly fill: string | null }>> = {
  normal: { sign: "", fill: null },
  warning: { sign: "△ ", fill: "#fff3c4" },
  alarm: { sign: "▲ ", fill: "#fbd5d5" },
  gap: { sign: "", fill: "#ececec" },
};

/** The document as PDF on A4; `fontFile` is a TrueType font with Chinese, of which the characters in use are embedded. */
export async function writePdf(document: PlainDocument, fontFile: string): Promise<Uint8Array> {
  pdfmake.setFonts({ [FONT]: { normal: fontFile, bold: fontFile, italics: fontFile, bolditalics: fontFile } });
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((path) => path === fontFile);
  const madeAt = new Date(document.madeAtMs);
  const created = pdfmake.createPdf({
    pageSize: "A4",
    pageOrientation: document.wide ? "landscape" : "portrait",
    pageMargins: [MARGIN.side, MARGIN.top, MARGIN.side, MARGIN.bottom],
    info: {
      title: `${document.title} · ${document.subtitle}`,
      creator: "Roomward",
      producer: "Roomward",
      creationDate: madeAt,
      modDate: madeAt,
    },
    language: document.language === "zh" ? "zh-CN" : "en",
    defaultStyle: { font: FONT, fontSize: SIZE.body, lineHeight: 1.15 },
    content: contentOf(document),
    footer: (page, pages) => footerOf(document, page, pages),
  });
  return await created.getBuffer();
}

function contentOf(document: PlainDocument): Content[] {
  const { title, subtitle, warning, facts, tables, notes, signatures } = document;
  return [
    { text: title, fontSize: SIZE.title },
    { text: subtitle, fontSize: SIZE.subtitle, color: GREY, margin: [0, 0, 0, 8] },
    ...(warning === null ? [] : [warningOf(warning)]),
    ...(facts.length === 0 ? [] : [factsOf(document)]),
    ...tables.flatMap((table) => tableOf(table)),
    ...notes.map((note): Content => ({ text: note, margin: [0, 6, 0, 0] })),
    ...(signatures.length === 0 ? [] : [signaturesOf(document)]),
  ];
}

function warningOf(warning: string): Content {
  return { table: { widths: ["*"], body: [[{ text: `▲ ${warning}`, fillColor: "#fff3c4" }]] }, margin: [0, 0, 0, 8] };
}

function factsOf({ facts }: PlainDocument): Content {
  return {
    layout: "noBorders",
    table: {
      widths: ["auto", "*"],
      body: facts.map(({ label, cell }): TableCell[] => [{ text: label, color: GREY }, { text: signed(cell) }]),
    },
    margin: [0, 0, 0, 6],
  };
}

function tableOf(table: PlainTable): Content[] {
  const { title, columns, rows, empty } = table;
  const heading: Content = { text: title, fontSize: SIZE.heading, margin: [0, 10, 0, 4], headlineLevel: 1 };
  if (rows.length === 0) return [heading, { text: empty, color: GREY }];
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  const body = rows.map((row) => row.map(cellOf));
  return [
    heading,
    {
      layout: QUIET,
      table: {
        headerRows: 1,
        keepWithHeaderRows: 1,
        dontBreakRows: true,
        widths: columns.map(({ share }) => `${((share / shares) * 100).toFixed(3)}%`),
        body: [
          columns.map(({ label, kind }): TableCell => ({ text: label, color: GREY, alignment: kind === "number" ? "right" : "left" })),
          ...body,
        ],
      },
    },
  ];
}

const QUIET = {
  hLineWidth: (line: number) => (line === 0 ? 0 : 0.5),
  vLineWidth: () => 0,
  hLineColor: () => RULE,
  paddingLeft: () => 3,
  paddingRight: () => 3,
  paddingTop: () => 2,
  paddingBottom: () => 2,
};

function cellOf(cell: PlainCell): TableCell {
  const { fill } = LOOK[cell.mark];
  return { text: signed(cell), alignment: cell.number === null ? "left" : "right", ...(fill === null ? {} : { fillColor: fill }) };
}

function signed({ text, mark }: PlainCell): string {
  return `${LOOK[mark].sign}${text}`;
}

function signaturesOf({ signatures }: PlainDocument): Content {
  return {
    unbreakable: true,
    margin: [0, 18, 0, 0],
    stack: signatures.map(
      ({ label, name, at }): Content => ({
        margin: [0, 10, 0, 0],
        columnGap: 8,
        columns: [
          { width: "auto", text: label, color: GREY },
          {
            width: SIGNATURE_WIDTH,
            stack: [
              { text: name === "" ? " " : name },
              { canvas: [{ type: "line", x1: 0, y1: 1, x2: SIGNATURE_WIDTH, y2: 1, lineWidth: 0.5, lineColor: GREY }] },
            ],
          },
          { width: "*", text: at },
        ],
      }),
    ),
  };
}

function footerOf({ footer, language }: PlainDocument, page: number, pages: number): Content {
  const count = language === "zh" ? `第 ${page} 页，共 ${pages} 页` : `page ${page} of ${pages}`;
  return {
    margin: [MARGIN.side, 10, MARGIN.side, 0],
    fontSize: SIZE.small,
    color: GREY,
    columns: [
      { width: "*", stack: footer.map((line): Content => ({ text: line })) },
      { width: "auto", text: count },
    ],
  };
}
