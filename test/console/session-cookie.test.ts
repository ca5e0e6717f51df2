import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { ADMIN, Browser, firstAdmin, PASSWORD } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
const shown: string[] = [];
let service: TestService;
let admin: Browser;

beforeAll(async () => {
  service = await startTestService(folder, { shown, env: { PUBLIC_URL: "https://waybell.test" } });
  admin = await firstAdmin(service.url, shown);
}, 60_000);
afterAll(async () => {
  await service.close();
  remove();
});

const signIn = (browser = new Browser(service.url)) =>
  browser.post("/sign-in", { email: ADMIN.email, password: PASSWORD });

describe("where people come by HTTPS", () => {
  it("links lead to the public address", () => {
    expect(shown.join("")).toContain("  https://waybell.test/welcome/");
  });

  it("the cookie of a session is for HTTPS alone, under a name that no other host can set", async () => {
    const [cookie] = (await signIn()).headers.getSetCookie();
    expect(cookie).toMatch(
      /^__Host-waybell-session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it("a session under the name that others could set is nobody's", async () => {
    const token = admin.session ?? "";
    const other = new Browser(service.url);
    other.cookies.set("waybell-session", token);
    expect((await other.get("/account")).status).toBe(303);
    other.cookies.set("__Host-waybell-session", token);
    expect((await other.get("/account")).status).toBe(200);
  });
});

describe("the own account", () => {
  it("is changed, and speaks the chosen language at once", async () => {
    const browser = new Browser(service.url);
    await signIn(browser);
    expect((await browser.get("/account")).html).toContain("Ann@Example.com");
    expect((await browser.post("/account", { name: "Anne <b>", language: "fr" })).location).toBe(
      "/account?notice=saved",
    );
    const { html } = await browser.get("/account");
    expect(html).toContain("<h1>Mon compte</h1>");
    expect(html).toContain("<bdi>Anne &lt;b></bdi>");
  });

  it("lists where one is signed in, and ends the others", async () => {
    const [here, there] = [new Browser(service.url, { "user-agent": "There <x>" }), new Browser(service.url)];
    await signIn(here);
    await signIn(there);
    const { html } = await there.get("/account");
    expect(html).toContain("There &lt;x>");
    const ends = [...html.matchAll(/\/account\/sessions\/[\w]+\/end/g)].map(([path]) => path);
    for (const path of ends) expect((await there.post(path)).location).toBe("/account?notice=sessionEnded");
    expect((await there.get("/account")).status).toBe(200);
    expect((await here.get("/account")).status).toBe(303);
  });

  it("keeps its password where the old one is wrong or the new one too short", async () => {
    const browser = new Browser(service.url);
    await signIn(browser);
    await browser.get("/account");
    const change = (current: string, password: string) => browser.post("/account/password", { current, password });
    const wrong = await change("wrong wrong wrong", "another good password");
    expect([wrong.status, wrong.html.includes("n’est pas votre mot de passe")]).toEqual([422, true]);
    expect((await change(PASSWORD, "short")).status).toBe(422);
    expect((await signIn()).status).toBe(303);
  });
});
