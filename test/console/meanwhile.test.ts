import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { parseHTML } from "./html.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
const ids = { endpoint: "", user: "" };
let service: TestService;
let browser: Browser;

beforeAll(async () => {
  service = await startTestService(folder, { sessions: testSessions({ admin: testSession() }) });
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
  ids.endpoint = await service.endpoint("http://127.0.0.1:8/hook", { name: "before" });
  const invited = { email: "bob@example.com", name: "Bob", role: "operator" };
  ids.user = String((await service.call("POST", "/v1/users", invited)).body.id);
  browser = new Browser(service.url);
  browser.cookies.set("waybell-session", "admin");
});
afterAll(async () => {
  await service.close();
  remove();
});

/** What the page's own form holds, as a browser sends it back. */
function formIn(html: string): Record<string, string> {
  if (html.includes('id="setting"')) return parseHTML(html, "setting");
  const from = html.indexOf('<form method="post"');
  const form = html.slice(from, html.indexOf("</form>", from));
  const inputs = [...form.matchAll(/<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"/g)];
  return Object.fromEntries(inputs.map(([, name = "", value = ""]) => [name, value]));
}

const kept = async (path: string) => JSON.stringify((await service.call("GET", path)).body);

interface Form {
  readonly what: string;
  readonly at: () => string;
  readonly posts?: string;
  /** Where the page says how it is now. */
  readonly look?: string;
  readonly field: string;
  /** What else is chosen in it. */
  readonly more: Record<string, string>;
  readonly path: () => string;
}

const FORMS: readonly Form[] = [
  {
    what: "an endpoint",
    at: () => `/endpoints/${ids.endpoint}/edit`,
    field: "name",
    more: { do: "save" },
    path: () => `/v1/endpoints/${ids.endpoint}`,
  },
  {
    what: "a customer",
    at: () => "/customers/acme/edit",
    look: "/customers/acme",
    field: "name",
    more: { language: "en" },
    path: () => "/v1/customers/acme",
  },
  {
    what: "a user",
    at: () => `/users/${ids.user}`,
    field: "name",
    more: { role: "operator" },
    path: () => `/v1/users/${ids.user}`,
  },
  {
    what: "a code",
    at: () => "/statuses/edit?code=take",
    posts: "/statuses/edit",
    field: "en",
    more: { status: "PROCESSING" },
    path: () => "/v1/statuses?limit=500",
  },
];

it.each(FORMS)("$what that another has changed meanwhile is changed after a look alone", async (form) => {
  const { at, posts = at(), look = at(), field, more, path } = form;
  const { html } = await browser.get(at());
  const typed = (from: string, by: string) => ({ ...formIn(from), ...more, [field]: `typed by ${by}` });
  expect((await browser.post(posts, typed(html, "Ann"))).status).toBe(303);
  const refused = await browser.post(posts, typed(html, "Bob"));
  expect(refused.status).toBe(409);
  expect(refused.html).toContain("This was changed meanwhile, by somebody else or in another tab.");
  expect(refused.html).toContain('value="typed by Bob"');
  expect(refused.html).toContain("Save all the same");
  expect(refused.html).toContain(`<a href="${look}" target="_blank" rel="noopener">`);
  expect(await kept(path())).toContain("typed by Ann");
  // Whoever was told and saves once more means it.
  expect((await browser.post(posts, typed(refused.html, "Bob"))).status).toBe(303);
  expect(await kept(path())).toContain("typed by Bob");
});

it("is not forgotten while a form is tried out", async () => {
  const at = `/endpoints/${ids.endpoint}/edit`;
  const form = formIn((await browser.get(at)).html);
  await service.call("PATCH", `/v1/endpoints/${ids.endpoint}`, { name: "by the API" });
  const tried = formIn((await browser.post(at, { ...form, do: "preview" })).html);
  expect(tried).toMatchObject({ seen: form.seen });
  expect((await browser.post(at, { ...tried, do: "save" })).status).toBe(409);
});

it("a new customer never takes the place of one who is there", async () => {
  await service.call("PUT", "/v1/customers/there", { name: "There", emails: ["it@there.example"] });
  const before = await kept("/v1/customers/there");
  await browser.get("/customers/new");
  const refused = await browser.post("/customers/new", { id: "there", name: "Another", language: "en" });
  expect(refused.status).toBe(422);
  expect(refused.html).toContain("There is a customer with this id already");
  expect(refused.html).toContain('value="Another"');
  expect(await kept("/v1/customers/there")).toBe(before);
});

it("a pause is no change of what the form of an endpoint holds, and is not undone by it", async () => {
  const at = `/endpoints/${ids.endpoint}/edit`;
  const form = formIn((await browser.get(at)).html);
  await service.call("POST", `/v1/endpoints/${ids.endpoint}/pause`, { reason: "lunch" });
  expect((await browser.post(at, { ...form, do: "save", name: "mended" })).status).toBe(303);
  const { body } = await service.call("GET", `/v1/endpoints/${ids.endpoint}`);
  expect(body).toMatchObject({ name: "mended", state: "paused" });
  const later = formIn((await browser.get(at)).html);
  await service.call("POST", `/v1/endpoints/${ids.endpoint}/resume`, { deliveries: "send-all" });
  await service.call("PATCH", `/v1/endpoints/${ids.endpoint}`, { name: "by the API" });
  expect((await browser.post(at, { ...later, do: "save", name: "undone" })).status).toBe(409);
});
