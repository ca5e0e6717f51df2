import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testSession, testSessions } from "../console/browser-like.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser } from "../support/browser.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;

beforeAll(async () => {
  const sessions = testSessions({ admin: testSession({ role: "admin" }) });
  service = await startTestService(folder, { sessions });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  remove();
});

const PAGES = ["/", "/statuses", "/statuses?q=koerier"];
const LOOKS = [
  { name: "light and wide", dark: false, width: 1280 },
  { name: "dark and narrow", dark: true, width: 390 },
];

describe.each(LOOKS)("every page, $name", ({ dark, width }) => {
  it.each(PAGES)("%s can be used by everybody, and fits", async (path) => {
    const { page, context, troubles } = await newVisitor(browser, service.url, { dark, width });
    await context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    await expectAccessible(page);
    await expectNoSideways(page);
    expect(troubles).toEqual([]);
    await context.close();
  });
});
