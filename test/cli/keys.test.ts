import { describe, expect, it } from "vitest";
import { useFakeApi } from "./against-fake.js";

const fake = useFakeApi();
const { answer, waybell } = fake;

const KEY = {
  id: "key_1",
  name: "TMS\u001b[2J",
  role: "producer",
  customer: null,
  createdAt: "2026-03-01T10:00:00Z",
  expiresAt: null,
  lastUsedAt: "2026-03-02T10:00:00Z",
  revokedAt: null,
};

describe("keys", () => {
  it("prints a new key alone on standard output, so that it can go into a file", async () => {
    answer("POST /v1/keys", { ...KEY, key: "wbl_secret" });
    const { code, out, err } = await waybell("keys", "create", "TMS", "--role", "producer");
    expect([code, out]).toEqual([0, "wbl_secret\n"]);
    expect(err).toContain("key_1 is shown this once");
    expect(fake.asked).toEqual([["POST /v1/keys", { name: "TMS", role: "producer" }]]);
  });

  it("makes a customer's key that expires, and shows all of it as JSON", async () => {
    answer("POST /v1/keys", { ...KEY, key: "wbl_secret" });
    const args = ["--role", "customer", "--customer", "acme", "--expires", "90d", "--json"];
    const { out } = await waybell("keys", "create", "Portal", ...args);
    expect(JSON.parse(out)).toEqual({ ...KEY, key: "wbl_secret" });
    const [, body] = fake.asked[0] ?? [];
    expect(body).toMatchObject({ name: "Portal", role: "customer", customer: "acme" });
    const { expiresAt } = body as { expiresAt: string };
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 90 * 86_400_000)).toBeLessThan(60_000);
  });

  it("says what an expiry and a role may be", async () => {
    const faulty = await waybell("keys", "create", "TMS", "--role", "producer", "--expires", "soon");
    expect([faulty.code, faulty.err]).toEqual([2, expect.stringContaining("a duration such as 90d")]);
    expect((await waybell("keys", "create", "TMS", "--role", "king")).code).toBe(2);
    expect((await waybell("keys", "create", "TMS")).code).toBe(2);
    expect(fake.asked).toEqual([]);
  });

  it("lists keys with what they are now, and without the control characters of their names", async () => {
    const items = [
      KEY,
      { ...KEY, id: "key_2", revokedAt: "2026-03-03T10:00:00Z" },
      { ...KEY, id: "key_3", expiresAt: "2020-01-01T00:00:00Z" },
    ];
    answer("GET /v1/keys", { items, next: null });
    const { out } = await waybell("keys", "list");
    expect(out).toMatch(/key_1 +TMS\ufffd\[2J +producer +valid +2026-03-02/);
    expect(out).toMatch(/key_2 .* revoked/);
    expect(out).toMatch(/key_3 .* expired/);
    const { out: lines } = await waybell("keys", "list", "--json");
    expect(
      lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(items);
  });

  it("revokes one, and says that there is none", async () => {
    answer("DELETE /v1/keys/key_1", undefined);
    const { code, out } = await waybell("keys", "revoke", "key_1");
    expect([code, out]).toEqual([0, expect.stringContaining("key_1 is revoked")]);
    expect((await waybell("keys", "revoke", "key_2")).code).toBe(1);
    expect(JSON.parse((await waybell("keys", "revoke", "key_1", "--json")).out)).toEqual({
      id: "key_1",
      revoked: true,
    });
  });
});

describe("the audit log", () => {
  const ENTRY = {
    id: "aud_1",
    at: "2026-03-01T10:00:00Z",
    key: { id: "key_1", name: "Ops", role: "operator" },
    address: "192.0.2.7",
    operation: "patchEndpoint",
    customer: "acme",
    subject: "ep_1",
    before: { timeoutSeconds: 15 },
    after: { timeoutSeconds: 20 },
  };

  it("is listed by filter, ages as times, with its values in JSON", async () => {
    answer("GET /v1/audit", { items: [ENTRY], next: null });
    const { out } = await waybell("audit", "list", "--customer", "acme", "--subject", "ep_1", "--from", "2h");
    expect(out).toMatch(/Ops +operator +192\.0\.2\.7 +patchEndpoint +acme +ep_1/);
    const query = new URLSearchParams(fake.asked.at(-1)?.[0].split("?")[1]);
    expect(Object.fromEntries(query)).toMatchObject({ customer: "acme", subject: "ep_1" });
    expect(Date.now() - Date.parse(query.get("from") ?? "")).toBeGreaterThanOrEqual(2 * 3_600_000);
    expect(JSON.parse((await waybell("audit", "list", "--json")).out)).toEqual(ENTRY);
  });
});
