import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testSession, testSessions } from "../console/browser-like.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser } from "../support/browser.js";
import { type HeldFtp, startHeldFtp } from "../support/held-ftp.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;
let server: HeldFtp;
let id: string;

beforeAll(async () => {
  server = await startHeldFtp();
  service = await startTestService(folder, {
    sessions: testSessions({
      admin: testSession(),
      auditor: testSession({ role: "auditor" }),
      tests: testSession({ role: "customer", customer: "acme", portal: ["test"] }),
    }),
  });
  browser = await startBrowser();
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await server?.stop();
  remove();
});

let made = 0;
beforeEach(async () => {
  const transport = { type: "ftp", host: "127.0.0.1", port: server.port, username: "u", password: "planted-secret" };
  const { body } = await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
    name: `Files ${++made}`,
    transport,
    template: { name: "ontime", options: { format: "xml" } },
  });
  id = String(body.id);
});

async function visit(path: string, more: Parameters<typeof newVisitor>[2] = {}, who = "admin") {
  const visitor = await newVisitor(browser, service.url, more);
  await visitor.context.addCookies([{ name: "waybell-session", value: who, url: service.url }]);
  await visitor.page.goto(path);
  return visitor;
}

const button = (page: Page) => page.getByRole("button", { name: "Test connection" });
const steps = (page: Page) => page.locator("#live-check li strong");

describe("a connection test", () => {
  it.each([
    ["of an endpoint that is kept", () => `/endpoints/${id}`],
    ["of a form", () => `/endpoints/${id}/edit`],
  ])("%s shows each step as it ends", async (_what, path) => {
    const { page, context, troubles } = await visit(path());
    await button(page).click();
    await expect.poll(() => steps(page).allTextContents()).toEqual(["Look the name up"]);
    expect(await button(page).isDisabled()).toBe(true);
    expect(await page.locator("#live-check progress").isVisible()).toBe(true);
    await expectAccessible(page);
    await server.say("220 held");
    await expect.poll(() => steps(page).allTextContents()).toEqual(["Look the name up", "Connect"]);
    expect(await page.getByText("does not work yet").count()).toBe(0);
    await server.say("530 not you");
    await page.getByText("The endpoint does not work yet.").waitFor();
    expect(await steps(page).allTextContents()).toEqual(["Look the name up", "Connect", "Log in"]);
    expect(await page.locator("#live-check li.bad").textContent()).toContain("530 not you");
    expect(await button(page).isEnabled()).toBe(true);
    expect(await page.getByText("The answer broke off").isVisible()).toBe(false);
    expect(await page.locator("#live-check progress").isVisible()).toBe(false);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Test connection");
    await expectAccessible(page);
    // Chromium calls a stream aborted that was read to its end, when its reader is faster than its books.
    expect(troubles.filter((trouble) => !trouble.endsWith("net::ERR_ABORTED"))).toEqual([]);
    await context.close();
  });

  it("ends when its page is left", async () => {
    const { page, context } = await visit(`/endpoints/${id}`);
    await button(page).click();
    await expect.poll(() => steps(page).count()).toBe(1);
    await expect.poll(() => server.open).toBe(1);
    await page.goto("/");
    await expect.poll(() => server.open).toBe(0);
    await context.close();
  });

  it("says so when its answer breaks off", async () => {
    const { page, context } = await visit(`/endpoints/${id}`);
    const line = JSON.stringify({ step: '<li class="good"><strong>Look the name up</strong></li>' });
    await page.route("**/check", (route) =>
      route.fulfill({ contentType: "application/x-ndjson", body: `${line}\n${line.slice(0, 9)}` }),
    );
    await button(page).click();
    await page.getByText("The answer broke off").waitFor();
    expect(await steps(page).count()).toBe(1);
    expect(await button(page).isEnabled()).toBe(true);
    await expectAccessible(page);
    await context.close();
  });

  it("that is refused is told beside the form, which stays as it is", async () => {
    const { page, context } = await visit(`/endpoints/${id}/edit`);
    await page.locator("#field-transport-port").fill("many");
    await button(page).click();
    await page.locator("#tried").getByText("Port", { exact: true }).waitFor();
    expect(await page.locator("#live-check").isVisible()).toBe(false);
    expect(await page.locator("#field-transport-port").inputValue()).toBe("many");
    await context.close();
  });

  it("is answered whole without JavaScript", async () => {
    const { page, context } = await visit(`/endpoints/${id}`, { javaScript: false, width: 390 });
    const answered = button(page).click();
    await server.say("220 held");
    await server.say("530 not you");
    await answered;
    expect(await page.locator(".timeline li strong").allTextContents()).toEqual([
      "Look the name up",
      "Connect",
      "Log in",
    ]);
    await expectNoSideways(page);
    await context.close();
  });
});

describe("what is asked in place", () => {
  it("leaves the keyboard at its button, and says so where nothing answers", async () => {
    const { page, context } = await visit(`/endpoints/${id}`);
    let answers = true;
    // Before what is answered, not between the two: the page learns of a route a moment later than who sets it.
    await page.route("**/try", (route) => (answers ? route.continue() : route.abort()));
    const preview = page.getByRole("button", { name: "Preview" });
    const notice = page.locator("#not-answered");
    await preview.focus();
    await page.keyboard.press("Enter");
    await page.locator("#tried #preview-body").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Preview");
    expect(await notice.isVisible()).toBe(false);
    answers = false;
    const unanswered = page.waitForEvent("requestfailed");
    await page.keyboard.press("Enter");
    await unanswered;
    await notice.waitFor();
    await expectAccessible(page);
    answers = true;
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Preview");
    await page.keyboard.press("Enter");
    await notice.waitFor({ state: "hidden" });
    await context.close();
  });
});

describe("an endpoint that is out of use", () => {
  it("is disabled after a question, with the reason that was typed, and resumed", async () => {
    const { page, context, troubles } = await visit(`/endpoints/${id}`);
    const disable = page.getByRole("button", { name: "Disable" });
    const asked: string[] = [];
    let answer = false;
    page.on("dialog", async (dialog) => {
      asked.push(dialog.message());
      await (answer ? dialog.accept() : dialog.dismiss());
    });
    await page.getByLabel("Reason").fill("out of use");
    await disable.click();
    expect(asked).toEqual([
      expect.stringMatching(/^Disable this endpoint\? .*What waits is kept.* resume the endpoint/),
    ]);
    expect((await service.call("GET", `/v1/endpoints/${id}`)).body).toMatchObject({ state: "active" });
    answer = true;
    await disable.click();
    await page.getByText("Disabled by the operator: out of use").waitFor();
    expect(await disable.count()).toBe(0);
    await expectAccessible(page);
    await page.goto("/");
    await page.locator("#trouble").getByText("Reason: Disabled by the operator: out of use.").waitFor();
    await page.goto(`/endpoints/${id}`);
    await page.getByRole("button", { name: "Resume" }).click();
    await disable.waitFor();
    // Pausing can be taken back at once: it asks nothing.
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused by hand").waitFor();
    expect(asked).toHaveLength(2);
    expect(troubles.filter((text) => !text.endsWith("/live failed"))).toEqual([]);
    await context.close();
  });

  it("is disabled without JavaScript too", async () => {
    const { page, context } = await visit(`/endpoints/${id}`, { javaScript: false, width: 390 });
    await expectNoSideways(page);
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByText("Disabled by the operator").waitFor();
    await context.close();
  });
});

describe("who may not change an endpoint", () => {
  it.each([
    ["auditor", 1280],
    ["auditor", 390],
    ["tests", 390],
  ] as const)("reads its setting, as everybody can: %s, %i wide", async (who, width) => {
    const { page, context, troubles } = await visit(`/endpoints/${id}`, { width }, who);
    await page.getByRole("heading", { name: "Trying again" }).waitFor();
    expect(await page.content()).not.toContain("planted-secret");
    await expectAccessible(page);
    await expectNoSideways(page);
    expect(troubles).toEqual([]);
    await context.close();
  });

  it("sees the exact file beside the page, which stays, and without JavaScript on a page of its own", async () => {
    for (const javaScript of [true, false]) {
      const { page, context } = await visit(`/endpoints/${id}`, { javaScript }, "tests");
      await page.getByLabel("With a real event").fill("evt_none");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.locator("#tried").getByText("evt_none").waitFor();
      expect(new URL(page.url()).pathname).toBe(`/endpoints/${id}${javaScript ? "" : "/try"}`);
      await page.getByLabel("With a real event").fill("");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.locator("#tried #preview-body").getByText("<order>").waitFor();
      await page.getByText("Or a sample with values of your own").click();
      await page.getByLabel("Order", { exact: true }).fill("OWN-1");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.locator("#tried #preview-body").getByText("<order>OWN-1</order>").waitFor();
      if (javaScript) await expectAccessible(page);
      await context.close();
    }
  });
});
