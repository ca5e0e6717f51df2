import { afterEach, beforeEach, expect, it } from "vitest";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder } from "../support/service.js";

let folder: string;
let remove: () => void;
let service: TestService | undefined;
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  remove();
});

it("RATE_LIMIT bounds the requests of one key", async () => {
  service = await startTestService(folder, { env: { RATE_LIMIT: "2" } });
  const statuses: number[] = [];
  for (let at = 0; at < 6; at++) statuses.push((await service.call("GET", "/v1/statuses?limit=1")).status);
  expect(statuses.slice(0, 2)).toEqual([200, 200]);
  expect(statuses).toContain(429);
});

it.each([
  ["believed", { TRUST_PROXY: "127.0.0.1" }, "203.0.113.7"],
  ["not believed", {}, "127.0.0.1"],
] as const)(
  "what a proxy says of its client is %s as TRUST_PROXY says, and stands in the audit log",
  async (_is, env, address) => {
    service = await startTestService(folder, { env });
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
    await fetch(`${service.url}/v1/customers/acme`, {
      method: "PUT",
      headers: { ...headers, "x-forwarded-for": "198.51.100.9, 203.0.113.7" },
      body: "{}",
    });
    const { body } = await service.call<{ items: { address: string }[] }>("GET", "/v1/audit");
    expect(body.items.map((entry) => entry.address)).toEqual([address]);
  },
);

it("keys and the audit log outlive a restart, a last use too", async () => {
  service = await startTestService(folder);
  const { body: made } = await service.call<{ id: string; key: string }>("POST", "/v1/keys", {
    name: "TMS",
    role: "producer",
  });
  const publish = async (url: string) => {
    const answer = await fetch(`${url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${made.key}`, "content-type": "application/json" },
      body: JSON.stringify({ customer: "acme", order: "A1", statusCode: "take", statusTime: "2026-01-02T03:04:05Z" }),
    });
    return answer.status;
  };
  await service.call("PUT", "/v1/customers/acme", {});
  expect(await publish(service.url)).toBe(202);
  await service.close();
  service = await startTestService(folder);
  const { body: shown } = await service.call<{ lastUsedAt: string | null }>("GET", `/v1/keys/${made.id}`);
  expect(shown.lastUsedAt).not.toBeNull();
  expect(await publish(service.url)).toBe(202);
  await service.call("DELETE", `/v1/keys/${made.id}`);
  expect(await publish(service.url)).toBe(401);
  const { body } = await service.call<{ items: { operation: string }[] }>("GET", "/v1/audit");
  expect(body.items.map(({ operation }) => operation)).toEqual(["revokeKey", "putCustomer", "createKey"]);
});
