import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";
import { Browser, welcomePath } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let smtp: SmtpTestServer;
let service: TestService;
let endpoint = "";

const put = (id: string, more: object = {}) =>
  service.call("PUT", `/v1/customers/${id}`, {
    emails: [`it@${id}.example`],
    portal: { enabled: true, may: [] },
    ...more,
  });

beforeAll(async () => {
  smtp = await startSmtp();
  const env = { SMTP_URL: smtp.url, PUBLIC_URL: "http://waybell.test" };
  service = await startTestService(folder, { env });
  endpoint = await service.endpoint("http://127.0.0.1:8/");
  await put("acme", { language: "nl", name: "Acme" });
  await put("other");
}, 60_000);
afterAll(async () => {
  await service.close();
  await smtp.close();
  remove();
});

/** Asks for a link by the page, and opens what came by mail. */
async function comeIn(email: string, language = "nl"): Promise<Browser> {
  const browser = new Browser(service.url, { "accept-language": language });
  const before = smtp.mails.length;
  const asked = await browser.post("/sign-in/link", { "link-email": email });
  expect(asked.status).toBe(200);
  await until(() => smtp.mails.length > before, 15_000, "the mail");
  const path = welcomePath(smtp.mails.at(-1)?.parsed.text ?? "");
  // Programs that read mails open links: it is the button that signs in.
  for (let at = 0; at < 2; at++) expect((await browser.get(path)).status).toBe(200);
  expect(browser.session).toBeUndefined();
  expect((await browser.post(path)).location).toBe("/");
  expect((await new Browser(service.url).post(path)).status).toBe(404);
  return browser;
}

it("mails a link in the customer's language, which signs in to what is theirs alone", async () => {
  const browser = await comeIn("IT@acme.example");
  expect(smtp.mails.at(-1)?.parsed.subject).toBe("[Waybell] Uw link om aan te melden");
  expect(smtp.mails.at(-1)?.envelope.to).toEqual(["it@acme.example"]);
  const own = await browser.get("/account");
  expect(own.html).toContain("it@acme.example");
  expect(own.html).toContain("Er is geen account om te wijzigen");
  for (const path of ["/users", "/keys", "/audit", "/statuses"])
    expect((await browser.get(path)).status, path).toBe(403);
});

it("says the same of an address that nobody has, and mails nothing", async () => {
  const known = await new Browser(service.url).post("/sign-in/link", { "link-email": "it@other.example" });
  const count = smtp.mails.length;
  const unknown = await new Browser(service.url).post("/sign-in/link", { "link-email": "it@nobody.example" });
  expect(unknown.status).toBe(known.status);
  expect(unknown.html.replaceAll("nobody", "other")).toBe(known.html);
  await until(() => smtp.mails.length === count + 1, 15_000, "the one mail");
  expect(smtp.mails.at(-1)?.envelope.to).toEqual(["it@other.example"]);
});

describe("what the operator lets a customer's people do", () => {
  it("is held for the pages, and not for the customer's keys", async () => {
    await put("acme", { portal: { enabled: true, may: [] } });
    const { body: key } = await service.call<{ key: string }>("POST", "/v1/keys", {
      ...{ name: "k", role: "customer", customer: "acme" },
    });
    const pause = await fetch(`${service.url}/v1/endpoints/${endpoint}/pause`, {
      method: "POST",
      headers: { authorization: `Bearer ${key.key}` },
    });
    expect(pause.status).toBe(200);
  });

  it("ends with the portal, at the next request", async () => {
    const browser = await comeIn("it@acme.example");
    expect((await browser.get("/account")).status).toBe(200);
    await put("acme", { portal: { enabled: false } });
    expect((await browser.get("/account")).location).toBe("/sign-in?next=%2Faccount");
  });
});
