import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { portalCustomers } from "../../src/store/portal-customers.js";
import { forgetOld } from "../../src/store/retention.js";
import { createSessionStore, IDLE_MS, LIFE_MS, type SessionStore } from "../../src/store/sessions.js";
import { createUsers, type Users } from "../../src/store/users.js";
import { openStore, type Store } from "./kit.js";

const HOUR = 3_600_000;
const WHO = { customer: null, email: "bob@example.com", address: "192.0.2.1", agent: "Browser" };

let store: Store;
let users: Users;
let sessions: SessionStore;

beforeEach(async () => {
  store = await openStore();
  users = createUsers(store.database, store.clock);
  sessions = createSessionStore(store.database, store.clock);
});
afterEach(() => store.close());

const operator = () => users.create({ email: "bob@example.com", name: "Bob", role: "operator", language: "nl" });
const ofPortal = (email = "it@acme.example") =>
  sessions.begin({ ...WHO, hash: "p", userId: null, email, customer: "acme" });

describe("a session", () => {
  it("tells who it is as the user is now", async () => {
    const { id } = await operator();
    await sessions.begin({ ...WHO, hash: "h", userId: id });
    const before = await sessions.find("h");
    expect(before).toMatchObject({ userId: id, name: "Bob", role: "operator", customer: null, portal: null });
    await users.patch(id, { role: "auditor", name: "" });
    expect(await sessions.find("h")).toMatchObject({ role: "auditor", name: "bob@example.com", language: "nl" });
    expect(await sessions.find("another")).toBeNull();
  });

  it("ends after twelve hours without a request, and after seven days with them", async () => {
    const { id } = await operator();
    await sessions.begin({ ...WHO, hash: "idle", userId: id });
    await sessions.begin({ ...WHO, hash: "used", userId: id });
    await store.clock.advance(IDLE_MS - 1);
    expect(await sessions.find("used")).not.toBeNull();
    await store.clock.advance(1);
    expect(await sessions.find("idle")).toBeNull();
    for (let hours = 12; hours < 7 * 24 - 6; hours += 6) {
      await store.clock.advance(6 * HOUR);
      expect(await sessions.find("used"), String(hours)).not.toBeNull();
    }
    await store.clock.advance(6 * HOUR);
    expect(await sessions.find("used")).toBeNull();
  });

  it("writes when it was seen at most once a minute", async () => {
    const { id } = await operator();
    await sessions.begin({ ...WHO, hash: "h", userId: id });
    const began = store.clock.now();
    await store.clock.advance(59_000);
    await sessions.find("h");
    expect((await sessions.ofUser(id))[0]?.seenAt).toBe(began);
    await store.clock.advance(1_000);
    await sessions.find("h");
    expect((await sessions.ofUser(id))[0]?.seenAt).toBe(began + 60_000);
  });

  it("is over once its user is disabled or deleted, and when it is ended", async () => {
    const { id } = await operator();
    const session = await sessions.begin({ ...WHO, hash: "h", userId: id });
    await sessions.end(session);
    expect(await sessions.find("h")).toBeNull();
    await sessions.begin({ ...WHO, hash: "h2", userId: id });
    await store.database.batch([{ sql: "UPDATE users SET disabled_at = 1", args: [] }]);
    expect(await sessions.find("h2")).toBeNull();
    await store.database.batch([{ sql: "DELETE FROM users", args: [] }]);
    expect(await sessions.find("h2")).toBeNull();
  });

  it("is swept away when it lets nobody in any more", async () => {
    const { id } = await operator();
    await sessions.begin({ ...WHO, hash: "h", userId: id });
    const forget = () => forgetOld(store.database, { retentionDays: null, payloadDays: null }, store.clock.now());
    await forget();
    expect(await sessions.ofUser(id)).toHaveLength(1);
    await store.clock.advance(IDLE_MS);
    await forget();
    expect(await store.database.json<number>("SELECT count(*) FROM sessions")).toBe(0);
  });
});

describe("a customer's session", () => {
  const put = (portal: object, emails = ["it@acme.example", "IT2@acme.example"]) =>
    store.customers.put("acme", { name: "Acme", emails, language: "fr", timeZone: "Europe/Paris", portal });

  it("lasts a day, for as long as the portal is on and the address is the customer's", async () => {
    await put({ enabled: true, may: ["pause"] });
    await ofPortal("it2@ACME.example");
    expect(await sessions.find("p")).toEqual({
      ...{ id: expect.any(String), userId: null, email: "it2@ACME.example", name: "it2@ACME.example" },
      ...{ role: "customer", customer: "acme", language: "fr", timeZone: "Europe/Paris", portal: ["pause"] },
    });
    await put({ enabled: false });
    expect(await sessions.find("p")).toBeNull();
    await put({ enabled: true }, ["it@acme.example"]);
    expect(await sessions.find("p")).toBeNull();
    await put({ enabled: true });
    expect(await sessions.find("p")).toMatchObject({ portal: ["test", "retry"] });
    for (let at = 0; at < 3; at++) {
      await store.clock.advance(LIFE_MS.portal / 4);
      expect(await sessions.find("p")).not.toBeNull();
    }
    await store.clock.advance(LIFE_MS.portal / 4);
    expect(await sessions.find("p")).toBeNull();
  });

  it("of a user is over while the portal is off", async () => {
    await put({ enabled: true });
    const { id } = await users.create({ email: "jan@acme.example", role: "customer", customer: "acme" });
    await sessions.begin({ ...WHO, hash: "u", userId: id });
    expect(await sessions.find("u")).toMatchObject({ customer: "acme", language: "fr", portal: ["test", "retry"] });
    await put({ enabled: false });
    expect(await sessions.find("u")).toBeNull();
  });

  it("is another's once the customer was deleted and made again", async () => {
    await put({ enabled: true });
    await ofPortal();
    await store.customers.delete("acme");
    await put({ enabled: true });
    expect(await sessions.find("p")).toBeNull();
  });
});

describe("the customers of an address", () => {
  const idsOf = async (email: string) => (await portalCustomers(store.database, email)).map(({ id }) => id);

  it("are those whose portal is on and whose address or user it is, and no others", async () => {
    await store.customers.put("acme", { emails: ["It@acme.example"], portal: { enabled: true } });
    await store.customers.put("beta", { emails: ["it@acme.example", "a_c@b.example"], portal: { enabled: true } });
    await store.customers.put("off", { emails: ["it@acme.example"] });
    expect(await idsOf("iT@ACME.example")).toEqual(["acme", "beta"]);
    expect(await idsOf("t@acme.example")).toEqual([]);
    expect(await idsOf("%")).toEqual([]);
    // The Kelvin sign, whose small letter is a k.
    await store.customers.put("kelvin", { emails: ["it@k.example"], portal: { enabled: true } });
    expect([await idsOf("it@\u212a.example"), await idsOf("it@K.example")]).toEqual([[], ["kelvin"]]);
    expect(await idsOf("abc@b.example")).toEqual([]);
    expect(await idsOf("a_c@b.example")).toEqual(["beta"]);
    const jan = await users.create({ email: "it@acme.example", role: "customer", customer: "beta" });
    const found = await portalCustomers(store.database, "it@acme.example");
    expect(found.map(({ id, userId }) => [id, userId])).toEqual([
      ["acme", null],
      ["beta", jan.id],
    ]);
  });
});
