import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newVisitor, startBrowser } from "../support/browser.js";
import { type ConsoleScene, startConsoleScene } from "../support/console-scene.js";

let scene: ConsoleScene;
let browser: Browser;

beforeAll(async () => {
  [scene, browser] = await Promise.all([startConsoleScene(1), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

/** Where the letters of a word of an element are drawn, from its first to its last. */
const lettersOf = (selector: string, word: string) => `(() => {
  const walker = document.createTreeWalker(document.querySelector(${JSON.stringify(selector)}), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const begin = walker.currentNode.data.indexOf(${JSON.stringify(word)});
    if (begin < 0) continue;
    return [...${JSON.stringify(word)}].map((_letter, at) => {
      const range = document.createRange();
      range.setStart(walker.currentNode, begin + at);
      range.setEnd(walker.currentNode, begin + at + 1);
      return range.getBoundingClientRect().left;
    });
  }
  return [];
})()`;

it("leaves the words beside a name in their order, whatever the name would turn", async () => {
  const { admin } = scene.sessions;
  for (const name of [
    "\u202eacme\u2069\u202e",
    "\u05d0\u05d1\u05d2 1\u200f",
    "\u2069\u202eacme",
    "\u05d0\u202b\u2068",
  ]) {
    await scene.service.call("PATCH", `/v1/endpoints/${scene.ids.endpoints.post}`, { name });
    const { context, page, troubles } = await newVisitor(browser, scene.service.url, { language: "nl-BE" });
    await context.addCookies([{ name: "waybell-session", value: admin, url: scene.service.url }]);
    await page.goto(`/endpoints/${scene.ids.endpoints.post}/edit`);
    const places = (await page.evaluate(lettersOf("h1", "wijzigen"))) as number[];
    expect(places).toHaveLength("wijzigen".length);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    const heading = (await page.evaluate(`document.querySelector("h1").getBoundingClientRect().left`)) as number;
    // The name stands before it.
    expect(places[0]).toBeGreaterThan(heading + 10);
    expect(await page.inputValue("#field-name")).toBe(name);
    expect(troubles).toEqual([]);
    await context.close();
  }
});
