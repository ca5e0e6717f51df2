import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, welcomePath } from "../console/signed-in.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser } from "../support/browser.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";

const { folder, remove } = temporaryFolder();
const shown: string[] = [];
let smtp: SmtpTestServer;
let service: TestService;
let browser: Browser;

beforeAll(async () => {
  smtp = await startSmtp();
  // Where people come in: by the port that is free, which nobody knows before.
  const env = { SMTP_URL: smtp.url, PUBLIC_URL: "http://waybell.test" };
  service = await startTestService(folder, { shown, env });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await smtp?.close();
  remove();
});

/** Refusals are meant here, and what is live ends with its page. */
const isTrouble = (text: string) => !/\b(404|422)\b|\/live failed$/.test(text);

const LOOKS = [
  { name: "light and wide", dark: false, width: 1280 },
  { name: "dark and narrow", dark: true, width: 390 },
];

describe("the way in", () => {
  it("goes from the first start to the first admin, an invitation, and its user's own session", async () => {
    const first = await newVisitor(browser, service.url);
    await first.page.goto(welcomePath(shown.join("")));
    await expectAccessible(first.page);
    await first.page.getByLabel("E-mail address").fill("ann@example.com");
    await first.page.getByLabel("Your name").fill("Ann");
    await first.page.getByLabel("Password").fill("short");
    await first.page.getByRole("button", { name: "Save and sign in" }).click();
    await first.page.getByText("has fewer than 12 characters").waitFor();
    await expectAccessible(first.page);
    await first.page.getByLabel("Password").fill(PASSWORD);
    await first.page.getByRole("button", { name: "Save and sign in" }).click();
    await first.page.getByRole("link", { name: "Ann" }).waitFor();

    await first.page.goto("/users/new");
    await first.page.getByLabel("E-mail address").fill("bob@example.com");
    await first.page.getByLabel("Role").selectOption("operator");
    await first.page.getByRole("button", { name: "Invite somebody" }).click();
    const link = welcomePath(await first.page.locator("#link").innerText());
    await expectAccessible(first.page);
    await until(() => smtp.mails.length > 0, 15_000, "the invitation");
    expect(smtp.mails[0]?.parsed.text).toContain(link);

    const second = await newVisitor(browser, service.url, { language: "nl-BE" });
    await second.page.goto(link);
    await second.page.getByLabel("Wachtwoord").fill("een heel lang wachtwoord");
    await second.page.getByRole("button", { name: "Opslaan en aanmelden" }).click();
    await second.page.getByRole("button", { name: "Afmelden" }).click();
    await second.page.getByLabel("E-mailadres").first().fill("bob@example.com");
    await second.page.getByLabel("Wachtwoord").fill("een heel lang wachtwoord");
    await second.page.getByRole("button", { name: "Aanmelden" }).click();
    await second.page.getByRole("link", { name: "bob@example.com" }).waitFor();
    expect([...first.troubles, ...second.troubles].filter(isTrouble)).toEqual([]);
    await first.context.close();
    await second.context.close();
  });

  it("of a customer is a link in a mail, without JavaScript too", async () => {
    const portal = { enabled: true, may: ["test"] };
    for (const id of ["acme", "beta"]) {
      await service.call("PUT", `/v1/customers/${id}`, {
        name: id,
        emails: ["it@acme.example"],
        language: "fr",
        portal,
      });
    }
    const { page, context } = await newVisitor(browser, service.url, { javaScript: false, language: "fr" });
    await page.goto("/sign-in");
    await page.locator("[name=link-email]").fill("it@acme.example");
    await page.getByRole("button", { name: "M’envoyer un lien" }).click();
    await page.getByRole("heading", { name: "Consultez vos e-mails" }).waitFor();
    await until(() => smtp.mails.length > 1, 15_000, "the link");
    await page.goto(welcomePath(smtp.mails.at(-1)?.parsed.text ?? ""));
    await page.getByRole("button", { name: "beta" }).click();
    await page.goto("/account");
    await page.getByText("Il n’y a pas de compte à modifier").waitFor();
    await context.close();
  });
});

describe.each(LOOKS)("every page, $name", ({ dark, width }) => {
  it("can be used by everybody, and fits", async () => {
    const { page, context, troubles } = await newVisitor(browser, service.url, { dark, width });
    for (const path of ["/sign-in", "/welcome/x"]) {
      await page.goto(path);
      await expectAccessible(page);
      await expectNoSideways(page);
    }
    await page.goto("/sign-in");
    await page.getByLabel("E-mail address").first().fill("ann@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Ann" }).waitFor();
    const { body } = await service.call<{ items: { id: string }[] }>("GET", "/v1/users");
    const user = `/users/${body.items[1]?.id}`;
    for (const path of ["/users", "/users/new", user, "/keys", "/keys/new", "/audit", "/account"]) {
      await page.goto(path);
      for (const details of await page.locator("main details > summary").all()) await details.click();
      await expectAccessible(page);
      await expectNoSideways(page);
    }
    expect(troubles.filter(isTrouble)).toEqual([]);
    await context.close();
  });
});
