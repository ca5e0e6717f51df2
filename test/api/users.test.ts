import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { violations } from "./contract.js";
import { AUTH, type FakeApi, fakeApi } from "./fakes.js";

let api: FakeApi;
beforeEach(async () => {
  api = await fakeApi();
});
afterEach(() => api.app.close());

async function call(id: string, method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object) {
  const answer = await api.app.inject({ method, url, headers: AUTH, ...(payload ? { payload } : {}) });
  const body = answer.body === "" ? undefined : answer.json();
  if (answer.statusCode < 300) expect(violations(id, answer.statusCode, body), answer.body).toEqual([]);
  return { status: answer.statusCode, body };
}

describe("users", () => {
  it("are invited, with a link that leads to where whoever asked has reached the service", async () => {
    const input = { email: "ann@example.com", name: "Ann", role: "admin" };
    const made = await call("createUser", "POST", "/v1/users", input);
    expect(made).toMatchObject({ status: 201, body: { id: "usr_1", mailed: true, linkExpiresAt: expect.any(String) } });
    expect(api.asked[0]).toMatchObject(["users.invite", input, "http://localhost:80", { operation: "createUser" }]);
    expect((await call("linkUser", "POST", "/v1/users/usr_1/link")).body.link).toMatch(/^https:/);
  });

  it("are listed, shown, changed and deleted", async () => {
    expect((await call("listUsers", "GET", "/v1/users")).body.items).toHaveLength(1);
    expect((await call("getUser", "GET", "/v1/users/usr_1")).body.email).toBe("ann@example.com");
    expect((await call("getUser", "GET", "/v1/users/usr_2")).status).toBe(404);
    expect((await call("patchUser", "PATCH", "/v1/users/usr_1", { disabled: true })).status).toBe(200);
    expect((await call("deleteUser", "DELETE", "/v1/users/usr_1")).status).toBe(204);
    expect((await call("deleteUser", "DELETE", "/v1/users/usr_2")).status).toBe(404);
  });

  it.each([
    [{ email: "no address", role: "admin" }, "/email"],
    [{ email: "a@example.com", role: "producer" }, "/role"],
    [{ email: "a@example.com", role: "admin", password: "given" }, "/password"],
    [{ email: "a@example.com", role: "admin", language: "de" }, "/language"],
  ])("are refused where a field is faulty: %j", async (input, path) => {
    const { status, body } = await call("createUser", "POST", "/v1/users", input);
    expect([status, body.errors.map((error: { path: string }) => error.path)]).toEqual([422, [path]]);
  });
});
