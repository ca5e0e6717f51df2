import { afterAll, beforeAll, expect } from "vitest";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { Browser } from "./signed-in.js";

export let service: TestService;

const may = (...actions: string[]) => ({ ...testSession({ role: "customer", customer: "acme" }), id: actions.join() });

/** A session of acme's people whose operator allows them this. */
function portal(...actions: ("edit" | "create")[]) {
  const session = may(...actions);
  return { ...session, principal: { ...session.principal, portal: actions } };
}

/** A service with its sessions for the tests of one file. */
export function useScene(): void {
  const { folder, remove } = temporaryFolder();
  beforeAll(async () => {
    const sessions = testSessions({
      operator: testSession({ role: "operator" }),
      other: testSession({ role: "operator" }),
      auditor: testSession({ role: "auditor" }),
      looks: portal(),
      edits: portal("edit"),
    });
    service = await startTestService(folder, { sessions });
    await service.call("PUT", "/v1/customers/beta", { name: "Beta" });
  });
  afterAll(async () => {
    await service?.close();
    remove();
  });
}

/** A browser of somebody who is signed in. */
export function browserOf(session: string, language = "en"): Browser {
  const browser = new Browser(service.url, { "accept-language": language });
  browser.cookies.set("waybell-session", session);
  return browser;
}

export const AT = "/customers/acme/endpoints/import";
export const KEY = "planted-secret-0123456789";

export const ERP = {
  name: "ERP",
  transport: { type: "http-post", url: "https://acme.example/in?token=t0ken", apiKey: KEY },
  template: { name: "ontime" },
};
export const ARCHIVE = {
  name: "Archive: 'no' #1",
  transport: { type: "ftp", host: "ftp.acme.example", username: "u", password: KEY, directory: "in" },
  template: { name: "ontime", options: { format: "xml" } },
  filter: { statusCodes: ["notOk [1]", "take"] },
  limits: { quietHours: [{ from: "22:00", to: "06:00" }] },
};
export const CUSTOM = {
  name: "Own format",
  transport: { type: "http-post", url: "https://acme.example/own", headers: { "x-a": KEY } },
  template: { name: "custom", options: { format: "json", body: '{"o": "{{ order }}", "x": "# no: comment"}\n' } },
};

/** Gives acme these endpoints, and no others. */
export async function withEndpoints(...endpoints: object[]): Promise<void> {
  await service.call("PUT", "/v1/customers/acme", { name: "Acme", language: "nl", emails: ["it@acme.example"] });
  for (const { id } of await listed()) await service.call("DELETE", `/v1/endpoints/${id}`);
  for (const endpoint of endpoints) {
    const { status } = await service.call("POST", "/v1/customers/acme/endpoints", endpoint);
    expect(status).toBe(201);
  }
}

export interface Kept {
  readonly id: string;
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly version: number;
  readonly transport: Readonly<Record<string, unknown>>;
}

/** Acme's endpoints. */
export async function listed(): Promise<Kept[]> {
  const { body } = await service.call<{ items: Kept[] }>("GET", "/v1/customers/acme/endpoints?limit=500");
  return body.items;
}

/** The page that shows what a file would change. */
export async function look(browser: Browser, text: string) {
  await browser.get(AT);
  return browser.post(AT, { text });
}

/** Presses the button below what was looked at. */
export async function apply(browser: Browser, html: string) {
  const sealed = /name="sealed" value="([^"]+)"/.exec(html)?.[1] ?? "";
  return browser.post(`${AT}/apply`, { sealed });
}

/** The file that somebody gets. */
export const exported = async (session: string) =>
  (await browserOf(session).get("/customers/acme/endpoints.yaml")).html;
