import { describe, expect, it } from "vitest";
import { languageOf } from "../../src/console/word.js";
import { fakePages, pageReader } from "./browser-like.js";

describe("a page", () => {
  it("is shown to who is signed in, in the language of the browser", async () => {
    const { get } = await fakePages();
    const dutch = await get("/statuses", { "accept-language": "nl-BE,nl;q=0.9,en;q=0.5" });
    expect(dutch.status).toBe(200);
    expect(dutch.html).toContain("<h1>Statuscodes</h1>");
    expect(dutch.html).toContain('<html lang="nl"');
    expect((await get("/statuses", { "accept-language": "fr" })).html).toContain("<h1>Codes de statut</h1>");
  });

  it("asks who is not signed in to sign in, and to come back", async () => {
    const { app } = await fakePages();
    const reply = await pageReader(app, "unknown").get("/statuses?q=a%20b");
    expect(reply).toMatchObject({ status: 303, headers: { location: "/sign-in?next=%2Fstatuses%3Fq%3Da%2520b" } });
  });

  it("is refused to a role that it is not for, as a page", async () => {
    const { get } = await fakePages({ role: "customer", customer: "acme" });
    const reply = await get("/statuses");
    expect(reply.status).toBe(403);
    expect(reply.html).toContain("Not for your role");
  });

  it("allows scripts and styles of its own alone, and no frame", async () => {
    const { get } = await fakePages();
    const { headers, html } = await get("/statuses");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/i);
    expect(html).not.toMatch(/\s(?:on\w+|style)=/i);
    expect(html).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
  });

  it("escapes what it was asked", async () => {
    const { get } = await fakePages();
    const { html } = await get(`/statuses?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(html).not.toContain("<script>alert");
    expect(html).toContain("&lt;script");
  });

  it("brings its scripts and styles, kept for good by the browser", async () => {
    const { get } = await fakePages();
    const { html } = await get("/statuses");
    const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(new Set(files).size).toBe(5);
    for (const path of files) {
      const file = await get(path);
      expect(file.status).toBe(200);
      expect(file.headers["cache-control"]).toContain("immutable");
    }
  });
});

describe("a form", () => {
  const choose = { language: "fr", theme: "dark", next: "/statuses" };

  it("of this session is taken", async () => {
    const { post } = await fakePages();
    const reply = await post("/preferences", choose);
    expect(reply).toMatchObject({ status: 303, headers: { location: "/statuses" } });
    expect(String(reply.headers["set-cookie"])).toContain("waybell-language=fr");
  });

  it.each([
    ["without the session's token", { csrf: "" }, {}],
    ["with another token", { csrf: "0000000000000000" }, {}],
    ["from another site", {}, { "sec-fetch-site": "cross-site" }],
    ["from another host of the domain", {}, { "sec-fetch-site": "same-site" }],
  ])("%s is refused", async (_what, form, headers) => {
    const { post } = await fakePages();
    expect((await post("/preferences", { ...choose, ...form }, headers)).status).toBe(403);
  });

  it("of more than anybody types is refused, and not shown again", async () => {
    const { post } = await fakePages();
    const reply = await post("/preferences", { ...choose, next: '"'.repeat(520_000), theme: '"'.repeat(5_000) });
    expect(reply.status).toBe(413);
    expect(reply.html.length).toBeLessThan(20_000);
  });

  it.each(["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/a\r\nb", ""])(
    "leads to no other site: %j",
    async (next) => {
      const { post } = await fakePages();
      expect((await post("/preferences", { ...choose, next })).headers.location).toBe("/");
    },
  );
});

describe("language and colours", () => {
  const nextIn = (html: string) => /action="\/preferences"[\s\S]*?name="next" value="([^"]*)"/.exec(html)?.[1];

  it("are chosen on a page that stays as it was searched, without what was said once", async () => {
    const { get } = await fakePages();
    expect(nextIn((await get("/statuses?q=a%20b&notice=saved")).html)).toBe("/statuses?q=a+b");
    expect(nextIn((await get(`/statuses?q=${"x".repeat(2100)}`)).html)).toBe("/statuses");
  });

  it("are not chosen where that would lose what was typed, or what is shown once", async () => {
    const { post } = await fakePages();
    const { status, html } = await post("/statuses/edit", { new: "yes", code: "", status: "NO" });
    expect([status, html.includes("<form"), nextIn(html)]).toEqual([422, true, undefined]);
  });
});

describe("the address of a form that has no page of its own", () => {
  it.each([
    ["/endpoints/ep_1/check", "/endpoints/ep_1"],
    ["/endpoints/ep_1/edit/try?x=1", "/endpoints/ep_1/edit"],
    ["/customers/a%2Fb/endpoints/import/apply", "/customers/a%2Fb/endpoints/import"],
    ["/statuses/delete", "/statuses"],
    ["/preferences", "/"],
  ])("%s leads to the page above it", async (address, above) => {
    const { get } = await fakePages();
    expect(await get(address)).toMatchObject({ status: 303, headers: { location: above } });
  });
});

describe("what is refused", () => {
  it("is a page for browsers and a problem document for programs", async () => {
    const { get } = await fakePages();
    const page = await get("/nothing-here");
    expect(page).toMatchObject({ status: 404 });
    expect(page.html).toContain("There is nothing here");
    const document = await get("/nothing-here", { accept: "application/json" });
    expect(JSON.parse(document.html)).toMatchObject({ status: 404, code: "not_found" });
    expect(JSON.parse((await get("/v1/nothing")).html)).toMatchObject({ status: 404 });
  });

  it.each([
    ["an address without a page", "/nothing-here", "admin", 404],
    ["what is not there", "/users/none", "admin", 404],
    ["what is not for a role", "/users", "auditor", 403],
  ] as const)("shows the way back to who is signed in, in their language: %s", async (_what, path, role, status) => {
    const { get, app } = await fakePages({ role, language: "fr" });
    const reply = await get(path);
    expect(reply.status).toBe(status);
    expect(reply.html).toContain('<html lang="fr"');
    expect(reply.html).toMatch(/<nav class="navigation" aria-label="Menu">[\s\S]*href="\/deliveries"/);
    expect(reply.html).toContain(`${role}@example.com`);
    const nobody = await pageReader(app, "unknown").get("/nothing-here");
    expect([nobody.status, nobody.html.includes("navigation")]).toEqual([404, false]);
    const chosen = await app.inject({
      url: path,
      cookies: { "waybell-session": "signed-in", "waybell-language": "nl" },
      headers: { accept: "text/html" },
    });
    expect(chosen.body).toContain('<html lang="nl"');
  });

  it("is a part where a part was asked for", async () => {
    const { get } = await fakePages();
    const { status, html } = await get("/users/none", { "hx-request": "true", accept: "*/*" });
    expect(status).toBe(404);
    expect(html).toMatch(/^<div class="notice bad" role="alert">/);
  });
});

it.each([
  ["nl-BE,nl;q=0.9,en;q=0.8", "nl"],
  ["de,fr;q=0.5,en;q=0.4", "fr"],
  ["en;q=0.1,nl;q=0.9", "nl"],
  ["de", "en"],
  ["fr;q=0,nl;q=0.1", "nl"],
  [undefined, "en"],
])("the language of a browser that asks for %s is %s", (header, language) => {
  expect(languageOf(header)).toBe(language);
});
