import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { keepForm, openForm } from "../../src/console/kept-form.js";
import type { PageContext } from "../../src/console/page.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { fakePages, pageReader } from "./browser-like.js";
import { ADMIN, Browser, firstAdmin, PASSWORD, welcomePath } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
const shown: string[] = [];
const OWN = { "sec-fetch-site": "same-origin" };
const NEW = "/customers/acme/endpoints/new";
const SECRET = "planted-secret-0123456789";
const TYPED = {
  do: "save",
  name: "Typed for an hour",
  transport: "http-post",
  template: "ontime",
  "transport.url": "http://127.0.0.1:8/typed-address",
  "transport.apiKey": SECRET,
  "transport.headers.0.name": "X-Typed",
  "transport.headers.0.value": SECRET,
  "template.format": "json",
};
let service: TestService;
let browser: Browser;
let bob: { email: string; password: string };

/** All that the form's page holds hidden, as a browser sends it along. */
function hidden(html: string): Record<string, string> {
  const form = html.slice(html.indexOf('id="setting"'));
  const found = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(found.filter(([, name]) => name !== "not-kept").map(([, name, value]) => [name, value]));
}

const fieldIn = (html: string, name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? "";

async function made(): Promise<number> {
  const { body } = await service.call<{ items: unknown[] }>("GET", "/v1/customers/acme/endpoints");
  return body.items.length;
}

/** Sends the form as its page would, every mark of what is secret among it. */
async function send(form: Record<string, string>, headers: Record<string, string> = OWN) {
  const marks = { "not-kept": "transport.apiKey" };
  const body = new URLSearchParams({ ...form, ...marks });
  body.append("not-kept", "transport.headers.*.value");
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const reply = await fetch(new URL(NEW, service.url), {
    method: "POST",
    body,
    redirect: "manual",
    headers: { accept: "text/html", "accept-language": "en", ...(cookie === "" ? {} : { cookie }), ...headers },
  });
  for (const text of reply.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    browser.cookies.set(name, value);
  }
  return { status: reply.status, html: await reply.text(), headers: reply.headers };
}

/** Signs in, opens the form, and ends the session elsewhere: what the form holds. */
async function typedInEndedSession(): Promise<Record<string, string>> {
  browser = new Browser(service.url);
  await browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD });
  const form = { ...hidden((await browser.get(NEW)).html), ...TYPED };
  const elsewhere = new Browser(service.url);
  elsewhere.cookies.set("waybell-session", browser.session ?? "");
  await elsewhere.get("/statuses");
  await elsewhere.post("/sign-out");
  return form;
}

beforeAll(async () => {
  service = await startTestService(folder, { shown });
  const admin = await firstAdmin(service.url, shown);
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
  const invited = { email: "bob@example.com", name: "Bob", role: "operator" };
  const { body } = await service.call<{ link: string }>("POST", "/v1/users", invited);
  bob = { email: "bob@example.com", password: "bob's long password" };
  await new Browser(service.url).post(welcomePath(body.link), { name: "Bob", password: bob.password });
  await admin.get("/");
}, 60_000);
afterAll(async () => {
  await service.close();
  remove();
});

describe("a form whose session has ended", () => {
  let form: Record<string, string>;
  beforeEach(async () => {
    form = await typedInEndedSession();
  }, 30_000);

  it("comes back to who typed it once they have signed in, without secrets, and does nothing by itself", async () => {
    const refused = await send(form);
    expect(refused.status).toBe(401);
    expect(refused.html).toContain("Your session has ended.");
    for (const typed of [SECRET, "typed-address", TYPED.name]) expect(refused.html).not.toContain(typed);
    const kept = fieldIn(refused.html, "kept");
    const wrong = await browser.post("/sign-in", { email: ADMIN.email, password: "wrong", next: NEW, kept });
    expect([wrong.status, fieldIn(wrong.html, "kept")]).toEqual([403, kept]);
    const entered = await browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD, next: NEW, kept });
    expect(entered.html).toContain(`action="${NEW}"`);
    const back = await browser.post(NEW, { again: fieldIn(entered.html, "again") }, OWN);
    expect(back.status).toBe(200);
    expect(back.html).toContain("This is what you typed before your session ended.");
    for (const typed of [TYPED.name, TYPED["transport.url"]]) expect(back.html).toContain(`value="${typed}"`);
    expect(back.html).not.toContain(SECRET);
    expect(await made()).toBe(0);
  });

  it("is shown to nobody else", async () => {
    const kept = fieldIn((await send(form)).html, "kept");
    await browser.post("/sign-in", { ...bob, next: NEW, kept });
    const back = await browser.post(NEW, { again: kept }, OWN);
    expect(back.status).toBe(403);
    expect(back.html).toContain("Somebody else had typed this");
    expect(back.html).not.toContain("typed-address");
  });

  it("comes back in its own tab too, after signing in in another one, by a link in a mail as well", async () => {
    const kept = fieldIn((await send(form)).html, "kept");
    const still = await browser.post(NEW, { again: kept }, OWN);
    expect([still.status, fieldIn(still.html, "kept")]).toEqual([401, kept]);
    await browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD });
    expect((await browser.post(NEW, { again: kept }, OWN)).html).toContain("typed-address");
  });

  it("of an earlier session of the same user is shown again, and not sent", async () => {
    await browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD });
    const reply = await send(form);
    expect(reply.status).toBe(403);
    expect(reply.html).toContain("typed-address");
    expect(await made()).toBe(0);
    const mine = await typedInEndedSession();
    await browser.post("/sign-in", bob);
    const other = await send(mine);
    expect([other.status, other.html.includes("typed-address")]).toEqual([403, false]);
  });

  it("of one button leads back to its page, where the same user has signed in again, and does nothing", async () => {
    await browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD });
    const { csrf = "", owner = "" } = form;
    const referer = new URL("/customers/acme?x=1", service.url).href;
    const own = { ...OWN, referer };
    const reply = await browser.post("/customers/acme/delete", { csrf, owner }, own);
    expect([reply.status, reply.location]).toEqual([303, "/customers/acme?x=1&notice=notDone"]);
    expect((await browser.get(reply.location ?? "")).html).toContain("Nothing was done");
    const forged = await browser.post("/customers/acme/delete", { csrf, owner: "0".repeat(32) }, own);
    expect([forged.status, forged.html.includes("Not for your role")]).toEqual([403, false]);
    expect((await service.call("GET", "/v1/customers/acme")).status).toBe(200);
  });

  it.each([
    ["of which the browser says nothing", {}, 303],
    ["from another site", { "sec-fetch-site": "cross-site" }, 403],
    ["from another host of the domain", { "sec-fetch-site": "same-site" }, 403],
    ["from another origin, by plain HTTP", { origin: "http://evil.example" }, 403],
    ["from no origin", { origin: "null" }, 403],
  ])("%s is not kept", async (_what, headers, status) => {
    const reply = await send(form, headers);
    expect(reply.status).toBe(status);
    expect(reply.html).not.toContain('name="kept"');
    expect(browser.cookies.has("waybell-kept")).toBe(false);
  });

  it("is known by its origin where the browser says nothing else, by plain HTTP", async () => {
    expect((await send(form, { origin: service.url })).html).toContain('name="kept"');
  });

  it("says so where it is too long to be kept", async () => {
    const reply = await send({ ...form, "transport.url": "x".repeat(300_000) });
    expect([reply.status, reply.html.includes("too long to be kept")]).toEqual([401, true]);
    expect(reply.html).not.toContain('name="kept"');
  });

  it.each(["/sign-in", "/sign-in/link"])(
    "is not handed on by %s where it cannot be one: no long page for anybody",
    async (at) => {
      const long = '"'.repeat(130_000);
      const stranger = new Browser(service.url);
      for (const kept of [long, "x".repeat(200_000), "no-seal!"]) {
        const reply = await stranger.post(at, { email: long, "link-email": long, password: "wrong", next: NEW, kept });
        expect(reply.html).toContain('name="next"');
        expect([reply.html.length < 50_000, reply.html.includes('name="kept"')]).toEqual([true, false]);
      }
    },
  );

  it("is planted by no other site: what comes back is refused without the browser's own word for it", async () => {
    const kept = fieldIn((await send(form)).html, "kept");
    await browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD });
    for (const headers of [{}, { "sec-fetch-site": "cross-site" }, { origin: "http://evil.example" }]) {
      const reply = await browser.post(NEW, { again: kept, csrf: "" }, headers as Record<string, string>);
      expect([reply.status, reply.html.includes("typed-address")]).toEqual([403, false]);
    }
    const forged = await browser.post(NEW, { again: `x${kept}` }, OWN);
    expect([forged.status, forged.location]).toEqual([303, NEW]);
    const elsewhere = "/customers/acme/edit";
    expect((await browser.post(elsewhere, { again: kept }, OWN)).location).toBe(elsewhere);
  });
});

describe("what is kept", () => {
  const cookies: Record<string, string> = {};
  const reply = { setCookie: (name: string, value: string) => void Object.assign(cookies, { [name]: value }) };
  const page = (fields: Record<string, string>, now: number) =>
    ({
      request: { url: NEW, cookies, protocol: "http" },
      reply,
      now,
      form: new URLSearchParams(fields),
    }) as unknown as PageContext;

  it("is opened within an hour, in the browser that has it", () => {
    const again = keepForm(page({ name: "typed" }, 0), false) ?? "";
    expect(openForm(page({ again }, 3_600_000), false)?.get("name")).toBe("typed");
    expect(openForm(page({ again }, 3_600_001), false)).toBeNull();
    cookies["waybell-kept"] = "a".repeat(43);
    expect(openForm(page({ again }, 0), false)).toBeNull();
  });
});

describe("whoever is not signed in any more", () => {
  it.each(["POST", "GET"])(
    "is told so in the page that stays, where a part of it is asked for by %s",
    async (method) => {
      const { app } = await fakePages();
      const reader = pageReader(app, "unknown");
      const part = { "hx-request": "true", "accept-language": "nl" };
      const reply = await (method === "POST"
        ? reader.post(`${NEW}/try`, {}, part)
        : reader.get("/deliveries/bulk?verb=retry", part));
      expect(reply.status).toBe(401);
      expect(reply.headers).toMatchObject({ "waybell-session": "ended" });
      expect(reply.headers).not.toHaveProperty("hx-redirect");
      expect(reply.html).toMatch(/^<div class="notice warn" role="alert"><p>Uw sessie is afgelopen\./);
    },
  );

  it("comes back to the page that had the button, and to no other site", async () => {
    const { app } = await fakePages();
    const reader = pageReader(app, "unknown");
    const own = { ...OWN, host: "waybell.test" };
    const at = async (referer: string) =>
      (await reader.post("/deliveries/dlv_1/retry", {}, { ...own, referer })).headers.location;
    expect(await at("http://waybell.test/deliveries/dlv_1?x=1")).toBe("/sign-in?next=%2Fdeliveries%2Fdlv_1%3Fx%3D1");
    expect(await at("http://evil.example/deliveries")).toBe("/sign-in");
    expect(await at("http://waybell.test//evil.example")).toBe("/sign-in");
  });
});
