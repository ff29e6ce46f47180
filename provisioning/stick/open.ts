import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TrustedKey } from "./keys.ts";
import {
  BUNDLE_FOLDER,
  isSignedBy,
  MANIFEST_BYTES_MAX,
  MANIFEST_FILE,
  type Manifest,
  parseManifest,
  type SealedFile,
  SIGNATURE_BYTES,
  SIGNATURE_FILE,
  unseal,
} from "./manifest.ts";
import { blocksOf, bytesOf, expectFolder, isThere } from "./plain-file.ts";
import { StickProblem } from "./problem.ts";

/** A bundle whose every byte is proven. */
export interface OpenBundle {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly signer: TrustedKey;
  /** The site file of a row. The bytes that are opened are those that are summed, whatever the stick says the second time. */
  siteText(file: string): Promise<string>;
}

/**
 * Opens the bundle of a stick. The signature is verified over bytes that nobody looked into; then the manifest is read, then every file
 * it names is summed. Files it does not name are not touched, however many there are. Throws a `StickProblem`.
 */
export async function openBundle(directory: string, trusted: readonly TrustedKey[]): Promise<OpenBundle> {
  const folder = join(directory, BUNDLE_FOLDER);
  if (!(await isThere(folder))) throw noBundle(directory);
  await expectFolder(folder);
  if (!(await isThere(join(folder, MANIFEST_FILE)))) throw noBundle(directory);
  if (!(await isThere(join(folder, SIGNATURE_FILE)))) throw unsigned(folder);
  const bytes = await bytesOf(join(folder, MANIFEST_FILE), MANIFEST_BYTES_MAX);
  const signature = await bytesOf(join(folder, SIGNATURE_FILE), SIGNATURE_BYTES);
  const signer = trusted.find(({ verify }) => isSignedBy(bytes, signature, verify));
  if (signer === undefined) throw foreign(folder, trusted);
  const manifest = parseManifest(bytes);
  if (manifest === null) throw notUnderstood(folder);
  await expectSums(folder, manifest.files);
  return {
    folder,
    manifest,
    signer,
    async siteText(name) {
      const file = manifest.files.find((one) => one.name === name);
      if (file === undefined) throw new Error(`the manifest names ${name} without listing it`);
      const content = await bytesOf(join(folder, name), file.bytes);
      if (createHash("sha256").update(content).digest("hex") !== file.sha256) throw altered(join(folder, name));
      const text = unseal(manifest, file, content, signer.open);
      if (text === null) throw sealedForOthers(join(folder, name), signer);
      return text;
    },
  };
}

/** Reads every listed file once; throws for the first that differs. */
export async function expectSums(folder: string, files: readonly SealedFile[]): Promise<void> {
  for (const { name, bytes, sha256 } of files) {
    const sum = createHash("sha256");
    let length = 0;
    for await (const block of blocksOf(join(folder, name), bytes)) {
      sum.update(block);
      length += block.length;
    }
    if (length !== bytes || sum.digest("hex") !== sha256) throw altered(join(folder, name));
  }
}

function noBundle(directory: string): StickProblem {
  return new StickProblem({
    zh: `${directory} 中没有 ${BUNDLE_FOLDER}/${MANIFEST_FILE}，不是安装 U 盘。未作任何更改；请检查是否插错了 U 盘。`,
    en: `There is no ${BUNDLE_FOLDER}/${MANIFEST_FILE} in ${directory}: it is not an installer's stick. Nothing was changed; check that it is the right one.`,
  });
}

function unsigned(folder: string): StickProblem {
  return new StickProblem({
    zh: `${folder} 没有签名（${SIGNATURE_FILE}）。未作任何更改；请由规划人员用 roomward bundle make 重新制作。`,
    en: `${folder} is not signed (${SIGNATURE_FILE}). Nothing was changed; have the planner make it again with roomward bundle make.`,
  });
}

function foreign(folder: string, trusted: readonly TrustedKey[]): StickProblem {
  const known = trusted.map(({ name, fingerprint }) => `${name} ${fingerprint}`).join(", ");
  return new StickProblem({
    zh: `${folder} 的签名不对：不是由本机信任的密钥（${known}）签的，或签名后被改动。未作任何更改；请由规划人员用其中一个密钥重新制作。`,
    en: `The signature of ${folder} is wrong: it was not made with a key that is trusted here (${known}), or the bundle was altered afterwards. Nothing was changed; have the planner make it again with one of these keys.`,
  });
}

function notUnderstood(folder: string): StickProblem {
  return new StickProblem({
    zh: `${folder} 的签名正确，但本机版本读不懂。未作任何更改；请先升级本机的 Roomward。`,
    en: `${folder} is rightly signed, but this version does not understand it. Nothing was changed; update Roomward on this box first.`,
  });
}

function altered(file: string): StickProblem {
  return new StickProblem({
    zh: `${file} 与签名的清单不符：被改动，或 U 盘损坏。未作任何更改；请由规划人员重新制作，最好换一个 U 盘。`,
    en: `${file} differs from the signed list: it was altered, or the stick is damaged. Nothing was changed; have the planner make it again, best on another stick.`,
  });
}

function sealedForOthers(file: string, { name }: TrustedKey): StickProblem {
  return new StickProblem({
    zh: `${file} 不能用密钥 ${name} 解开：.trust 文件与签名密钥不是一对。未作任何更改；请把与签名密钥一起生成的 .trust 文件放到本机。`,
    en: `${file} does not open with the key ${name}: this .trust file does not belong to the signing key. Nothing was changed; put the .trust file that was made together with it on this box.`,
  });
}
