import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { ADMIN, Browser, firstAdmin, PASSWORD, welcomePath } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
const shown: string[] = [];
const lines: string[] = [];
let service: TestService;
let admin: Browser;

beforeAll(async () => {
  service = await startTestService(folder, { shown, lines });
  admin = await firstAdmin(service.url, shown);
}, 60_000);
afterAll(async () => {
  await service.close();
  remove();
});

const signIn = (browser: Browser, form: Record<string, string> = {}) =>
  browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD, ...form });

describe("the first admin", () => {
  it("is made by a link that the start shows, and is signed in then", async () => {
    expect(shown.join("")).toContain("Make the first admin here, within 24 h");
    expect((await admin.get("/statuses")).status).toBe(200);
  });

  it("is one: the link is of no use afterwards", async () => {
    const browser = new Browser(service.url);
    const path = welcomePath(shown.join(""));
    expect((await browser.get(path)).status).toBe(404);
    expect((await browser.post(path, { ...ADMIN, email: "eve@example.com" })).status).toBe(404);
    expect(browser.session).toBeUndefined();
  });
});

describe("signing in", () => {
  it("leads to where one wanted to go, and to no other site", async () => {
    const browser = new Browser(service.url);
    const asked = await browser.get("/statuses");
    expect(asked.location).toBe("/sign-in?next=%2Fstatuses");
    expect((await browser.get(asked.location ?? "")).html).toContain('name="next" value="/statuses"');
    expect((await signIn(browser, { next: "/statuses" })).location).toBe("/statuses");
    expect((await signIn(new Browser(service.url), { next: "//evil.example" })).location).toBe("/");
  });

  it("takes the address in any capitals", async () => {
    const browser = new Browser(service.url);
    expect((await signIn(browser, { email: " aNN@example.COM " })).status).toBe(303);
  });

  it("gives a session of its own each time, in a cookie that scripts and other sites get nothing of", async () => {
    const browser = new Browser(service.url);
    browser.cookies.set("waybell-session", "a".repeat(43));
    const reply = await signIn(browser);
    expect(browser.session).not.toBe("a".repeat(43));
    const cookie = reply.headers.getSetCookie().join();
    expect(cookie).toMatch(/^waybell-session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
    const first = browser.session;
    await browser.get("/statuses");
    await signIn(browser);
    expect(browser.session).not.toBe(first);
    const old = new Browser(service.url);
    old.cookies.set("waybell-session", first ?? "");
    expect((await old.get("/statuses")).status).toBe(303);
  });

  it.each([
    ["by what browsers say over HTTPS", { "sec-fetch-site": "cross-site" }],
    ["by the origin, which is all they say over plain HTTP", { origin: "http://evil.example" }],
    ["by no origin at all, as of a frame that hides it", { origin: "null" }],
  ])("is not done by another site, in whose account one would then type: known %s", async (_how, headers) => {
    const browser = new Browser(service.url);
    const form = { email: ADMIN.email, password: PASSWORD };
    const reply = await browser.post("/sign-in", form, headers as Record<string, string>);
    expect([reply.status, browser.session]).toEqual([403, undefined]);
    // Nor is anybody signed out by one: the cookie stays at home, and there is no session whose token could be asked for.
    const out = await browser.post("/sign-out", {}, headers as Record<string, string>);
    expect([out.status, out.headers.getSetCookie()]).toEqual([403, []]);
    expect((await browser.post("/sign-in", form, { origin: service.url })).status).toBe(303);
  });

  it("says the same of a wrong password and of an address that nobody has", async () => {
    const wrong = await signIn(new Browser(service.url), { password: "wrong wrong wrong" });
    const unknown = await signIn(new Browser(service.url), { email: "nobody@example.com" });
    const same = (html: string) => html.replaceAll(/value="[^"]*@[^"]*"/g, "");
    expect([wrong.status, unknown.status]).toEqual([403, 403]);
    expect(same(unknown.html)).toBe(same(wrong.html));
  });

  it("is over at once when one signs out", async () => {
    const browser = new Browser(service.url);
    await signIn(browser);
    await browser.get("/statuses");
    const token = browser.session ?? "";
    expect((await browser.post("/sign-out")).location).toBe("/sign-in");
    expect(browser.session).toBeUndefined();
    browser.cookies.set("waybell-session", token);
    expect((await browser.get("/statuses")).status).toBe(303);
  });

  it("is not undone by a form of another site", async () => {
    const browser = new Browser(service.url);
    await signIn(browser);
    expect((await browser.post("/sign-out", { csrf: "0".repeat(32) })).status).toBe(403);
    expect((await browser.get("/statuses")).status).toBe(200);
  });
});

it("writes neither passwords nor tokens into the log", () => {
  const log = lines.join("");
  expect(log).toContain("signed in to the pages");
  expect(log).not.toContain(PASSWORD);
  expect(log).not.toContain(admin.session);
  expect(log).not.toContain(welcomePath(shown.join("")).slice(9));
});
