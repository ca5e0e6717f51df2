import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAccessible, newVisitor, startBrowser } from "../support/browser.js";
import { type DeliveryScene, startDeliveryScene } from "../support/delivery-scene.js";

let scene: DeliveryScene;
let browser: Browser;

beforeAll(async () => {
  [scene, browser] = await Promise.all([startDeliveryScene(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

it("why deliveries failed is found, their endpoint is mended, and all that failed turns, wholly in the pages", async () => {
  const { service, good, endpoints } = scene;
  const { page, context, troubles } = await newVisitor(browser, service.url);
  await context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
  // The overview names the endpoint, and why.
  await page.goto("/");
  const trouble = page.locator("#trouble").getByRole("row").filter({ hasText: "Acme web shop" });
  expect(await trouble.innerText()).toContain("temporarily unavailable (503)");
  await trouble.getByRole("link", { name: "Acme web shop" }).click();
  // One of its failures shows what came back.
  await page.getByRole("link", { name: "Its failures" }).click();
  const failures = page.getByRole("row").filter({ hasText: "failed" });
  const count = await failures.count();
  expect(count).toBeGreaterThan(5);
  await failures.first().getByRole("link").last().click();
  await page.getByText("maintenance until noon").first().waitFor();
  // Its setting is pointed at where it works: what it signs with is asked for anew.
  await page.getByRole("link", { name: "Acme web shop" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Address (URL) *").fill(`${good.url}/web`);
  await page.getByLabel("API key").fill("new-key-of-acme");
  await page.getByRole("button", { name: "Send a test status" }).click();
  await page.locator("#tried").getByText("It arrived.").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const before = good.received.filter(({ url }) => url === "/web").length;
  // All of its failures are retried after their count is shown, and each turns.
  await page.getByRole("link", { name: "Its failures" }).click();
  await page.getByRole("link", { name: "Retry…" }).click();
  await page.getByText(`${count} deliveries will be tried again`).waitFor();
  await page.getByRole("button", { name: "Retry them" }).click();
  await page.getByRole("heading", { name: "Finished" }).waitFor();
  await expectAccessible(page);
  await page.goto(`/deliveries?endpoint=${endpoints.web}`);
  await expect
    .poll(async () => {
      await page.reload();
      return page.getByRole("row").filter({ hasText: "delivered" }).count();
    })
    .toBe(count);
  const arrived = good.received.filter(({ url }) => url === "/web").slice(before);
  expect(arrived.length).toBe(count);
  expect(new Set(arrived.map(({ headers }) => headers["x-api-key"]))).toEqual(new Set(["new-key-of-acme"]));
  // What is live ends with its page.
  expect(troubles.filter((text) => !text.endsWith("/live failed"))).toEqual([]);
  await context.close();
});
