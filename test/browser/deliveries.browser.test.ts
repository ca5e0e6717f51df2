import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser } from "../support/browser.js";
import { type DeliveryScene, startDeliveryScene } from "../support/delivery-scene.js";

let scene: DeliveryScene;
let browser: Browser;
let failed: string;

beforeAll(async () => {
  scene = await startDeliveryScene();
  browser = await startBrowser();
  const { body } = await scene.service.call<{ items: { id: string }[] }>("GET", "/v1/deliveries?state=failed&limit=1");
  failed = body.items[0]?.id ?? "";
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

async function visitor(how: Parameters<typeof newVisitor>[2] = {}, session = "admin") {
  const { url } = scene.service;
  const opened = await newVisitor(browser, url, how);
  await opened.context.addCookies([{ name: "waybell-session", value: session, url }]);
  return opened;
}

const PAGES = () => [
  "/deliveries?state=failed&order=ASK1001",
  "/deliveries?from=2026-01-01T00:00&error=nothing",
  "/deliveries/causes",
  `/deliveries/${failed}`,
  "/deliveries/bulk?verb=retry&state=failed",
  "/orders",
  "/orders?reference=Banner%20510",
  "/customers/acme/orders/ASK1000",
  "/customers/acme/orders/ASK1000/proof",
];
const LOOKS = [
  { name: "light and wide", dark: false, width: 1280 },
  { name: "dark and narrow", dark: true, width: 390 },
];

describe.each(LOOKS)("the pages of deliveries and orders, $name", ({ dark, width }) => {
  it("can be used by everybody, and fit", async () => {
    const { page, context, troubles } = await visitor({ dark, width });
    for (const path of PAGES()) {
      expect((await page.goto(path))?.status(), path).toBe(200);
      await expectAccessible(page);
      await expectNoSideways(page);
    }
    expect(troubles).toEqual([]);
    await context.close();
  });
});

it("a customer's people see their own in the same pages, and change nothing that is not switched on", async () => {
  const { page, context } = await visitor({ language: "nl-BE" }, "portal");
  await page.goto("/deliveries?state=failed");
  await expectAccessible(page);
  expect(await page.textContent("h1")).toBe("Leveringen");
  expect(await page.locator("input[name=customer]").count()).toBe(0);
  await page.goto("/customers/acme/orders/ASK1000/proof");
  expect(await page.textContent("main")).toContain("Opgemaakt door");
  await context.close();
});

it("what is done to those that are ticked waits for one, and is never done to all", async () => {
  const { page, context } = await visitor();
  await page.goto("/deliveries?customer=acme");
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  const tick = page.locator("tbody input[type=checkbox]").first();
  expect(await cancel.isDisabled()).toBe(true);
  await tick.check();
  expect(await cancel.isEnabled()).toBe(true);
  await tick.uncheck();
  expect(await cancel.isDisabled()).toBe(true);
  await context.close();
  const plain = await visitor({ javaScript: false });
  await plain.page.goto("/deliveries?customer=acme");
  await plain.page.getByRole("button", { name: "Cancel", exact: true }).click();
  expect(await plain.page.textContent("main")).toContain("Nothing was selected");
  expect(await plain.page.locator("main form").count()).toBe(0);
  await plain.context.close();
});

it("a customer downloads what did not arrive, and that alone", async () => {
  const { page, context } = await visitor({}, "portal");
  await page.goto("/");
  const link = page.getByRole("link", { name: "What did not arrive as CSV" });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const [head = "", ...rows] = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  const at = head.split(",").indexOf("state");
  const states = new Set(rows.map((row) => row.split(",")[at]));
  expect([at > 0, rows.length > 0, states.has("failed"), states.has("delivered")]).toEqual([true, true, true, false]);
  await page.getByRole("link", { name: "What did not arrive", exact: true }).click();
  expect(await page.locator("select[name=state]").inputValue()).toBe("undelivered");
  expect(await page.getByRole("row").filter({ hasText: "failed" }).count()).toBeGreaterThan(0);
  await context.close();
});

it("everything can be read, and done, without JavaScript", async () => {
  const { page, context } = await visitor({ javaScript: false });
  await page.goto("/deliveries?order=ASK1003&state=failed");
  await page.locator("tbody input[type=checkbox]").first().check();
  await page.getByRole("button", { name: "Send again" }).click();
  await page.getByRole("button", { name: "Send them again" }).click();
  expect(await page.textContent("main")).toContain("1 of 1 new deliveries are made");
  await context.close();
});

it("why deliveries fail is found by their cause, and once that is mended all are retried and turn", async () => {
  const { page, context, troubles } = await visitor();
  await page.goto("/deliveries/causes");
  const cause = page.getByRole("row").filter({ hasText: "Acme web shop" }).first();
  expect(await cause.textContent()).toContain("temporarily unavailable (503)");
  scene.mend();
  await cause.getByRole("link", { name: "Retry" }).click();
  await page.getByText("deliveries will be tried again").waitFor();
  await page.getByRole("button", { name: "Retry them" }).click();
  await page.getByRole("heading", { name: "Finished" }).waitFor();
  expect(page.url()).toContain("finished=1");
  await expectAccessible(page);
  await page.goto("/deliveries/causes");
  await expect
    .poll(async () => {
      await page.reload();
      return page.getByText("Nothing has failed.").count();
    })
    .toBe(1);
  expect(troubles).toEqual([]);
  await context.close();
});
