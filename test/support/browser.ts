import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { programs } from "../servers/launch.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2 AA, and what it builds on. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Debian's Chromium, without what it would ask of the network by itself. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: programs().chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

interface Visit {
  readonly language?: string;
  readonly width?: number;
  readonly dark?: boolean;
  readonly javaScript?: boolean;
}

/** A reader of their own, with what went wrong in their pages: scripts that failed or were forbidden, files that were missing. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly troubles: readonly string[];
}

export async function newVisitor(
  browser: Browser,
  baseURL: string,
  { language = "en-GB", width = 1280, dark = false, javaScript = true }: Visit = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL,
    locale: language,
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    javaScriptEnabled: javaScript,
    // Colours that are still on their way from one to another are no colours of the page.
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (line) => {
    if (line.type() === "error") troubles.push(line.text());
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Whoever leaves a page takes back what it still waits for, what is live among it.
    if (reason !== "net::ERR_ABORTED") troubles.push(`${request.url()} failed: ${reason}`);
  });
  return { page, context, troubles };
}

/** Holds the page that is shown against axe's rules for WCAG 2.2 AA, or against some of them by their names. */
export async function expectAccessible(page: Page, rules: readonly string[] = RULES): Promise<void> {
  // By the debugger's protocol: the page's own policy forbids scripts of others.
  const found = (await page.evaluate(
    `${AXE}; axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] })`,
  )) as {
    violations: readonly { id: string; help: string; nodes: readonly { html: string; failureSummary?: string }[] }[];
  };
  const violations = found.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary = "" }) => `  ${html}\n  ${failureSummary}`).join("\n")}`,
  );
  expect(violations, page.url()).toEqual([]);
}

/** Whether the page is wider than the window: it would have to be moved from side to side. */
export async function expectNoSideways(page: Page): Promise<void> {
  const [whole, shown] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  )) as [number, number];
  expect(whole, page.url()).toBeLessThanOrEqual(shown);
}

/** Opens all that is folded, in a window as high as the page: what stays at hand at its end covers nothing then. */
export async function unfold(page: Page): Promise<void> {
  const height = (await page.evaluate(
    `for (const part of document.querySelectorAll("details")) part.open = true;
    document.documentElement.scrollHeight`,
  )) as number;
  const { width = 1280 } = page.viewportSize() ?? {};
  await page.setViewportSize({ width, height: Math.max(900, height) });
}
