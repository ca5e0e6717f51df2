import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser, unfold } from "../support/browser.js";
import { type ConsoleScene, startConsoleScene } from "../support/console-scene.js";
import { type Place, placesOf } from "../support/every-page.js";

let scene: ConsoleScene;
let browser: Browser;

beforeAll(async () => {
  [scene, browser] = await Promise.all([startConsoleScene(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

async function visitor(as: Place["as"], how: Parameters<typeof newVisitor>[2]) {
  const { url } = scene.service;
  const opened = await newVisitor(browser, url, how);
  const value = as === "nobody" ? "" : scene.sessions[as];
  if (value !== "") await opened.context.addCookies([{ name: "waybell-session", value, url }]);
  return opened;
}

const WHO = ["admin", "customer", "nobody"] as const;
const status = ({ address }: Place) => (address === "/welcome/of-no-use" ? 404 : 200);

const OF_LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"];

describe.each(WHO)("every page that %s sees", (as) => {
  const places = () => placesOf(scene).filter((place) => place.as === as);

  it("has its heading and what it is about without JavaScript", async () => {
    const { page, context } = await visitor(as, { javaScript: false });
    for (const place of places()) {
      expect((await page.goto(place.address))?.status(), place.address).toBe(status(place));
      expect(await page.locator("h1").count(), place.address).toBe(1);
      expect((await page.locator("h1").innerText()).trim(), place.address).not.toBe("");
      expect(await page.locator("main").innerHTML(), place.address).toMatch(place.shows);
    }
    await context.close();
  });

  it.each([
    { name: "light and wide", size: { width: 1280, height: 900 }, colorScheme: "light", rules: undefined },
    // What stands in a page is the same in the dark: only its colours and places differ.
    { name: "dark, on a small phone", size: { width: 360, height: 740 }, colorScheme: "dark", rules: OF_LOOKS },
  ] as const)(
    "can be used by everybody, and fits: $name",
    { timeout: 180_000 },
    async ({ size, colorScheme, rules }) => {
      const { page, context, troubles } = await visitor(as, {});
      await page.emulateMedia({ colorScheme });
      for (const place of places()) {
        await page.setViewportSize(size);
        await page.goto(place.address);
        await unfold(page);
        await expectNoSideways(page);
        await expectAccessible(page, rules);
      }
      // What is live ends with its page, and a link of no use is asked for on purpose.
      expect(troubles.filter((text) => !/\/live failed$|\b404\b/.test(text))).toEqual([]);
      await context.close();
    },
  );
});
