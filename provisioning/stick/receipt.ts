import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../../firmware/contract/alarm.ts";
import { xmlText } from "../../firmware/contract/xml-text.ts";
import { reasonOf } from "../backup/problem.ts";
import { identityText } from "./box.ts";
import { causeOf } from "./causes.ts";
import { BUNDLE_FOLDER } from "./manifest.ts";
import { bytesOf, isThere, writeWhole } from "./plain-file.ts";
import { time } from "./provision-words.ts";
import type { Report, Verdict } from "./report.ts";

const HTML = "receipt.html";
const JSON_FILE = "receipt.json";
/** On a stick that goes from box to box each one's receipt stays here. */
const FOLDER = "receipts";
const keptSchema = z.object({
  box: z.object({ serial: z.string().nullable(), macs: z.array(z.string()) }),
  bundle: z.object({ id: z.string() }).nullable(),
});
const RECEIPT_BYTES_MAX = 16 * 1024 * 1024;

const VERDICTS: Readonly<Record<Verdict, Words>> = {
  kept: { zh: "已安装", en: "Installed" },
  returned: { zh: "未采用，保持原状", en: "Not taken; as before" },
  refused: { zh: "已拒绝，未作任何更改", en: "Refused; nothing was changed" },
  nothing: { zh: "无需操作", en: "Nothing to do" },
  dryRun: { zh: "试运行", en: "Dry run" },
};
const SHAPES: Readonly<Record<Verdict, string>> = { kept: "✔", returned: "↩", refused: "✖", nothing: "＝", dryRun: "…" };

/** A receipt as it lies on the stick: the same facts for people and for programs. */
export interface Receipt {
  readonly html: string;
  readonly json: string;
  /** Of which box, as a file name. */
  readonly box: string;
  /** Null when the bundle could not be opened. */
  readonly bundle: string | null;
}

export function receiptOf(report: Report, version: string): Receipt {
  const devices = report.devices.map((probe) => ({ ...probe, says: causeOf(probe, report.devices) }));
  const json = { format: 1, roomward: version, ...report, devices };
  const bundle = report.bundle?.id ?? null;
  return { html: page(report, devices, version), json: `${JSON.stringify(json, null, 2)}\n`, box: fileNameOf(report.box), bundle };
}

function fileNameOf({ serial, macs }: Report["box"]): string {
  return (serial ?? macs[0] ?? "unknown").replaceAll(/[^A-Za-z0-9.-]/g, "-").slice(0, 64);
}

/** Keeps the receipt on the box: a stick that was pulled too early gets it when it comes again. */
export async function keepReceipt(folder: string, { html, json }: Receipt): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(join(folder, HTML), html);
  await writeWhole(join(folder, JSON_FILE), json);
}

/** What was kept; null when there is nothing, or it is damaged. */
export async function readReceipt(folder: string): Promise<Receipt | null> {
  try {
    const json = (await bytesOf(join(folder, JSON_FILE), RECEIPT_BYTES_MAX)).toString("utf8");
    const html = (await bytesOf(join(folder, HTML), RECEIPT_BYTES_MAX)).toString("utf8");
    const { box, bundle } = keptSchema.parse(JSON.parse(json));
    return { html, json, box: fileNameOf(box), bundle: bundle?.id ?? null };
  } catch {
    return null;
  }
}

/** Puts it on the stick. @returns what to say when that failed; the box is what it is either way. */
export async function giveReceipt(directory: string, { html, json, box }: Receipt): Promise<Words | null> {
  try {
    const folder = join(directory, FOLDER);
    // Without the stick this is a folder of the box, which is none of ours.
    if (!(await isThere(join(directory, BUNDLE_FOLDER)))) throw new Error("the stick is gone");
    await mkdir(folder, { recursive: true });
    // A link here would lead the pen of root to somewhere else.
    if (!(await lstat(folder)).isDirectory()) throw new Error(`${FOLDER} is not a folder`);
    for (const place of [join(folder, `${box}.`), join(directory, "receipt.")]) {
      await writeWhole(`${place}html`, html);
      await writeWhole(`${place}json`, json);
    }
    return null;
  } catch (error) {
    const reason = reasonOf(error);
    return {
      zh: `回执无法写入 U 盘（${reason}）：可能已满、写保护或已拔出。对本机没有影响，回执已保存在本机；腾出空间后再插一次即可得到。`,
      en: `The receipt cannot be written to the stick (${reason}): full, write-protected or pulled, perhaps. That changes nothing for the box, which keeps the receipt; make room and plug the stick in again to get it.`,
    };
  }
}

type Told = Report["devices"][number] & { readonly says: Words };

function page(report: Report, devices: readonly Told[], version: string): string {
  const { verdict, words, notes, difference, row, bundle, box } = report;
  const zone = report.timezone ?? "UTC";
  const facts: readonly (readonly [Words, string])[] = [
    [{ zh: "盒子", en: "Box" }, `${row === null || row.name === "*" ? "" : `${row.name} · `}${identityText(box)}`],
    [{ zh: "安装包", en: "Bundle" }, bundle === null ? "–" : `${bundle.id} · ${time(bundle.issued, zone)} · ${bundle.signer}`],
    [
      { zh: "时间", en: "When" },
      `${time(report.startedAtMs, zone)} – ${time(report.endedAtMs, zone)}${report.clockTrusted ? "" : " （盒子时钟未校准 · the clock of the box is not set）"}`,
    ],
    [{ zh: "程序版本", en: "Version" }, `Roomward ${version}`],
  ];
  const body = [
    `<h1><span aria-hidden="true">${SHAPES[verdict]}</span> ${both(VERDICTS[verdict])}</h1>`,
    ...words.map((one) => `<p class="main">${both(one)}</p>`),
    ...notes.map((one) => `<p>${both(one)}</p>`),
    `<dl>${facts.map(([name, value]) => `<dt>${xmlText(`${name.zh} ${name.en}`)}</dt><dd>${xmlText(value)}</dd>`).join("")}</dl>`,
    ...(devices.length === 0 ? [] : [`<h2>${both({ zh: "设备", en: "Devices" })}</h2>`, deviceTable(devices)]),
    ...(difference.length === 0
      ? []
      : [`<h2>${both({ zh: "变更", en: "Changes" })}</h2>`, `<ul>${difference.map((one) => `<li>${both(one)}</li>`).join("")}</ul>`]),
  ];
  return `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Roomward ${xmlText(identityText(box))}</title>
<style>${STYLE}</style>
<main>
${body.join("\n")}
</main>
</html>
`;
}

function deviceTable(devices: readonly Told[]): string {
  // Who needs somebody comes first.
  const ordered = devices.toSorted((a, b) => Number(a.answered) - Number(b.answered));
  const rows = ordered.map((told) => {
    const { answered, name, device, bus, wire, unit, says, detail } = told;
    const where = [device, bus, wire, ...(unit === null ? [] : [`unit ${unit}`])].join(" · ");
    const technical = answered || detail === "" ? "" : `<code>${xmlText(detail)}</code>`;
    return `<tr><td>${resultOf(told)}</td><td>${both(name)}<small>${xmlText(where)}</small></td><td>${both(says)}${technical}</td></tr>`;
  });
  const heads = [
    { zh: "结果", en: "Result" },
    { zh: "设备", en: "Device" },
    { zh: "说明", en: "What to know" },
  ];
  return `<table><thead><tr>${heads.map((one) => `<th scope="col">${both(one)}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function resultOf({ asked, answered, good }: Told): string {
  if (answered && good > 0) return `✔ ${both({ zh: "应答", en: "Answers" })}`;
  if (answered) return `▲ ${both({ zh: "无值", en: "No value" })}`;
  return asked ? `✖ ${both({ zh: "无应答", en: "Silent" })}` : `… ${both({ zh: "未询问", en: "Not asked" })}`;
}

function both({ zh, en }: Words): string {
  return zh === en ? xmlText(zh) : `<span lang="zh-CN">${xmlText(zh)}</span> <span lang="en">${xmlText(en)}</span>`;
}

const STYLE = `
:root { --ink: #1d2125; --quiet: #59636e; --line: #d0d7de; --ground: #f6f8fa; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa4af; --line: #3d444d; --ground: #0f1318; --paper: #171c22; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem; background: var(--paper); min-height: 100vh; box-sizing: border-box; }
h1 { font-size: 1.5rem; margin: 0 0 .75rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; } .main { font-weight: 600; } li { margin: .2rem 0; }
span[lang=en] { color: var(--quiet); display: block; font-weight: 400; } h1 span[lang=en], h2 span[lang=en], th span[lang=en] { display: inline; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .4rem .5rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; } td:first-child { white-space: nowrap; } small, code { color: var(--quiet); display: block; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } thead { display: none; } tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); } td { display: block; border: 0; padding: 0; } }
`.trim();
