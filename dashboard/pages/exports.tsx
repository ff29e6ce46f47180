import { useCallback, useEffect, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { ExportFile } from "../../firmware/contract/exports.ts";
import type { InspectionMonth } from "../../firmware/contract/inspection.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { DestinationProps } from "../destinations.ts";
import { ask } from "../live/api.ts";
import { getRounds } from "../live/rounds.ts";
import { te } from "../text/exports.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import "./exports.css";

type Templates = InspectionMonth["templates"];

/** One document in its formats. */
interface Paper {
  readonly stem: string;
  readonly language: string;
  readonly madeAtMs: number;
  readonly formats: readonly { readonly format: string; readonly name: string }[];
}

/** For supervisor and inspector: every finished sheet and summary, to take away. `tail` is not used. */
export function ExportsPage(_: DestinationProps) {
  const { store } = usePage();
  const [files, setFiles] = useState<readonly ExportFile[] | null>(null);
  const [rounds, setRounds] = useState<InspectionMonth | null>(null);
  const [problem, setProblem] = useState<Words | null>(null);
  const [filter, setFilter] = useState("");
  const load = useCallback(async (): Promise<void> => {
    const [listed, month] = await Promise.all([ask<{ files: ExportFile[] }>("GET", "/api/v1/exports"), getRounds(null)]);
    if (listed.ok) setFiles(listed.data.files);
    if (month.ok) setRounds(month.data);
    setProblem(listed.ok ? (month.ok ? null : month.message) : listed.message);
  }, []);
  useEffect(() => void load(), [load]);
  const templates = rounds?.templates ?? [];
  const papers = papersOf(files ?? []).filter((paper) =>
    `${paper.stem} ${nameOf(paper, templates)}`.toLowerCase().includes(filter.toLowerCase()),
  );
  return (
    <div class="exports">
      <h2 class="title">{te.value.reports}</h2>
      <p class="dim">{te.value.explain}</p>
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      {rounds !== null && may(store.session.role, "inspection.fill") ? <MakeNow rounds={rounds} made={load} /> : null}
      <section class="panel" aria-label={te.value.reports}>
        <input
          type="search"
          value={filter}
          aria-label={te.value.search}
          placeholder={te.value.search}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        {files === null ? (
          <p role="status">{t.value.loading}</p>
        ) : papers.length === 0 ? (
          <p role="status">{te.value.none}</p>
        ) : (
          <Papers papers={papers} templates={templates} />
        )}
      </section>
    </div>
  );
}

function MakeNow({ rounds, made }: { readonly rounds: InspectionMonth; readonly made: () => Promise<void> }) {
  const [state, setState] = useState<"idle" | "busy" | "done" | Words>("idle");
  const make = async (template: string): Promise<void> => {
    setState("busy");
    const answer = await ask("POST", "/api/v1/exports", { sheet: `${template}/${rounds.today}`, language: language.value });
    setState(answer.ok ? "done" : answer.message);
    await made();
  };
  return (
    <div class="make">
      {rounds.templates.map(({ id, name }) => (
        <button key={id} type="button" disabled={state === "busy"} onClick={() => void make(id)}>
          {te.value.exportNow(said(name))}
        </button>
      ))}
      <span role="status">
        {state === "idle" ? "" : state === "busy" ? te.value.exporting : state === "done" ? te.value.exported : said(state)}
      </span>
    </div>
  );
}

function Papers({ papers, templates }: { readonly papers: readonly Paper[]; readonly templates: Templates }) {
  const { time } = usePage();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{te.value.document}</th>
          <th scope="col">{te.value.madeAt}</th>
          <th scope="col">{te.value.formats}</th>
        </tr>
      </thead>
      <tbody>
        {papers.map((paper) => (
          <tr key={`${paper.stem}.${paper.language}`}>
            <th scope="row">
              {nameOf(paper, templates)} <span class="label">{paper.language === "zh" ? te.value.languageZh : te.value.languageEn}</span>
            </th>
            <td>
              {time.day(paper.madeAtMs)} {time.clock(paper.madeAtMs)}
            </td>
            <td>
              {paper.formats.map(({ format, name }) => (
                <a
                  key={format}
                  href={`/api/v1/exports/file?name=${encodeURIComponent(name)}`}
                  download={name}
                  aria-label={`${nameOf(paper, templates)} ${format.toUpperCase()}`}
                >
                  {format.toUpperCase()}
                </a>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Files of one document side by side; the youngest documents first. */
function papersOf(files: readonly ExportFile[]): readonly Paper[] {
  const papers = Map.groupBy(files, ({ name }) => name.replace(/\.\w+$/, ""));
  return [...papers]
    .map(([stem, formats]): Paper => {
      const [document = "", tongue = ""] = stem.split(/\.(?=\w+$)/);
      const sorted = formats
        .map(({ name }) => ({ name, format: name.slice(name.lastIndexOf(".") + 1) }))
        .sort((a, b) => (a.format < b.format ? 1 : -1));
      return {
        stem: document,
        language: tongue,
        madeAtMs: Math.max(...formats.map(({ madeAtMs }) => madeAtMs)),
        formats: sorted.sort(pdfFirst),
      };
    })
    .sort((a, b) => dayIn(b.stem).localeCompare(dayIn(a.stem)) || a.stem.localeCompare(b.stem));
}

const ORDER = ["pdf", "xlsx", "csv"];
function pdfFirst(a: { readonly format: string }, b: { readonly format: string }): number {
  return ORDER.indexOf(a.format) - ORDER.indexOf(b.format);
}

function dayIn(stem: string): string {
  return /\d{4}-[\dw-]+$/.exec(stem)?.[0] ?? "";
}

function nameOf({ stem }: Paper, templates: Templates): string {
  const day = dayIn(stem);
  if (stem.startsWith("summary-week-")) return te.value.week(day.toUpperCase());
  if (stem.startsWith("summary-month-")) return te.value.month(day);
  const id = stem.slice("inspection-".length, -day.length - 1);
  const template = templates.find((candidate) => candidate.id === id);
  return te.value.sheetOf(template === undefined ? id : said(template.name), day);
}
