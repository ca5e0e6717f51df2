import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testSession, testSessions } from "../console/browser-like.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser } from "../support/browser.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;
let receiver: HttpReceiver;

beforeAll(async () => {
  service = await startTestService(folder, { sessions: testSessions({ admin: testSession() }) });
  receiver = await startHttpReceiver();
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await receiver?.stop();
  remove();
});

async function opened(width: number, dark: boolean) {
  const visitor = await newVisitor(browser, service.url, { width, dark });
  await visitor.context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
  await visitor.page.goto("/");
  return visitor;
}

describe("the overview", () => {
  it("shows what goes through and what fails without being loaded again, and keeps what is open and where one is", async () => {
    const { page, context, troubles } = await opened(1280, false);
    let loads = 0;
    page.on("load", () => loads++);
    const id = await service.endpoint(receiver.url, { name: "Shop <b>1</b>" });
    await page.locator("summary").first().click();
    await service.publish({ order: "A1" }, { order: "A2" });
    await page.locator(".figure", { hasText: "delivered today" }).locator("strong", { hasText: /^2$/ }).waitFor();
    await service.call("POST", `/v1/endpoints/${id}/pause`);
    await service.publish({ order: "A3" });
    const link = page.getByRole("link", { name: "Shop <b>1</b>" });
    await link.waitFor();
    await page.getByText("One endpoint is in trouble.").waitFor({ state: "attached" });
    await link.focus();
    await service.publish({ order: "A4" });
    await page.locator("#trouble").getByRole("link", { name: /^2$/ }).waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe(`trouble-${id}`);
    expect(await page.evaluate("document.querySelector('details').open")).toBe(true);
    expect(loads).toBe(0);
    await expectAccessible(page);
    expect(troubles).toEqual([]);
    await context.close();
  });

  it.each([
    [1280, true],
    [390, false],
    [390, true],
  ])("with an endpoint in trouble can be used by everybody, and fits: %i wide, dark: %s", async (width, dark) => {
    const { page, context, troubles } = await opened(width, dark);
    await page.locator("#trouble table").waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await expectAccessible(page);
    await expectNoSideways(page);
    expect(troubles).toEqual([]);
    await context.close();
  });

  it("can be read without JavaScript", async () => {
    const { page, context } = await newVisitor(browser, service.url, { javaScript: false });
    await context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
    await page.goto("/");
    expect(await page.locator("#trouble").innerText()).toContain("It is paused");
    expect(await page.locator("svg[role=img]").count()).toBe(2);
    await context.close();
  });

  it("says since when it is not live once its reader is signed out elsewhere, and asks no more", async () => {
    let isOver = false;
    const session = testSession({ timeZone: "Asia/Tokyo" });
    const requireKey = () => {
      if (isOver) throw new Error("signed out");
    };
    const signedIn = { ...session, principal: { ...session.principal, requireKey } };
    const sessions = { find: async (token: string) => (token === "admin" && !isOver ? signedIn : null) };
    const { folder, remove } = temporaryFolder();
    const own = await startTestService(folder, { sessions });
    const { page, context, troubles } = await newVisitor(browser, own.url, { language: "nl-BE" });
    await context.addCookies([{ name: "waybell-session", value: "admin", url: own.url }]);
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().includes("/live")) asked++;
    });
    await page.addInitScript(`
      window.sources = [];
      window.EventSource = class extends EventSource {
        constructor(...given) {
          super(...given);
          window.sources.push(this);
        }
      };`);
    await page.goto("/");
    const line = page.getByRole("status").filter({ hasText: "Niet live sinds" });
    await page.locator(".figure").first().waitFor();
    expect(await line.isVisible()).toBe(false);
    isOver = true;
    await page.getByText("Niet live sinds").waitFor();
    const time = new Date().toLocaleTimeString("nl-BE", { timeZone: "Asia/Tokyo", hour: "2-digit" }).slice(0, 2);
    expect(await line.innerText()).toMatch(new RegExp(`^Niet live sinds ${time}:\\d\\d – opnieuw laden$`));
    // Closed by the page: a connection that only ended would be opened again by the browser itself.
    expect(await page.evaluate("window.sources.map(({ readyState }) => readyState)")).toEqual([2]);
    expect([asked, troubles]).toEqual([1, []]);
    await expectAccessible(page);
    await line.getByRole("link").click();
    await page.waitForURL(/sign-in/);
    await context.close();
    await own.close();
    remove();
  });

  it("says so while the connection is broken, and takes it back once what comes is live", async () => {
    const { folder, remove } = temporaryFolder();
    const sessions = testSessions({ admin: testSession() });
    const first = await startTestService(folder, { sessions });
    const { page, context } = await newVisitor(browser, first.url);
    await context.addCookies([{ name: "waybell-session", value: "admin", url: first.url }]);
    await page.goto("/");
    await page.locator(".figure").first().waitFor();
    await first.close();
    const line = page.getByText("Not live since");
    await line.waitFor();
    const second = await startTestService(folder, { sessions, env: { PORT: new URL(first.url).port } });
    await line.waitFor({ state: "hidden" });
    await context.close();
    await second.close();
    remove();
  });
});
