import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";

/** The site that a file describes; a file with problems fails the test that brought it, and says them. */
export function loadedSite(text: string): Site {
  const loaded = loadSite(text);
  if ("problems" in loaded) throw new Error(loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message.en}`).join("\n"));
  return loaded.site;
}
