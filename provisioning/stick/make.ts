import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { problemWords } from "../../drivers/source-text.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { SITE_MAX } from "../../firmware/site/schema.ts";
import { syncFolder } from "../backup/make.ts";
import type { PlannerKey } from "./keys.ts";
import {
  BUNDLE_FOLDER,
  FILES_MAX,
  isSignedBy,
  MANIFEST_BYTES_MAX,
  MANIFEST_FILE,
  type Manifest,
  type SealedFile,
  SIGNATURE_BYTES,
  SIGNATURE_FILE,
  sealerFor,
  signManifest,
} from "./manifest.ts";
import { expectSums } from "./open.ts";
import { bytesOf, writeWhole } from "./plain-file.ts";
import { cannotWrite, StickProblem } from "./problem.ts";
import { fillIn, type PlannedBox, parseBoxes } from "./table.ts";

const TABLE_BYTES_MAX = 1_048_576;
/** A clock before this is not set; its time would make every later bundle look older than what it is. */
const CLOCK_BEFORE_MS = Date.UTC(2026, 0, 1);
const PROBLEMS_TOLD_MAX = 50;

export interface MakeOptions {
  readonly siteFile: string;
  /** Without a table the site file is for every box that trusts the key. */
  readonly boxesFile: string | null;
  readonly keyFile: string;
  readonly key: PlannerKey;
  /** The stick, or a folder that is copied to one. */
  readonly output: string;
  readonly version: string;
  readonly nowMs: number;
  /** Unique for this bundle. */
  readonly id: string;
}

/**
 * Makes a bundle: every box's site file filled in and checked as the box will check it, sealed, listed, signed. A bundle that is there is
 * replaced as a whole. Throws a `StickProblem` with everything that is wrong; nothing was written then.
 */
export async function makeBundle(options: MakeOptions): Promise<Manifest> {
  const plans = await plansOf(options);
  const texts = [...new Set(plans.map(({ text }) => text))];
  if (texts.length > FILES_MAX - 2) throw tooMany(texts.length);
  const { folder, staged } = await stageFolder(options.output);
  try {
    const issued = await nextIssued(options);
    const sealer = sealerFor(options.key.fleet, options.id, randomBytes);
    const files: SealedFile[] = [];
    for (const [index, text] of texts.entries()) {
      const name = `site-${index + 1}.sealed`;
      const { bytes, nonce } = sealer.seal(name, text);
      files.push({ name, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), nonce });
      await writeWhole(join(staged, name), bytes);
    }
    const boxes = plans.map(({ box, name, text }) => ({ box, name, file: `site-${texts.indexOf(text) + 1}.sealed` }));
    const { id: bundle, version: roomward } = options;
    const manifest: Manifest = { format: 1, bundle, issued, roomward, sealedFor: sealer.sealedFor, files, boxes };
    const bytes = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
    await writeWhole(join(staged, MANIFEST_FILE), bytes);
    await writeWhole(join(staged, SIGNATURE_FILE), signManifest(bytes, options.key.sign));
    await putInPlace(staged, folder);
    await proveWritten(folder, manifest, options.key);
    return manifest;
  } catch (error) {
    throw error instanceof StickProblem ? error : cannotWrite(folder, error);
  } finally {
    await rm(staged, { recursive: true, force: true }).catch(() => undefined);
  }
}

interface Plan {
  readonly box: string | null;
  readonly name: string;
  readonly text: string;
}

async function plansOf({ siteFile, boxesFile }: MakeOptions): Promise<readonly Plan[]> {
  const everyBox: PlannedBox = { line: 0, box: "", name: "*", siteFile: null, variables: new Map() };
  const table = boxesFile === null ? null : parseBoxes(await bytesOf(boxesFile, TABLE_BYTES_MAX));
  const told = [...(table?.problems ?? []).map((problem) => problemWords(boxesFile ?? "", problem))];
  const sources = new Map<string, string>();
  const plans: Plan[] = [];
  const checked = new Set<string>();
  for (const planned of table?.boxes ?? [everyBox]) {
    // Paths of the table count from where the table is.
    const file = planned.siteFile === null ? siteFile : resolve(dirname(boxesFile ?? ""), planned.siteFile);
    const source = sources.get(file) ?? (await bytesOf(file, SITE_MAX.fileBytes)).toString("utf8");
    sources.set(file, source);
    const filled = fillIn(source, planned.variables);
    const where = table === null ? file : `${boxesFile}:${planned.line} (${planned.name}) ${file}`;
    told.push(...filled.problems.map((problem) => problemWords(where, problem)));
    plans.push({ box: table === null ? null : planned.box, name: planned.name, text: filled.text });
    if (filled.problems.length > 0 || checked.has(filled.text)) continue;
    checked.add(filled.text);
    const loaded = loadSite(filled.text);
    if ("problems" in loaded) told.push(...loaded.problems.map((problem) => problemWords(where, problem)));
  }
  if (told.length > 0) {
    const more = { zh: `共 ${told.length} 处问题，未制作。`, en: `${told.length} problems; no bundle was made.` };
    throw new StickProblem(...told.slice(0, PROBLEMS_TOLD_MAX), more);
  }
  return plans;
}

/** Greater than that of every bundle this key made before, whatever the clock did meanwhile; kept beside the key. */
async function nextIssued({ keyFile, nowMs }: MakeOptions): Promise<number> {
  if (nowMs < CLOCK_BEFORE_MS) throw clockUnset(nowMs);
  const counter = `${keyFile}.issued`;
  const last = Number(await bytesOf(counter, 32).catch(() => "0"));
  const issued = Math.max(nowMs, Number.isSafeInteger(last) ? last + 1 : 0);
  await writeWhole(counter, `${issued}\n`).catch((error) => Promise.reject(cannotWrite(counter, error)));
  return issued;
}

/** A folder beside the bundle's place. What is in that place and is not a bundle is left alone. */
async function stageFolder(output: string): Promise<{ readonly folder: string; readonly staged: string }> {
  const folder = join(output, BUNDLE_FOLDER);
  const staged = `${folder}.new`;
  try {
    await mkdir(output, { recursive: true });
    const there = await readdir(folder).catch((error) => (error.code === "ENOENT" ? null : Promise.reject(error)));
    if (there !== null && there.length > 0 && !there.includes(MANIFEST_FILE)) throw notABundle(folder);
    await rm(staged, { recursive: true, force: true });
    await mkdir(staged);
    return { folder, staged };
  } catch (error) {
    throw error instanceof StickProblem ? error : cannotWrite(output, error);
  }
}

async function putInPlace(staged: string, folder: string): Promise<void> {
  const former = `${folder}.old`;
  await rm(former, { recursive: true, force: true });
  await rename(folder, former).catch((error) => (error.code === "ENOENT" ? undefined : Promise.reject(error)));
  await rename(staged, folder);
  await syncFolder(dirname(folder));
  await rm(former, { recursive: true, force: true });
}

/** Sticks lie: what was written is read back before it is called a bundle. */
async function proveWritten(folder: string, manifest: Manifest, key: PlannerKey): Promise<void> {
  const bytes = await bytesOf(join(folder, MANIFEST_FILE), MANIFEST_BYTES_MAX);
  const signature = await bytesOf(join(folder, SIGNATURE_FILE), SIGNATURE_BYTES);
  if (!isSignedBy(bytes, signature, key.verify)) throw cannotWrite(folder, new Error("read back differently"));
  await expectSums(folder, manifest.files);
}

function tooMany(files: number): StickProblem {
  const max = FILES_MAX - 2;
  return new StickProblem({
    zh: `不同的站点文件有 ${files} 份，一个包最多 ${max} 份。未制作；请把盒子表分成几份。`,
    en: `${files} different site files; a bundle takes ${max}. No bundle was made; divide the table of boxes.`,
  });
}

function clockUnset(nowMs: number): StickProblem {
  const at = new Date(nowMs).toISOString();
  return new StickProblem({
    zh: `本机时钟是 ${at}，显然没有校准。未制作；请先校准时钟：盒子靠签发时间拒绝旧包。`,
    en: `The clock of this machine says ${at}, which cannot be. No bundle was made; set the clock first: boxes refuse older bundles by it.`,
  });
}

function notABundle(folder: string): StickProblem {
  return new StickProblem({
    zh: `${folder} 中有不属于安装包的内容，未改动。请换一个目录，或移走它。`,
    en: `${folder} holds something that is not a bundle; it was left alone. Choose another folder or move it away.`,
  });
}
