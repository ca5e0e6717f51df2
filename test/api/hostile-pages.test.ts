import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOSTILE } from "../fuzz/texts.js";
import { AUTH, type FakeApi } from "./fakes.js";
import { listen } from "./wire.js";

let api: FakeApi & { url: string };
beforeAll(async () => {
  api = await listen();
});
afterAll(() => api.app.close());

const PAGES = ["/docs/", "/docs/static/index.html"];
const encoded = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));

describe("the page of the API", () => {
  it.each(PAGES)("%s runs scripts of its own only, and stands in no frame", async (path) => {
    const answer = await fetch(api.url + path);
    expect(answer.status).toBe(200);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const page = await answer.text();
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/i);
    expect(page).not.toMatch(/\son\w+=/i);
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it("is the same whatever is asked of it", async () => {
    // Where the address does not end in a slash, its own files are named in full.
    const page = async (path: string) => (await (await fetch(api.url + path)).text()).replaceAll('"/docs/', '"./');
    const plain = await page("/docs/");
    for (const text of HOSTILE) {
      const query = `?url=${encoded(text)}&configUrl=//evil.example/x&${encoded(text)}=1`;
      expect(await page(`/docs/${query}`)).toBe(plain);
      const { headers } = await fetch(`${api.url}/docs/static/index.html${query}`, { redirect: "manual" });
      expect(headers.get("location")).toMatch(/^\/docs\/[!-~]*$/);
    }
  });
});

it("no address answers a page with what it was asked for", async () => {
  for (const text of HOSTILE) {
    for (const path of [`/${encoded(text)}`, `/docs/${encoded(text)}`, `/docs/static/${encoded(text)}`]) {
      if (/^\/(docs\/(static\/)?)?\.{0,2}$/.test(path)) continue;
      const answer = await fetch(api.url + path);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    }
    for (const path of ["/v1/customers/", "/v1/endpoints/", "/v1/events?customer="]) {
      const answer = await fetch(api.url + path + encoded(text), { headers: AUTH });
      expect(answer.headers.get("content-type")).toMatch(/^application\/(problem\+)?json/);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      JSON.parse(await answer.text());
    }
  }
});
