import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testSession, testSessions } from "../console/browser-like.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser } from "../support/browser.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;
let id: string;

beforeAll(async () => {
  service = await startTestService(folder, {
    sessions: testSessions({ operator: testSession({ role: "operator" }) }),
  });
  id = await service.endpoint("https://acme.example/in", {
    name: "Acme ERP",
    transport: { type: "http-post", url: "https://acme.example/in", apiKey: "planted-secret-0123" },
  });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  remove();
});

async function visitor(how: Parameters<typeof newVisitor>[2] = {}) {
  const opened = await newVisitor(browser, service.url, how);
  await opened.context.addCookies([{ name: "waybell-session", value: "operator", url: service.url }]);
  return opened;
}

const AT = "/customers/acme/endpoints/import";
const timeout = async () => (await service.call("GET", `/v1/endpoints/${id}`)).body.timeoutSeconds;

describe.each([{ javaScript: true }, { javaScript: false }])("endpoints as a file, $javaScript", ({ javaScript }) => {
  it("are exported, changed, imported, looked at, applied, and found as the file has them", async () => {
    const { page, context, troubles } = await visitor({ javaScript });
    const before = Number(await timeout());
    await page.goto("/customers/acme");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export as YAML" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("acme.yaml");
    const text = readFileSync(await download.path(), "utf8");
    expect(text).not.toContain("planted-secret");
    const file = join(folder, `acme-${javaScript}.yaml`);
    writeFileSync(file, text.replace(`timeoutSeconds: ${before}`, `timeoutSeconds: ${before + 7}`));
    await page.getByRole("link", { name: "Import YAML" }).click();
    await page.getByLabel("A file").setInputFiles(file);
    await page.getByRole("button", { name: "Show what would change" }).click();
    const row = page.getByRole("row").filter({ hasText: "Acme ERP" });
    expect(await row.textContent()).toContain(`timeoutSeconds: ${before} → ${before + 7}`);
    expect(await timeout()).toBe(before);
    await page.getByRole("button", { name: "Apply these changes" }).click();
    await page.getByText("Imported: 1 changed.").waitFor();
    expect(await timeout()).toBe(before + 7);
    await page.goto(`/endpoints/${id}/edit`);
    expect(await page.locator("input[name=timeoutSeconds]").inputValue()).toBe(String(before + 7));
    expect(troubles).toEqual([]);
    await context.close();
  });
});

const FAULTY =
  "customer: acme\nendpoints:\n  - name: Acme ERP\n    timeoutSeconds: soon\n  - name: New\n    colour: red\n";
const LOOKS = [
  { name: "light and wide", dark: false, width: 1280 },
  { name: "dark and narrow", dark: true, width: 390 },
];

describe.each(LOOKS)("the pages of files and of the catalogue, $name", ({ dark, width }) => {
  it("can be used by everybody, and fit", async () => {
    // What is refused is answered by 422, which the browser's console tells of.
    const { page, context } = await visitor({ dark, width });
    for (const path of [
      AT,
      "/statuses?q=take",
      "/statuses?q=nowhere",
      "/statuses/edit",
      "/statuses/edit?code=notOk_24",
    ]) {
      expect((await page.goto(path))?.status(), path).toBe(200);
      await expectAccessible(page);
      await expectNoSideways(page);
    }
    for (const text of [
      FAULTY,
      FAULTY.replace("soon", "3").replace(
        "colour: red",
        "transport: {type: ftp, host: ftp.acme.example, username: u, password: p}\n    template: {name: ontime, options: {format: xml}}",
      ),
    ]) {
      await page.goto(AT);
      await page.getByLabel("Or its text").fill(text);
      await page.getByRole("button", { name: "Show what would change" }).click();
      await page.getByRole("row").filter({ hasText: "New" }).waitFor();
      await expectAccessible(page);
      await expectNoSideways(page);
    }
    await context.close();
  });
});
