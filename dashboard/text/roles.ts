import type { Role } from "../../firmware/contract/site.ts";
import { dictionaryOf } from "./words.ts";

const roles = dictionaryOf({
  viewer: { zh: "查看者", en: "Viewer" },
  operator: { zh: "值班员", en: "Operator" },
  engineer: { zh: "工程师", en: "Engineer" },
  administrator: { zh: "管理员", en: "Administrator" },
  auditor: { zh: "审计员", en: "Auditor" },
});

export function roleWord(role: Role): string {
  return roles.value[role];
}
