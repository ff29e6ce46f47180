import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** A machine that is held up takes its time; only there to end what hangs. */
const HANGS_MS = 90_000;

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export type Look = { readonly theme: "light" | "dark"; readonly language: "zh" | "en"; readonly widthPx: number };
export const DESKTOP: Look = { theme: "light", language: "en", widthPx: 1_280 };

/** The engine without the windows around it: the same pages in a third of the processes. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium-headless-shell", args: ARGUMENTS });
}

/** A page as one person sees it, with everything that the browser complained about. */
export interface Glass {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, script errors, and requests to anywhere else than the box. */
  readonly complaints: string[];
}

/** Opens the dashboard through a sign-in link, with the look that a person has chosen before. */
export async function openGlass(browser: Browser, url: string, token: string, look: Look = DESKTOP): Promise<Glass> {
  const context = await browser.newContext({ viewport: { width: look.widthPx, height: 900 } });
  context.setDefaultTimeout(HANGS_MS);
  await context.addInitScript(({ theme, language }) => {
    if (localStorage.getItem("roomward.theme") === null) localStorage.setItem("roomward.theme", theme);
    if (localStorage.getItem("roomward.language") === null) localStorage.setItem("roomward.language", language);
  }, look);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) complaints.push(`foreign request ${request.url()}`);
  });
  await page.goto(token === "" ? url : `${url}/#token=${token}`);
  return { page, context, complaints };
}

/** Goes to another page of the dashboard, `#/device/th-1`; the one before is gone when it returns, so nothing is clicked in it. */
export async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(
    (to) =>
      new Promise<void>((resolve) => {
        if (location.hash === to) return resolve();
        addEventListener("hashchange", () => requestAnimationFrame(() => resolve()), { once: true });
        location.hash = to;
      }),
    hash,
  );
}

/**
 * What axe finds serious or critical, as `rule: where`. Where all is well need not be written down, and a page without foreign frames needs
 * no second page to put the findings together (the legacy mode): both take longer than looking.
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .options({ resultTypes: ["violations"] })
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
