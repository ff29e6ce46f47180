import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { problemWords } from "../../drivers/source-text.ts";
import type { Words } from "../../firmware/contract/alarm.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { readTrustedKeys } from "./keys.ts";
import { BUNDLE_FOLDER, FILES_MAX, MANIFEST_FILE, SIGNATURE_FILE } from "./manifest.ts";
import { openBundle } from "./open.ts";
import { StickProblem } from "./problem.ts";
import { time } from "./provision-words.ts";

interface Teller {
  say(words: Words): void;
  fail(words: Words): void;
}

/** Says everything that is wrong with a bundle, and what each box would get of it. @returns whether nothing is wrong. */
export async function checkBundle(directory: string, trusted: string, { say, fail }: Teller): Promise<boolean> {
  const { keys, passedOver } = await readTrustedKeys(trusted);
  for (const words of passedOver) fail(words);
  const bundle = await openBundle(directory, keys);
  const { manifest, signer, folder } = bundle;
  const { bundle: id, issued, roomward } = manifest;
  say({
    zh: `安装包 ${id}，签发 ${time(issued)}，签名 ${signer.name}（${signer.fingerprint}），由 Roomward ${roomward} 制作。`,
    en: `Bundle ${id}, issued ${time(issued)}, signed by ${signer.name} (${signer.fingerprint}), made by Roomward ${roomward}.`,
  });
  let isRight = true;
  const contents = new Map<string, Words>();
  for (const { name } of manifest.files) {
    const path = join(folder, name);
    try {
      const loaded = loadSite(await bundle.siteText(name));
      if ("site" in loaded) {
        const { id: site, buses, devices, targets } = loaded.site;
        contents.set(name, {
          zh: `站点 ${site}，${buses.length} 条总线，${devices.length} 台设备，${targets.length} 个上级`,
          en: `site ${site}, ${buses.length} buses, ${devices.length} devices, ${targets.length} targets`,
        });
        continue;
      }
      for (const problem of loaded.problems) fail(problemWords(path, problem));
    } catch (error) {
      if (!(error instanceof StickProblem)) throw error;
      for (const words of error.words) fail(words);
    }
    isRight = false;
    contents.set(name, { zh: "有问题，见上", en: "not right, see above" });
  }
  for (const { box, name, file } of manifest.boxes) {
    const content = contents.get(file);
    const zh = `${box ?? "任何盒子"}（${name}）：${content?.zh}`;
    say({ zh, en: `${box ?? "any box"} (${name}): ${content?.en}` });
  }
  for (const stray of await straysIn(folder, new Set([MANIFEST_FILE, SIGNATURE_FILE, ...manifest.files.map(({ name }) => name)])))
    say({
      zh: `${join(BUNDLE_FOLDER, stray)} 不属于安装包，盒子会忽略它。`,
      en: `${join(BUNDLE_FOLDER, stray)} does not belong to the bundle; boxes ignore it.`,
    });
  return isRight;
}

/** What else lies in the folder: the first of it, however much there is. */
async function straysIn(folder: string, known: ReadonlySet<string>): Promise<readonly string[]> {
  const strays: string[] = [];
  let seen = 0;
  for await (const { name } of await opendir(folder)) {
    if (!known.has(name) && strays.length < 10) strays.push(name);
    seen += 1;
    if (seen > FILES_MAX * 2) break;
  }
  return strays;
}
