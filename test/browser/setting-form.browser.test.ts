import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testSession, testSessions } from "../console/browser-like.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser, unfold } from "../support/browser.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;

beforeAll(async () => {
  service = await startTestService(folder, { sessions: testSessions({ admin: testSession() }) });
  browser = await startBrowser();
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  remove();
});

const FORM = "/customers/acme/endpoints/new?transport=http-post&template=probo";

async function visit(more: Parameters<typeof newVisitor>[2]) {
  const visitor = await newVisitor(browser, service.url, more);
  await visitor.context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
  await visitor.page.goto(FORM);
  await unfold(visitor.page);
  return visitor;
}

it("gets another row for each code, header, hour and maintenance that one adds, and keeps them", async () => {
  const { page, context, troubles } = await visit({ language: "nl-BE" });
  await page.getByLabel("Naam *", { exact: true }).fill("Rows");
  await page.getByLabel("Adres (URL) *").fill("http://127.0.0.1:8/hook");
  const codes = page.getByRole("group", { name: "Per statuscode" });
  const rows = [
    ["take", "1", "Mee"],
    ["rec", "2", ""],
    ["IE", "3", "Let op"],
  ] as const;
  for (const [at, [ours, theirs, text]] of rows.entries()) {
    // Two empty rows are there without JavaScript.
    if (at === 2) {
      await codes.getByRole("button", { name: "Rij toevoegen" }).click();
      expect(await page.evaluate("document.activeElement.name")).toBe("template.statusMap.codes.2.ours");
    }
    await codes.getByLabel(`Onze code ${at + 1}`).fill(ours);
    await codes.getByLabel(`Hun code ${at + 1}`).fill(theirs);
    await codes.getByLabel(`Hun tekst ${at + 1}`).fill(text);
  }
  const hours = page.getByRole("group", { name: "Stille uren" });
  await hours.getByLabel("Van 1").fill("22:00");
  await hours.getByLabel("Tot 1").fill("06:00");
  for (const day of ["za", "zo"]) await hours.getByRole("group", { name: "Dagen 1" }).getByLabel(day).check();
  const maintenance = page.getByRole("group", { name: "Onderhoud" });
  await maintenance.getByLabel("Van 1").fill("2026-12-24T18:00");
  await maintenance.getByLabel("Tot 1").fill("2026-12-25T06:00");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.waitForURL(/\/endpoints\/ep_/);
  const { body } = await service.call("GET", `/v1/endpoints/${/ep_\w+/.exec(page.url())?.[0]}`);
  expect(body).toMatchObject({
    template: {
      options: {
        statusMap: {
          codes: { take: { code: "1", text: "Mee" }, rec: { code: "2" }, IE: { code: "3", text: "Let op" } },
        },
      },
    },
    limits: {
      quietHours: [
        { from: "22:00", to: "06:00", days: ["sat", "sun"] },
        { from: "2026-12-24T18:00", until: "2026-12-25T06:00" },
      ],
    },
  });
  expect(troubles).toEqual([]);
  await context.close();
});

it.each([true, false])(
  "keeps what was typed when a template is chosen, and is saved by Enter: JavaScript %s",
  async (javaScript) => {
    const { page, context } = await newVisitor(browser, service.url, { javaScript });
    await context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
    await page.goto("/customers/acme/endpoints/new");
    const name = page.getByLabel("Name *", { exact: true });
    await name.fill(`Typed ${javaScript}`);
    await page.getByLabel("Address (URL) *").fill("http://127.0.0.1:8/typed");
    await page.getByLabel("Template", { exact: true }).selectOption("standard");
    if (!javaScript) await page.getByRole("button", { name: "Choose" }).click();
    await page.locator("#setting input[name=template][value=standard]").waitFor({ state: "attached" });
    expect(await name.inputValue()).toBe(`Typed ${javaScript}`);
    await name.press("Enter");
    await page.getByText("Created.").waitFor();
    const { body } = await service.call("GET", `/v1/endpoints/${/ep_\w+/.exec(page.url())?.[0]}`);
    expect(body).toMatchObject({ transport: { url: "http://127.0.0.1:8/typed" }, template: { name: "standard" } });
    await context.close();
  },
);

it.each([
  { name: "light and wide", dark: false, width: 1280 },
  { name: "dark and narrow", dark: true, width: 390 },
])("can be used by everybody with all of its parts open, $name", async ({ dark, width }) => {
  const { page, context } = await visit({ dark, width });
  for (const add of await page.getByRole("button", { name: "Add a row" }).all()) await add.click();
  await unfold(page);
  await expectAccessible(page);
  await expectNoSideways(page);
  const beyond = `[...document.querySelectorAll(".rows")].filter((rows) =>
    [...rows.querySelectorAll("input")].some((input) =>
      input.getBoundingClientRect().right > rows.getBoundingClientRect().right)).map((rows) => rows.id)`;
  expect(await page.evaluate(beyond)).toEqual([]);
  await context.close();
});

it.each([true, false])("says how its preview comes about: JavaScript %s", async (javaScript) => {
  const { page, context } = await newVisitor(browser, service.url, { javaScript });
  await context.addCookies([{ name: "waybell-session", value: "admin", url: service.url }]);
  await page.goto(FORM);
  expect(await page.getByText("as you fill the form in").isVisible()).toBe(javaScript);
  expect(await page.getByText("Press Preview below the form").isVisible()).toBe(!javaScript);
  await context.close();
});

it("makes no field higher than what is typed into it for the help beside it", async () => {
  const { page, context } = await visit({});
  const heights = await page
    .locator("#setting .field-row > .field > input")
    .evaluateAll((inputs) =>
      inputs.map((input) => Math.round((input as unknown as { offsetHeight: number }).offsetHeight)),
    );
  expect(new Set(heights).size).toBe(1);
  await context.close();
});
