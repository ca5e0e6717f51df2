import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { violations } from "./contract.js";
import { AUTH, type FakeApi, fakeApi, keepingLogger } from "./fakes.js";

let api: FakeApi;
beforeEach(async () => {
  api = await fakeApi();
});
afterEach(() => api.app.close());

async function call(id: string, method: "GET" | "POST" | "DELETE", url: string, payload?: object) {
  const answer = await api.app.inject({ method, url, headers: AUTH, ...(payload ? { payload } : {}) });
  const body = answer.body === "" ? undefined : answer.json();
  if (answer.statusCode < 300) expect(violations(id, answer.statusCode, body), answer.body).toEqual([]);
  return { status: answer.statusCode, body };
}

describe("keys", () => {
  it("are made, with the key itself shown in this answer alone", async () => {
    const expiresAt = "2027-01-01T00:00:00+01:00";
    const input = { name: "Portal", role: "customer", customer: "acme", expiresAt };
    const made = await call("createKey", "POST", "/v1/keys", input);
    expect(made).toMatchObject({ status: 201, body: { key: "wbl_made", expiresAt: "2026-12-31T23:00:00.000Z" } });
    expect(api.asked).toMatchObject([
      ["keys.create", { ...input, expiresAt: Date.parse(expiresAt) }, { operation: "createKey", keyId: "admin-key" }],
    ]);
    const shown = [await call("listKeys", "GET", "/v1/keys"), await call("getKey", "GET", "/v1/keys/key_1")];
    for (const { status, body } of shown) {
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toMatch(/wbl_|hash/);
    }
  });

  it("name every faulty field", async () => {
    const faulty = async (payload: object) =>
      (await call("createKey", "POST", "/v1/keys", payload)).body.errors.map(({ path }: { path: string }) => path);
    expect(await faulty({ role: "king" })).toEqual(["/name", "/role"]);
    expect(await faulty({ name: "a", role: "admin", key: "mine", expiresAt: 7 })).toEqual(["/key", "/expiresAt"]);
    expect(await faulty({ name: "a", role: "admin", expiresAt: "soon" })).toEqual(["/expiresAt"]);
  });

  it("are revoked, and not found where there are none", async () => {
    expect((await call("revokeKey", "DELETE", "/v1/keys/key_1")).status).toBe(204);
    expect((await call("revokeKey", "DELETE", "/v1/keys/key_2")).status).toBe(404);
    expect((await call("getKey", "GET", "/v1/keys/key_2")).status).toBe(404);
  });
});

describe("the audit log", () => {
  it("is asked by customer, subject and time", async () => {
    const url = "/v1/audit?customer=acme&subject=ep_1&from=2026-01-01&to=2026-01-02T00:00:00Z&limit=5";
    const { status, body } = await call("listAudit", "GET", url);
    expect([status, body.items[0].key]).toEqual([200, { id: "admin-key", name: "ADMIN_KEY", role: "admin" }]);
    const [, filter, page] = api.asked.at(-1) ?? [];
    expect(filter).toEqual({
      customer: "acme",
      subject: "ep_1",
      from: Date.UTC(2026, 0, 1),
      to: Date.UTC(2026, 0, 2),
    });
    expect(page).toEqual({ limit: 5, cursor: undefined });
    expect((await call("listAudit", "GET", "/v1/audit?from=soon")).body.errors).toMatchObject([{ path: "?from" }]);
  });

  it("that cannot be written after a change has happened is told to the log, and the answer stays true", async () => {
    const { logger, lines } = keepingLogger();
    await api.app.close();
    const { audit } = api.services;
    api = await fakeApi({ audit: { ...audit, write: () => Promise.reject(new Error("disk full")) } }, { logger });
    const filter = { customer: "acme", state: "failed" };
    const { status, body } = await call("retryDeliveries", "POST", "/v1/deliveries/retry", { filter });
    expect([status, body.count]).toEqual([200, 1]);
    expect(lines).toMatchObject([
      {
        level: 50,
        msg: "a change was made that cannot be written into the audit log",
        author: { keyName: "ADMIN_KEY", operation: "retryDeliveries" },
        change: { customer: "acme", after: { filter, count: 1 } },
      },
    ]);
  });

  it("tells of a change by filter that broke off in the middle", async () => {
    const { actions } = api.services;
    await api.app.close();
    api = await fakeApi({ actions: { ...actions, cancel: () => Promise.reject(new Error("away")) } });
    expect((await call("cancelDeliveries", "POST", "/v1/deliveries/cancel", { filter: {} })).status).toBe(500);
    expect(api.asked.at(-1)).toMatchObject(["audit.write", {}, { after: { filter: {}, brokenOff: true } }]);
  });
});
