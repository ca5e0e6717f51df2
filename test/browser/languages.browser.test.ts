import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Word } from "../../src/console/word.js";
import type { Language } from "../../src/types.js";
import { newVisitor, startBrowser } from "../support/browser.js";
import { type ConsoleScene, startConsoleScene } from "../support/console-scene.js";

const WORDS = join(import.meta.dirname, "../../src/console/words");
const LOCALES: Readonly<Record<Language, string>> = { nl: "nl-BE", fr: "fr-BE", en: "en-GB" };
const LANGUAGES = Object.keys(LOCALES) as readonly Language[];

let scene: ConsoleScene;
let browser: Browser;
let words: readonly Word[];

/** Every word in what a file of words exports, however deep. */
function wordsIn(value: unknown): Word[] {
  if (typeof value !== "object" || value === null) return [];
  const { en, nl, fr } = value as Record<string, unknown>;
  if ([en, nl, fr].every((text) => typeof text === "string")) return [value as Word];
  return Object.values(value).flatMap(wordsIn);
}

beforeAll(async () => {
  const files = readdirSync(WORDS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const modules = await Promise.all(files.map((name) => import(pathToFileURL(join(WORDS, name)).href)));
  words = modules.flatMap((module) => wordsIn({ ...module }));
  [scene, browser] = await Promise.all([startConsoleScene(3), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

const BOLTS_ORDER = "/customers/bolt/orders/ASK132456712";

function addresses(): readonly string[] {
  const { endpoints, deliveries, user } = scene.ids;
  return [
    ...["/", "/deliveries", "/deliveries/causes", "/deliveries/bulk?verb=retry&state=failed", "/orders", "/statuses"],
    ...[...deliveries.values()].map((id) => `/deliveries/${id}`),
    ...[BOLTS_ORDER, `${BOLTS_ORDER}/proof`],
    ...["/customers", "/customers/new", "/customers/bolt", "/customers/bolt/edit"],
    ...[`/endpoints/${endpoints.paused}`, `/endpoints/${endpoints.post}/edit`, `/endpoints/${endpoints.sftp}/edit`],
    `/endpoints/${endpoints.post}/documentation`,
    ...["/users", "/users/new", `/users/${user}`, "/keys", "/keys/new", "/audit", "/account", "/sign-in"],
  ];
}

/** What the pages themselves say: not what is data, code, a time, or a language that calls itself so. */
const OWN_TEXTS = `(() => {
  const skipped = "bdi, code, pre, time, script, style, datalist, select[name=language], select[name=timeZone], .version, .brand";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest(skipped)) found.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("[aria-label]")) found.push(element.getAttribute("aria-label"));
  return found;
})()`;

const bare = (text: string) => text.replace(/^[\s·]+|[\s*:…·]+$/g, "");
const textsOf = async (page: Page) => new Set(((await page.evaluate(OWN_TEXTS)) as string[]).map(bare));

async function visitor(language: Language, javaScript = true) {
  const { url } = scene.service;
  const opened = await newVisitor(browser, url, { language: LOCALES[language], javaScript });
  await opened.context.addCookies([{ name: "waybell-session", value: scene.sessions.admin, url }]);
  return opened;
}

/** What stands in a page only because somebody speaks another language. */
function foreign(texts: ReadonlySet<string>, language: Language): string[] {
  const own = new Set(words.map((word) => bare(word[language])));
  const others = LANGUAGES.filter((other) => other !== language);
  const theirs = new Set(words.flatMap((word) => others.map((other) => bare(word[other]))));
  return [...texts].filter((text) => /\p{L}{3}/u.test(text) && theirs.has(text) && !own.has(text));
}

describe.each(LANGUAGES)("a browser that asks for %s", (language) => {
  it("is answered in it by every page, and in no other", async () => {
    const { page, context } = await visitor(language, false);
    const own = new Set(words.map((word) => bare(word[language])));
    for (const address of addresses()) {
      await page.goto(address);
      expect(await page.locator("html").getAttribute("lang"), address).toBe(language);
      const texts = await textsOf(page);
      expect(foreign(texts, language), address).toEqual([]);
      expect([...texts].filter((text) => own.has(text)).length, address).toBeGreaterThan(5);
    }
    await context.close();
  });
});

it("nothing is said in the same words to who speaks another language, but what both have", async () => {
  const [dutch, english] = [await visitor("nl", false), await visitor("en", false)];
  const shared = new Set(words.filter(({ nl, en }) => nl === en).map(({ en }) => bare(en)));
  // Names of protocols, formats, people, statuses, and sizes.
  const names = [
    /^(?:HTTP GET|HTTP POST|FTP\(S\)|SFTP|\(HTTP GET\)|\(FTP\(S\)\)|\(SFTP\)|GET|POST|(?:DNS|TLS)(?: \S+ m?s)?|\d+ B, \S+)$/,
    /^(?:ON TIME|Aveonline|AyMakan|Probo|TrackingMore|CSV|XLSX|traceparent|hex|base64|sha\d+)$/,
    /^(?:acme|bolt|Ann|Bob|[A-Z]\w+\/[A-Z]\w+|[A-Z_]{3,})$/,
  ];
  const found: Record<string, readonly string[]> = {};
  for (const address of addresses()) {
    await Promise.all([dutch.page.goto(address), english.page.goto(address)]);
    const [ours, theirs] = [await textsOf(dutch.page), await textsOf(english.page)];
    const same = [...ours].filter((text) => theirs.has(text) && /\p{L}{3}/u.test(text));
    const left = same.filter((text) => !shared.has(text) && !names.some((name) => name.test(text)));
    if (left.length > 0) found[address] = left;
  }
  expect(found).toEqual({});
  await dutch.context.close();
  await english.context.close();
});

it("the language is changed by the chooser, and stays", async () => {
  const { page, context } = await visitor("en");
  await page.goto("/customers");
  await page.locator(".preferences select[name=language]").selectOption("fr");
  await page.getByRole("heading", { name: "Clients" }).waitFor();
  await page.goto("/deliveries");
  expect(await page.textContent("h1")).toBe("Livraisons");
  await page.locator(".preferences select[name=language]").selectOption("nl");
  await page.getByRole("heading", { name: "Leveringen" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("nl");
  await context.close();
});

it("times are in the time zone of the customer whose order it is", async () => {
  const { page, context } = await visitor("en");
  await page.goto(BOLTS_ORDER);
  const times = await page.locator("main time").all();
  expect(times.length).toBeGreaterThan(3);
  for (const time of times) {
    expect(await time.getAttribute("title")).toBe("Asia/Tokyo");
    const at = new Date((await time.getAttribute("datetime")) ?? "");
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", timeStyle: "medium" }).format(at);
    expect(await time.innerText()).toContain(clock);
  }
  await context.close();
});
