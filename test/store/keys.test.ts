import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAudit } from "../../src/store/audit.js";
import { createKeys, hashOfKey, type Keys, MAX_KEYS } from "../../src/store/keys.js";
import { DAY, openStore, type Store } from "./kit.js";

let store: Store;
let keys: Keys;

beforeEach(async () => {
  store = await openStore();
  keys = await createKeys(store.database, store.clock);
});
afterEach(() => store.close());

const AUTHOR = {
  keyId: "admin-key",
  keyName: "ADMIN_KEY",
  role: "admin",
  address: "192.0.2.1",
  operation: "x",
} as const;
const lastUse = async (id: string) => (await store.database.prisma.apiKey.findUnique({ where: { id } }))?.last_used_at;
/** As another process that shares the database. */
const elsewhere = () => createKeys(store.database, store.clock);

describe("a key", () => {
  it("is long, random, recognisable, and kept as its hash alone", async () => {
    const first = await keys.create({ name: "TMS", role: "producer" });
    const second = await keys.create({ name: "TMS", role: "producer" });
    expect(first.key).toMatch(/^wbl_[A-Za-z0-9_-]{43}$/);
    expect(second.key).not.toBe(first.key);
    const rows = await store.database.json<string>(
      "SELECT json_group_array(json_object('id', id, 'hash', hash, 'name', name)) FROM api_keys",
    );
    expect(JSON.stringify(rows)).not.toContain(first.key.slice(4, 20));
    expect(JSON.stringify(rows)).toContain(hashOfKey(first.key));
  });

  it("is found by its hash until it is revoked, which is written down", async () => {
    const { made, key } = await keys.create({ name: "Ops", role: "operator" }, AUTHOR);
    expect(keys.find(hashOfKey(key))).toEqual(made);
    expect(keys.find(hashOfKey(`${key}x`))).toBeNull();
    await store.clock.advance(1000);
    expect(await keys.revoke(made.id, AUTHOR)).toBe(true);
    expect(keys.find(hashOfKey(key))).toBeNull();
    expect(await keys.get(made.id)).toEqual({ ...made, revokedAt: store.clock.now() });
    // Once more changes nothing, and is not told.
    expect(await keys.revoke(made.id, AUTHOR)).toBe(true);
    expect(await keys.revoke("key_nobody", AUTHOR)).toBe(false);
    const { items } = await createAudit(store.database, store.clock).list({ subject: made.id });
    expect(items.map(({ before, after }) => [before, after])).toMatchObject([
      [{ revokedAt: null }, { revokedAt: expect.any(String) }],
      [null, { name: "Ops", role: "operator", customer: null }],
    ]);
    expect(JSON.stringify(items)).not.toContain(key);
  });

  it("is known to other processes once they read again, and refused by them when it is revoked", async () => {
    const other = await elsewhere();
    const { made, key } = await keys.create({ name: "TMS", role: "producer" });
    expect(other.find(hashOfKey(key))).toBeNull();
    await other.readAgain();
    expect(other.find(hashOfKey(key))?.id).toBe(made.id);
    await keys.revoke(made.id);
    await other.readAgain();
    expect(other.find(hashOfKey(key))).toBeNull();
  });

  it("is not brought back by a read that began before it was revoked", async () => {
    const { made, key } = await keys.create({ name: "TMS", role: "producer" });
    const reading = keys.readAgain();
    await keys.revoke(made.id);
    await reading;
    expect(keys.find(hashOfKey(key))).toBeNull();
  });

  it("stays known for a month after it has expired, to say so", async () => {
    const expiresAt = store.clock.now() + DAY;
    const { key } = await keys.create({ name: "Short", role: "auditor", expiresAt });
    await store.clock.advance(20 * DAY);
    await keys.readAgain();
    expect(keys.find(hashOfKey(key))).toMatchObject({ expiresAt });
    await store.clock.advance(20 * DAY);
    await keys.readAgain();
    expect(keys.find(hashOfKey(key))).toBeNull();
  });

  it("is one customer's, of one that exists, for the role customer alone", async () => {
    const faulty = (input: Parameters<Keys["create"]>[0]) =>
      keys.create(input).then(
        () => null,
        (error) => error.fields.map(({ path }: { path: string }) => path),
      );
    expect(await faulty({ name: "a", role: "customer" })).toEqual(["/customer"]);
    expect(await faulty({ name: "a", role: "operator", customer: "acme" })).toEqual(["/customer"]);
    expect(await faulty({ name: "a", role: "customer", customer: "nobody" })).toEqual(["/customer"]);
    expect(await faulty({ name: "a", role: "auditor", expiresAt: store.clock.now() })).toEqual(["/expiresAt"]);
    await store.customers.put("acme", {});
    expect((await keys.create({ name: "a", role: "customer", customer: "acme" })).made.customer).toBe("acme");
  });

  it("goes with its customer: another of the same id gets nothing of it", async () => {
    await store.customers.put("acme", {});
    await store.customers.put("other", {});
    const { made, key } = await keys.create({ name: "a", role: "customer", customer: "acme" });
    const { made: others } = await keys.create({ name: "b", role: "customer", customer: "other" });
    await store.customers.delete("acme");
    keys.customerDeleted("acme");
    expect(keys.find(hashOfKey(key))).toBeNull();
    expect((await keys.get(made.id))?.revokedAt).toBe(store.clock.now());
    expect((await keys.get(others.id))?.revokedAt).toBeNull();
    await store.customers.put("acme", {});
    expect((await elsewhere()).find(hashOfKey(key))).toBeNull();
  });

  it("is one of a bounded number of valid ones", async () => {
    await store.database.batch([
      {
        sql: `WITH r(id, number) AS (:table) INSERT INTO api_keys (id, name, role, hash, created_at, revoked_at)
          SELECT r.id, '', 'producer', r.id, 0, CASE WHEN r.number < 5 THEN 1 ELSE NULL END FROM r`,
        columns: ["text", "integer"],
        table: Array.from({ length: MAX_KEYS + 4 }, (_, at) => [`key_${at}`, at]),
      },
    ]);
    await keys.create({ name: "last", role: "producer" }, AUTHOR);
    await expect(keys.create({ name: "more", role: "producer" }, AUTHOR)).rejects.toThrow("10000 valid keys");
    // What was not made is not told either.
    const { items } = await createAudit(store.database, store.clock).list({});
    expect(items.map(({ after }) => after)).toMatchObject([{ name: "last" }]);
  });

  it("stands in pages, the oldest first", async () => {
    const ids = [];
    for (const name of ["a", "b", "c"]) ids.push((await keys.create({ name, role: "producer" })).made.id);
    await keys.revoke(ids[0] ?? "");
    const first = await keys.list({ limit: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(["a", "b"]);
    const second = await keys.list({ limit: 2, cursor: first.next ?? "" });
    expect([second.items.map(({ name }) => name), second.next]).toEqual([["c"], null]);
  });
});

describe("the last use of a key", () => {
  it("is shown at once and written at most once a minute", async () => {
    const { made } = await keys.create({ name: "TMS", role: "producer" });
    expect(await lastUse(made.id)).toBeNull();
    keys.used(made.id);
    const first = store.clock.now();
    expect((await keys.get(made.id))?.lastUsedAt).toBe(first);
    await store.clock.advance(5_000);
    await expect.poll(() => lastUse(made.id)).toBe(BigInt(first));
    for (let second = 0; second < 50; second++) {
      await store.clock.advance(1_000);
      keys.used(made.id);
    }
    expect(await lastUse(made.id)).toBe(BigInt(first));
    await store.clock.advance(10_000);
    keys.used(made.id);
    const later = store.clock.now();
    await store.clock.advance(5_000);
    await expect.poll(() => lastUse(made.id)).toBe(BigInt(later));
  });

  it("is not written again by a process that another was faster than, and is kept at a stop", async () => {
    const { made } = await keys.create({ name: "TMS", role: "producer" });
    const other = await elsewhere();
    keys.used(made.id);
    const first = store.clock.now();
    await keys.close();
    expect(await lastUse(made.id)).toBe(BigInt(first));
    await store.clock.advance(30_000);
    other.used(made.id);
    await other.close();
    expect(await lastUse(made.id)).toBe(BigInt(first));
  });
});
