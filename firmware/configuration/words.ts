import type { Words } from "../contract/alarm.ts";
import { printPath } from "../site/problems.ts";

export function fasterWords(base: number, newest: number): Words {
  return {
    zh: `配置在此期间已被修改：您看的是版本 ${base}，现在是版本 ${newest}。未作任何更改，请看过最新版本后再试。`,
    en: `The configuration was changed in the meantime: you looked at version ${base}, now it is version ${newest}. Nothing was changed; look at the newest one, then try again.`,
  };
}

export function fileIsNewerWords(file: string): Words {
  return {
    zh: `站点文件 ${file} 已被修改且尚未采用。未作任何更改：请先采用它（“采用站点文件”，或 systemctl reload roomward），或把文件改回原样。`,
    en: `The site file ${file} was changed and is not taken over yet. Nothing was changed: take it over first (“Take over the site file”, or systemctl reload roomward), or undo the edit of the file.`,
  };
}

export function goneWords(number: number): Words {
  return {
    zh: `本机没有版本 ${number}，或其内容已损坏。请从列表中选择。`,
    en: `There is no version ${number} on this box, or its text is damaged. Choose one of the list.`,
  };
}

export function sameWords(): Words {
  return { zh: "与正在运行的配置相同，未作任何更改。", en: "This is what runs already; nothing was changed." };
}

export function notStoredWords(reason: Words): Words {
  return {
    zh: `配置无法存入数据目录，断电后可能退回较早的版本：${reason.zh}`,
    en: `The configuration could not be stored in the data folder; after a power cut an older version may run: ${reason.en}`,
  };
}

export function runsInsteadWords(file: string, number: number): Words {
  return {
    zh: `站点文件 ${file} 无法使用，正按最近一次有效的版本 ${number} 运行。`,
    en: `The site file ${file} cannot be used; the last good version, ${number}, runs instead.`,
  };
}

export function damagedWords(files: readonly string[]): Words {
  const list = files.join(", ");
  return {
    zh: `配置数据的较新副本损坏或缺失：${list}，最近的修改可能丢失。请核对正在运行的版本，然后选定一个。`,
    en: `Newer copies of the configuration's data are damaged or missing: ${list}; the last change may be lost. Compare what runs, then choose a version.`,
  };
}

export function lostWords(): Words {
  return {
    zh: "配置数据全部损坏，较早的版本已丢失；正按站点文件运行。损坏的文件另存在旁边。",
    en: "All copies of the configuration's data are damaged and the older versions are lost; the site file runs. The damaged files are kept beside it.",
  };
}

export function outdatedWords(number: number, runs: number): Words {
  return {
    zh: `版本 ${number} 不符合当前程序版本的要求，改按版本 ${runs} 运行。请在“配置”页修改。`,
    en: `Version ${number} does not fit this release of the program; version ${runs} runs instead. Mend it on the page Configuration.`,
  };
}

export function returnedWords(number: number, reason: string): Words {
  return {
    zh: `版本 ${number} 未能启动（${reason}），已退回之前的版本。`,
    en: `Version ${number} did not start (${reason}); the one before it runs again.`,
  };
}

export function journalBehindWords(): Words {
  return {
    zh: "日志库目前无法写入，配置暂不切换，以免丢失尚未写入的事件。请检查磁盘后再试。",
    en: "The journal takes nothing at present, so the configuration is not switched: events that wait for it would be lost. Check the disk, then try again.",
  };
}

export function maskWords(path: readonly PropertyKey[]): Words {
  return {
    zh: `${printPath(path)}：此处没有可保留的密钥（新条目、改了地址，或不是密钥）。请重新填写密钥。`,
    en: `${printPath(path)}: there is no secret to keep here (a new entry, another address, or no secret). Write the secret itself.`,
  };
}

export function runsNowWords(number: number): Words {
  return { zh: `版本 ${number} 的配置正在运行`, en: `version ${number} of the configuration is running` };
}
