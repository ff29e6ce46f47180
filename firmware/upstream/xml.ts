import { XmlDocument, type XmlElement } from "xmldoc";

// The one file that reads XML. It knows no entities but XML's own.

/** What stands in the first element of each of these names, whatever its prefix; null when the text is no XML or has none of that name. */
export function xmlTexts<Name extends string>(xml: string, names: readonly Name[]): Readonly<Record<Name, string | null>> {
  const root = parsed(xml);
  const found = names.map((name) => [name, root === null ? null : textIn(root, name)] as const);
  return Object.fromEntries(found) as Record<Name, string | null>;
}

function parsed(xml: string): XmlElement | null {
  const text = xml.trimEnd();
  try {
    const root = new XmlDocument(text.trimStart());
    // The library takes what breaks off for what is whole.
    return new RegExp(`</${RegExp.escape(root.name)}\\s*>$`).test(text) ? root : null;
  } catch {
    return null; // The library throws at what is no XML.
  }
}

function textIn(element: XmlElement, name: string): string | null {
  if (element.name.split(":").at(-1) === name) return element.val.trim();
  for (const child of element.children) {
    const found = child.type === "element" ? textIn(child as XmlElement, name) : null;
    if (found !== null) return found;
  }
  return null;
}
