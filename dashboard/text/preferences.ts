import { effect, signal } from "@preact/signals";

export type Language = "zh" | "en";
export type Theme = "light" | "dark";

const LANGUAGE_KEY = "roomward.language";
const THEME_KEY = "roomward.theme";
/** A wall screen is dark by default: it hangs in a dim room and is looked at for hours. */
const WALL_WIDTH_PX = 1_800;

/** What this person (or this wall) chose, kept in the browser. Chinese is the product's first language. */
export const language = signal<Language>(stored(LANGUAGE_KEY) === "en" ? "en" : "zh");
export const theme = signal<Theme>(initialTheme());

/** Writes the choices to the document and keeps them. Call once, before the first paint. */
export function applyPreferences(): void {
  effect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
    keep(LANGUAGE_KEY, language.value);
  });
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
    keep(THEME_KEY, theme.value);
  });
}

function initialTheme(): Theme {
  const chosen = stored(THEME_KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  if (window.innerWidth >= WALL_WIDTH_PX) return "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** A browser that forbids storage still shows the room. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private mode: the choice lasts as long as the page.
  }
}
