import type { Words } from "../contract/alarm.ts";
import type {
  InspectionAnswer,
  InspectionFigure,
  InspectionFigures,
  InspectionItem,
  InspectionSheet,
  LookedAtItem,
  MeasuredItem,
} from "../contract/inspection.ts";
import type { Cell, Column, Fact, Mark, Origin, ReportDocument, Table, Text } from "../report/document.ts";
import { NO_DATA, SEVERITY_WORDS, STATE_WORDS } from "./words.ts";

/** A day's sheet as a document: what was measured, what people saw, what was corrected, who answers for it. */
export function sheetDocument(
  sheet: InspectionSheet,
  site: { readonly name: Words; readonly timezone: string },
  origin: Origin,
): ReportDocument {
  const { form, signature, wholeDay, measured } = sheet;
  const laterThanSigned = signature !== null && wholeDay !== null && wholeDay.toMs > measured.toMs;
  return {
    title: form.name,
    subtitle: both(site.name, (name) => `${name} · ${sheet.day}`),
    timezone: site.timezone,
    wide: true,
    facts: factsOf(sheet),
    tables: [
      measuredTable({ zh: "测量项", en: "Measured" }, form.items, measured),
      lookedAtTable(sheet),
      ...(laterThanSigned
        ? [measuredTable({ zh: "全天数据（当日结束后记录）", en: "The whole day (written down when it was over)" }, form.items, wholeDay)]
        : []),
      ...(sheet.corrections.length === 0 ? [] : [correctionTable(sheet)]),
    ],
    notes: notesOf(sheet),
    signatures: [
      { label: { zh: "巡检人签字", en: "Signed by" }, name: signature?.by ?? null, atMs: signature?.atMs ?? null },
      { label: { zh: "复核人签字", en: "Reviewed by" }, name: sheet.reviews.at(-1)?.by ?? null, atMs: sheet.reviews.at(-1)?.atMs ?? null },
    ],
    origin,
  };
}

function factsOf({ day, state, form, score, abnormal, measured, missing }: InspectionSheet): readonly Fact[] {
  return [
    { label: { zh: "日期", en: "Day" }, value: day },
    { label: { zh: "状态", en: "State" }, value: STATE_WORDS[state] },
    ...(form.who === null ? [] : [{ label: { zh: "责任人", en: "To be done by" }, value: form.who }]),
    {
      label: { zh: "异常项", en: "Abnormal items" },
      value: { value: abnormal.length, mark: abnormal.length === 0 ? "normal" : "alarm" } as const,
    },
    { label: { zh: "得分", en: "Score" }, value: `${score.reached} / ${score.possible}` },
    ...(missing.length === 0 ? [] : [{ label: { zh: "未填项", en: "Not answered" }, value: missing.length }]),
    { label: { zh: "数据截至", en: "Figures up to" }, value: measured.toMs, kind: "time" },
  ];
}

function measuredTable(title: Words, items: readonly InspectionItem[], figures: InspectionFigures): Table {
  const rows = new Map(figures.rows.map((row) => [row.item, row]));
  const columns: readonly Column[] = [
    { label: { zh: "设备", en: "Device" }, kind: "text", share: 3 },
    { label: { zh: "项目", en: "Item" }, kind: "text", share: 3 },
    { label: { zh: "单位", en: "Unit" }, kind: "text", share: 1 },
    { label: { zh: "最低", en: "Lowest" }, kind: "number", share: 1.4 },
    { label: { zh: "最高", en: "Highest" }, kind: "number", share: 1.4 },
    { label: { zh: "平均", en: "Mean" }, kind: "number", share: 1.4 },
    { label: { zh: "最后", en: "Last" }, kind: "number", share: 2 },
    { label: { zh: "限值", en: "Limits" }, kind: "text", share: 3 },
    { label: { zh: "缺数", en: "Without data" }, kind: "text", share: 2 },
    { label: { zh: "结论", en: "Verdict" }, kind: "text", share: 2 },
  ];
  return {
    title,
    columns,
    rows: items.flatMap((item) => (item.kind === "measured" ? [measuredRow(item, rows.get(item.id))] : [])),
    empty: figures.problem ?? { zh: "此表没有测量项", en: "This sheet has no measured items" },
  };
}

function measuredRow(item: MeasuredItem, figure: InspectionFigure | undefined): readonly Cell[] {
  const { where, name, unit, digits, pointKind, states } = item;
  const head: readonly Cell[] = [where ?? "", name, unit];
  if (figure === undefined || figure.last === null || figure.minutesWithData === 0) {
    const nothing: Cell = { value: NO_DATA, mark: "gap" };
    const verdict: Cell = item.fitted
      ? { value: { zh: "未测到", en: "not measured" }, mark: "gap" }
      : { value: { zh: "未配置", en: "not fitted" } };
    return [...head, nothing, nothing, nothing, nothing, limitsOf(item), gapOf(figure), verdict];
  }
  const mark = markOf(figure.abnormal);
  const number = (value: number | null): Cell => (value === null ? { value: NO_DATA, mark: "gap" } : { value, digits });
  const figures: readonly Cell[] =
    pointKind === "state"
      ? [null, null, null, { value: statesOf(states, figure.last, figure.states), mark }]
      : [number(figure.min), { value: figure.max, digits, mark }, number(figure.avg), number(figure.last)];
  return [...head, ...figures, limitsOf(item), gapOf(figure), verdictOf(figure.abnormal)];
}

/** The last state; where there were others on that day, they are named. */
function statesOf(words: readonly Words[], last: number, seen: readonly number[]): Words {
  const word = (state: number, language: keyof Words): string => words[state]?.[language] ?? String(state);
  const list = (language: keyof Words, between: string): string => seen.map((state) => word(state, language)).join(between);
  if (seen.length < 2) return { zh: word(last, "zh"), en: word(last, "en") };
  return { zh: `${word(last, "zh")}（出现过：${list("zh", "、")}）`, en: `${word(last, "en")} (seen: ${list("en", ", ")})` };
}

function limitsOf({ limits, abnormalStates, states }: MeasuredItem): Text {
  const text = (language: keyof Words): string =>
    [
      ...limits.map(({ type, limit, severity }) => `${type === "high" ? ">" : "<"} ${limit} ${SEVERITY_WORDS[severity][language]}`),
      ...abnormalStates.map(({ state, severity }) => `${states[state]?.[language] ?? state}: ${SEVERITY_WORDS[severity][language]}`),
    ].join("; ");
  return { zh: text("zh"), en: text("en") };
}

/** In minutes; a minute without a good reading is no zero. */
function gapOf(figure: InspectionFigure | undefined): Cell {
  if (figure === undefined) return { value: NO_DATA, mark: "gap" };
  const missing = figure.minutes - figure.minutesWithData;
  return missing <= 0 ? "" : { value: { zh: `${missing} 分钟`, en: `${missing} min` }, mark: "gap" };
}

function verdictOf(abnormal: InspectionFigure["abnormal"]): Cell {
  if (abnormal === null) return { zh: "正常", en: "normal" };
  const word = SEVERITY_WORDS[abnormal];
  return { value: { zh: `异常（${word.zh}）`, en: `abnormal (${word.en})` }, mark: markOf(abnormal) };
}

function markOf(abnormal: InspectionFigure["abnormal"]): Mark {
  if (abnormal === null) return "normal";
  return abnormal === "warning" || abnormal === "minor" ? "warning" : "alarm";
}

function lookedAtTable({ form, answers, missing }: InspectionSheet): Table {
  const given = new Map(answers.map((answer) => [answer.item, answer]));
  return {
    title: { zh: "现场查看项", en: "Looked at in the room" },
    columns: [
      { label: { zh: "位置", en: "Where" }, kind: "text", share: 2 },
      { label: { zh: "项目", en: "Item" }, kind: "text", share: 4 },
      { label: { zh: "结果", en: "Answer" }, kind: "text", share: 3 },
      { label: { zh: "备注", en: "Note" }, kind: "text", share: 4 },
      { label: { zh: "填写人", en: "By" }, kind: "text", share: 1.5 },
      { label: { zh: "时间", en: "At" }, kind: "time", share: 2 },
    ],
    rows: form.items.flatMap((item) =>
      item.kind === "measured" ? [] : [lookedAtRow(item, given.get(item.id), missing.includes(item.id))],
    ),
    empty: { zh: "此表没有查看项", en: "This sheet has nothing to look at" },
  };
}

function lookedAtRow(item: LookedAtItem, answer: InspectionAnswer | undefined, isMissing: boolean): readonly Cell[] {
  const head: readonly Cell[] = [item.where ?? "", item.name];
  if (answer === undefined) return [...head, isMissing ? { value: { zh: "未填", en: "not answered" }, mark: "gap" } : "", "", "", null];
  return [
    ...head,
    { value: answerText(item, answer.value), mark: answer.abnormal ? "alarm" : "normal" },
    answer.note,
    answer.by,
    answer.atMs,
  ];
}

function answerText(item: InspectionItem | undefined, value: InspectionAnswer["value"]): Text {
  if (value === null) return { zh: "未查看", en: "not looked at" };
  if (item?.kind === "choice") return item.choices.find(({ id }) => id === value)?.name ?? String(value);
  return item?.kind === "number" ? `${value} ${item.unit}`.trim() : String(value);
}

function correctionTable({ form, corrections }: InspectionSheet): Table {
  const items = new Map(form.items.map((item) => [item.id, item]));
  return {
    title: { zh: "签字后的更正", en: "Corrected after signing" },
    columns: [
      { label: { zh: "项目", en: "Item" }, kind: "text", share: 3 },
      { label: { zh: "原结果", en: "Before" }, kind: "text", share: 2 },
      { label: { zh: "更正为", en: "After" }, kind: "text", share: 2 },
      { label: { zh: "原因", en: "Reason" }, kind: "text", share: 4 },
      { label: { zh: "更正人", en: "By" }, kind: "text", share: 1.5 },
      { label: { zh: "时间", en: "At" }, kind: "time", share: 2 },
    ],
    rows: corrections.map(({ item, before, after, reason, by, atMs }) => {
      const of = items.get(item);
      return [of?.name ?? item, before === null ? "" : answerText(of, before.value), answerText(of, after.value), reason, by, atMs];
    }),
  };
}

function notesOf({ measured, wholeDay, signature, reviews, answers }: InspectionSheet): readonly Text[] {
  const untimed = [signature, ...reviews, ...answers].filter((mark) => mark !== null && !mark.clockTrusted);
  const unsure = untimed.some((mark) => mark?.toldMs === undefined);
  const corrected = untimed.some((mark) => mark?.toldMs !== undefined);
  return [
    {
      zh: "“无数据”与“缺数”表示该时段没有读到有效数据，不是零。",
      en: "“No data” and “without data” mean that nothing good was read in that time; it is not zero.",
    },
    ...(measured.problem === null ? [] : [measured.problem]),
    ...(measured.clockTrusted && (wholeDay?.clockTrusted ?? true)
      ? []
      : [
          {
            zh: "部分数据记录时网关时钟未校准，时刻可能不准。",
            en: "Some of this was recorded while the clock of the box was not set: its times may be wrong.",
          },
        ]),
    ...(unsure
      ? [
          {
            zh: "部分填写或签字发生在网关时钟未校准时，时刻可能不准。",
            en: "Some answers or signatures were given while the clock of the box was not set: their times may be wrong.",
          },
        ]
      : []),
    ...(corrected
      ? [
          {
            zh: "部分填写或签字发生在网关时钟未校准时，所示时刻是校准后更正的。",
            en: "Some answers or signatures were given while the clock of the box was not set: the times shown were put right when it was.",
          },
        ]
      : []),
    ...(signature?.note ? [both({ zh: "签字备注：", en: "Note of the signature: " }, (label) => label + signature.note)] : []),
  ];
}

function both(words: Words, make: (text: string) => string): Words {
  return { zh: make(words.zh), en: make(words.en) };
}
