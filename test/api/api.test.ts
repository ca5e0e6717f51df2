import { afterEach, describe, expect, it } from "vitest";
import type { ApiServices } from "../../src/api/services.js";
import { InputError, StoreUnavailableError } from "../../src/errors.js";
import { plainFaults } from "../support/plain-faults.js";
import { AUTH, type FakeApi, fakeApi, KEY, keepingLogger } from "./fakes.js";

let opened: FakeApi | undefined;
async function open(...args: Parameters<typeof fakeApi>): Promise<FakeApi> {
  opened = await fakeApi(...args);
  return opened;
}
afterEach(async () => {
  await opened?.app.close();
  opened = undefined;
});

const PROBLEM = "application/problem+json; charset=utf-8";

describe("authentication", () => {
  it.each([
    ["no header", {}],
    ["another key", { authorization: "Bearer 0123456789abcdef-test-kex" }],
    ["a longer key", { authorization: `Bearer ${KEY}x` }],
    ["another scheme", { authorization: `Basic ${KEY}` }],
    ["an empty key", { authorization: "Bearer " }],
  ])("refuses %s", async (_what, headers) => {
    const { app } = await open();
    const answer = await app.inject({ url: "/v1/customers", headers });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="Waybell"');
    expect(answer.headers["content-type"]).toBe(PROBLEM);
    expect(answer.body).not.toContain(KEY);
  });

  it("refuses before a body is looked at", async () => {
    const { app, asked } = await open();
    const answer = await app.inject({
      method: "POST",
      url: "/v1/events",
      payload: "{",
      headers: { "content-type": "application/json" },
    });
    expect(answer.statusCode).toBe(401);
    expect(asked).toEqual([]);
  });

  it("takes the key whatever the case of its scheme", async () => {
    const { app } = await open();
    const answer = await app.inject({ url: "/v1/customers", headers: { authorization: `bearer ${KEY}` } });
    expect(answer.statusCode).toBe(200);
  });

  it.each(["/healthz", "/readyz", "/openapi.json", "/docs"])("leaves %s open", async (url) => {
    const { app } = await open();
    expect((await app.inject({ url })).statusCode).toBe(200);
  });
});

describe("refusals", () => {
  it("names every faulty field of body and address", async () => {
    const { app } = await open();
    const answer = await app.inject({
      method: "PUT",
      url: "/v1/customers/-acme",
      headers: AUTH,
      payload: { name: 7, emails: ["nobody"], timeZone: "Mars/Olympus", extra: 1 },
    });
    expect(answer.statusCode).toBe(422);
    expect(answer.headers["content-type"]).toBe(PROBLEM);
    expect(answer.headers["cache-control"]).toBe("no-store");
    const problem = answer.json();
    expect(problem).toMatchObject({
      type: "urn:waybell:problem:invalid",
      title: "Faulty input",
      status: 422,
      code: "invalid",
    });
    const paths = problem.errors.map(({ path }: { path: string }) => path);
    expect(new Set(paths)).toEqual(new Set(["{customer}", "/name", "/emails/0", "/timeZone", "/extra"]));
  });

  it("names faulty and unknown query parameters", async () => {
    const { app } = await open();
    const url = "/v1/deliveries?limit=many&state=lost&colour=red&order=A&order=B&from=yesterday";
    const { errors } = (await app.inject({ url, headers: AUTH })).json();
    const paths = errors.map(({ path }: { path: string }) => path);
    expect(new Set(paths)).toEqual(new Set(["?limit", "?state", "?colour", "?order"]));
    const time = await app.inject({ url: "/v1/deliveries?from=yesterday", headers: AUTH });
    expect(time.json().errors).toEqual([expect.objectContaining({ path: "?from" })]);
  });

  it("bounds the page, and passes it on with its default", async () => {
    const { app, asked } = await open();
    for (const limit of [0, 501, -1]) {
      expect((await app.inject({ url: `/v1/customers?limit=${limit}`, headers: AUTH })).statusCode).toBe(422);
    }
    await app.inject({ url: "/v1/customers?limit=500&cursor=abc", headers: AUTH });
    await app.inject({ url: "/v1/customers", headers: AUTH });
    expect(asked).toEqual([
      ["customers.list", { limit: 500, cursor: "abc" }],
      ["customers.list", { limit: 50, cursor: undefined }],
    ]);
  });

  it("names the cursor that no list has given", async () => {
    const { app } = await open();
    for (const url of ["/v1/customers?cursor=bad", "/v1/statuses?cursor=bad"]) {
      const answer = await app.inject({ url, headers: AUTH });
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors[0].path).toBe("?cursor");
    }
  });

  it("hints at the documentation where there is no such address", async () => {
    const { app } = await open();
    const answer = await app.inject({ url: "/v1/event", headers: AUTH });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: "not_found", detail: expect.stringContaining("/docs") });
  });

  it("names the methods that an address takes", async () => {
    const { app } = await open();
    const answer = await app.inject({ method: "PATCH", url: "/v1/customers/acme", headers: AUTH });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe("GET, PUT, DELETE");
  });

  it("says what malformed JSON is, and where", async () => {
    const { app } = await open();
    const answer = await app.inject({
      method: "PUT",
      url: "/v1/customers/acme",
      headers: { ...AUTH, "content-type": "application/json" },
      payload: '{\n  "name": "Acme",\n}',
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "malformed", detail: expect.stringContaining("line 3, column 1") });
  });

  it.each([
    ["text/plain", "PUT", "/v1/customers/acme"],
    ["application/x-ndjson", "PUT", "/v1/customers/acme"],
    ["text/csv", "POST", "/v1/events"],
  ] as const)("refuses %s for %s %s", async (type, method, url) => {
    const { app } = await open();
    const answer = await app.inject({ method, url, headers: { ...AUTH, "content-type": type }, payload: "{}" });
    expect(answer.statusCode).toBe(415);
    expect(answer.json().code).toBe("unsupported_media_type");
  });

  it("refuses compressed bodies rather than reading them as JSON", async () => {
    const { app } = await open();
    const headers = { ...AUTH, "content-type": "application/json", "content-encoding": "gzip" };
    const answer = await app.inject({ method: "POST", url: "/v1/events", headers, payload: "x" });
    expect(answer.statusCode).toBe(415);
    expect(answer.json().detail).toContain("Content-Encoding");
  });

  it("asks for a body where one is needed, and refuses one where none is", async () => {
    const { app } = await open();
    const json = { ...AUTH, "content-type": "application/json" };
    const none = await app.inject({ method: "PUT", url: "/v1/customers/acme", headers: json, payload: "" });
    expect(plainFaults(none.json().errors)).toEqual([{ path: "", message: "a body is needed" }]);
    const some = await app.inject({ method: "DELETE", url: "/v1/customers/acme", headers: json, payload: "{}" });
    expect(plainFaults(some.json().errors)).toEqual([{ path: "", message: "this address takes no body" }]);
  });

  it("refuses 100,000 nested arrays and names that reach a prototype", async () => {
    const { app } = await open();
    const send = (payload: string) =>
      app.inject({
        method: "POST",
        url: "/v1/events",
        headers: { ...AUTH, "content-type": "application/json" },
        payload,
      });
    expect((await send("[".repeat(100_000) + "]".repeat(100_000))).statusCode).toBe(422);
    const poisoned = await send('{"customer":"acme","__proto__":{"admin":true}}');
    expect(poisoned.json().errors[0].path).toBe("/__proto__");
  });

  it("refuses an address that is not encoded rightly", async () => {
    const { app } = await open();
    const answer = await app.inject({ url: "/v1/customers/%ff%f", headers: AUTH });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers["content-type"]).toBe(PROBLEM);
  });

  it("carries what the parts refuse", async () => {
    const conflict = InputError.conflict("There is another.", [{ path: "/name", message: "is taken" }]);
    const endpoints = { create: () => Promise.reject(conflict) } as unknown as ApiServices["endpoints"];
    const { app } = await open({ endpoints });
    const answer = await app.inject({
      method: "POST",
      url: "/v1/customers/acme/endpoints",
      headers: AUTH,
      payload: {},
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: "conflict", detail: "There is another.", errors: [{ path: "/name" }] });
  });

  it("asks to try again later when the database cannot take it", async () => {
    const { logger, lines } = keepingLogger();
    const down = new StoreUnavailableError("full", "The database has no room left.", new Error("SQLITE_FULL"));
    const publisher = { publish: () => Promise.reject(down), publishEach: () => Promise.reject(down) };
    const { app } = await open({ publisher }, { logger });
    const answer = await app.inject({
      method: "POST",
      url: "/v1/events",
      headers: AUTH,
      payload: { customer: "acme" },
    });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.json()).toMatchObject({ code: "unavailable", detail: expect.stringContaining("no room left") });
    expect(lines).toEqual([expect.objectContaining({ reason: "full", route: "POST /v1/events" })]);
  });

  it("keeps what it does not know for the log, under an incident", async () => {
    const { logger, lines } = keepingLogger();
    const deliveries = { get: () => Promise.reject(new TypeError("secret of the house")) };
    const { app } = await open({ deliveries: deliveries as unknown as ApiServices["deliveries"] }, { logger });
    const answer = await app.inject({ url: "/v1/deliveries/dlv_1", headers: AUTH });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain("secret");
    expect(answer.body).not.toContain("at ");
    const { incident } = answer.json();
    expect(incident).toMatch(/^[0-9a-f]{12}$/);
    expect(lines[0]).toMatchObject({ incident, route: "GET /v1/deliveries/:id" });
    expect(JSON.stringify(lines[0])).toContain("secret of the house");
  });
});

describe("readiness", () => {
  it("says which part is missing", async () => {
    const parts = { database: { ok: false, detail: "cannot be written" }, migrations: { ok: true, detail: "" } };
    const { app } = await open({ readiness: () => ({ ready: false, parts }) });
    const answer = await app.inject({ url: "/readyz" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ ready: false, parts });
    expect((await app.inject({ url: "/healthz" })).statusCode).toBe(200);
  });
});

describe("the page at /docs", () => {
  it("loads nothing from elsewhere and runs no script of its own text", async () => {
    const { app } = await open();
    const page = await app.inject({ url: "/docs" });
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\bon\w+=/);
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
    expect(assets.length).toBeGreaterThan(4);
    for (const asset of assets) {
      const url = new URL(asset, "http://waybell/docs").pathname;
      expect((await app.inject({ url })).statusCode, url).toBe(200);
    }
    expect((await app.inject({ url: "/docs/json" })).json().openapi).toBe("3.1.0");
  });
});
