import type { SourceText } from "../../drivers/source-text.ts";
import { type BodyForm, type BodyTemplate, bodyForm, JSON_TYPE } from "../contract/body-template.ts";
import { MESSAGE_FIELDS, unknownFields } from "../contract/message-fields.ts";
import type { Placed } from "./check.ts";
import type { TargetEntry } from "./target-schema.ts";

const HEADERS_MAX = 20;
const HEADER_NAME = /^[A-Za-z\d!#$%&'*+.^_`|~-]{1,64}$/;
/** What the box says itself, or what belongs to the connection (RFC 9110, 7.6). */
const OURS =
  /^(content-(type|length|encoding)|host|connection|transfer-encoding|te|trailer|upgrade|expect|idempotency-key|x-roomward-.*)$/i;
const DEPTH_MAX = 8;
const BODY_CHARACTERS_MAX = 16_384;

type Path = readonly PropertyKey[];

/** Headers and body of a webhook that a receiver wants its own way: every name in braces is known, and the body is what its type says. */
export function checkWebhook(source: SourceText, { entry, path }: Placed<TargetEntry>): void {
  if (entry.kind !== "webhook") return;
  checkHeaders(source, Object.keys(entry.headers ?? {}), [...path, "headers"]);
  const { body, contentType, heartbeat } = entry;
  if (body === undefined) {
    if (contentType !== undefined)
      source.add([...path, "contentType"], { zh: "contentType 需要 body 模板", en: "contentType needs a body, the template" });
    return;
  }
  if (heartbeat !== undefined)
    source.add([...path, "heartbeat"], {
      zh: "心跳用本产品自己的格式；有 body 模板时不能发",
      en: "the sign of life has our own form, which a receiver with a body of its own does not know: leave one of them out",
    });
  checkBody(source, body, bodyForm(contentType ?? JSON_TYPE) ?? "json", [...path, "body"]);
}

function checkHeaders(source: SourceText, names: readonly string[], path: Path): void {
  if (names.length > HEADERS_MAX)
    source.add(path, {
      zh: `请求头 ${names.length} 个，最多 ${HEADERS_MAX} 个`,
      en: `${names.length} headers; the limit is ${HEADERS_MAX}`,
    });
  const seen = new Set<string>();
  for (const name of names) {
    if (!HEADER_NAME.test(name))
      source.add([...path, name], {
        zh: "不是请求头名称（应为字母、数字和连字符，最多 64 个）",
        en: "no name of a header: letters, digits and hyphens, at most 64",
      });
    else if (OURS.test(name)) source.add([...path, name], { zh: `${name} 由本机填写`, en: `${name} is set by the box itself` });
    else if (seen.has(name.toLowerCase())) source.add([...path, name], { zh: `${name} 写了两次`, en: `${name} is there twice` });
    seen.add(name.toLowerCase());
  }
}

function checkBody(source: SourceText, body: BodyTemplate, form: BodyForm, path: Path): void {
  const isTree = typeof body === "object" && body !== null;
  const isFlat = isTree && !Array.isArray(body) && Object.values(body).every((value) => typeof value !== "object");
  if (form === "json" && !isTree)
    source.add(path, {
      zh: "JSON 的 body 应为映射或列表，不是文本：这样任何值都不会破坏 JSON",
      en: "the body of a JSON type is a mapping or a list, not a text: so no value can break the JSON",
    });
  else if (form === "form" && !isFlat)
    source.add(path, { zh: "表单的 body 应为一层映射：名称和文本", en: "the body of a form is a mapping of names and texts" });
  else if ((form === "xml" || form === "text") && typeof body !== "string")
    source.add(path, { zh: "此 contentType 的 body 应为文本", en: "the body of this contentType is a text" });
  else if (JSON.stringify(body).length > BODY_CHARACTERS_MAX)
    source.add(path, { zh: `body 超过 ${BODY_CHARACTERS_MAX} 个字符`, en: `the body is longer than ${BODY_CHARACTERS_MAX} characters` });
  else checkTexts(source, body, path, DEPTH_MAX);
}

function checkTexts(source: SourceText, body: BodyTemplate, path: Path, depth: number): void {
  if (typeof body === "string") {
    for (const name of unknownFields(body))
      source.add(path, {
        zh: `没有字段 {${name}}；有：${MESSAGE_FIELDS.join("、")}`,
        en: `there is no field {${name}}; there are: ${MESSAGE_FIELDS.join(", ")}`,
      });
    return;
  }
  if (typeof body !== "object" || body === null) return;
  if (depth === 0) {
    source.add(path, { zh: `body 的嵌套超过 ${DEPTH_MAX} 层`, en: `the body is nested deeper than ${DEPTH_MAX}` });
    return;
  }
  const isField = (key: string, inner: BodyTemplate): boolean => inner === null && unknownFields(`{${key}}`).length === 0;
  for (const [key, inner] of Object.entries<BodyTemplate>(body)) {
    const place = [...path, Array.isArray(body) ? Number(key) : key];
    // `title: {text}` is a mapping in YAML.
    if (!Array.isArray(body) && isField(key, inner)) source.add(place, { zh: `请加引号："{${key}}"`, en: `put it in quotes: "{${key}}"` });
    else checkTexts(source, inner, place, depth - 1);
  }
}
