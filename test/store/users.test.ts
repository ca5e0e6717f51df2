import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAudit } from "../../src/store/audit.js";
import { createSessionStore } from "../../src/store/sessions.js";
import { createSignInLinks } from "../../src/store/sign-in-links.js";
import { createUsers, type UserInput, type Users } from "../../src/store/users.js";
import { by, openStore, type Store } from "./kit.js";

let store: Store;
let users: Users;

beforeEach(async () => {
  store = await openStore();
  users = createUsers(store.database, store.clock);
});
afterEach(() => store.close());

const ANN: UserInput = { email: "Ann@Example.com", name: "Ann", role: "admin" };
const BOB: UserInput = { email: "bob@example.com", role: "operator" };
const withPassword = { passwordHash: "scrypt$hash" };
const fieldsOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => [error.status, ...error.fields.map(({ path }: { path: string }) => path)],
  );
const begin = (userId: string) =>
  createSessionStore(store.database, store.clock).begin({
    hash: `hash of ${userId}`,
    userId,
    email: "",
    customer: null,
    address: "",
    agent: "",
  });
const countOf = (table: string) => store.database.json<number>(`SELECT count(*) FROM ${table}`);

describe("a user", () => {
  it("is found by their address in any capitals, which is theirs alone", async () => {
    const made = await users.create(ANN);
    expect(await users.byEmail("aNN@EXAMPLE.com")).toEqual(made);
    expect(await users.get(made.id)).toEqual(made);
    expect(await users.byEmail("bob@example.com")).toBeNull();
    expect(await fieldsOf(users.create({ ...BOB, email: "ANN@example.COM" }))).toEqual([409, "/email"]);
  });

  it("is one customer's, of one that exists, for the role customer alone", async () => {
    const jan = { email: "jan@acme.example", role: "customer", customer: "acme" } as const;
    expect(await fieldsOf(users.create(jan))).toEqual([422, "/customer"]);
    expect(await fieldsOf(users.create({ ...BOB, role: "customer" }))).toEqual([422, "/customer"]);
    expect(await fieldsOf(users.create({ ...BOB, customer: "acme" }))).toEqual([422, "/customer"]);
    await store.customers.put("acme", {});
    const made = await users.create(jan);
    expect(await fieldsOf(users.patch(made.id, { customer: "nobody" }))).toEqual([422, "/customer"]);
    expect(await users.patch(made.id, { role: "auditor" })).toMatchObject({ role: "auditor", customer: null });
  });

  it("is listed with the others, the oldest first", async () => {
    for (const at of [1, 2, 3]) await users.create({ email: `u${at}@example.com`, role: "auditor" });
    const first = await users.list({ limit: 2 });
    const rest = await users.list({ limit: 2, cursor: first.next ?? "" });
    expect([...first.items, ...rest.items].map(({ email }) => email)).toEqual(
      [1, 2, 3].map((at) => `u${at}@example.com`),
    );
    expect(rest.next).toBeNull();
  });

  it("is written down with who made and changed them, and never with a password", async () => {
    const made = await users.create(ANN, by("createUser"), withPassword);
    await users.patch(made.id, { name: "Anne" }, by("patchUser"));
    await users.setPassword(made.id, "scrypt$other", { author: by("changePassword") });
    await users.create(BOB, undefined, withPassword);
    const { items } = await createAudit(store.database, store.clock).list({ subject: made.id });
    expect(items.map(({ operation }) => operation)).toEqual(["changePassword", "patchUser", "createUser"]);
    expect(items[1]).toMatchObject({ before: { name: "Ann" }, after: { name: "Anne", role: "admin" } });
    expect(JSON.stringify(items)).not.toContain("scrypt");
  });

  it("loses all that lets them in when they are disabled, deleted, or choose another password", async () => {
    const links = createSignInLinks(store.database, store.clock);
    await users.create(ANN, undefined, withPassword);
    const { id } = await users.create(BOB);
    for (const end of [
      () => users.patch(id, { disabled: true }),
      () => users.setPassword(id, "scrypt$new"),
      () => users.delete(id),
    ]) {
      await begin(id);
      await links.forUser("password", { id, email: BOB.email });
      await end();
      expect([await countOf("sessions"), await countOf("sign_in_links")]).toEqual([0, 0]);
    }
    expect(await users.delete(id)).toBe(false);
    expect(await users.setPassword(id, "scrypt$new")).toBe(false);
  });

  it("keeps the session in which they choose another password", async () => {
    const { id } = await users.create(BOB);
    const keep = await begin(id);
    await users.setPassword(id, "scrypt$new", { keep });
    expect(await countOf("sessions")).toBe(1);
  });
});

describe("the last admin who can sign in", () => {
  it("is not deleted, disabled or made something less", async () => {
    const { id } = await users.create(ANN, undefined, withPassword);
    await users.create({ email: "invited@example.com", role: "admin" });
    await users.create({ ...BOB, role: "auditor" }, undefined, withPassword);
    const tries = [
      () => users.delete(id),
      () => users.patch(id, { disabled: true }),
      () => users.patch(id, { role: "operator" }),
    ];
    for (const attempt of tries) expect(await fieldsOf(attempt())).toEqual([409]);
    await users.patch(id, { name: "Anna" });
    const second = await users.create({ email: "second@example.com", role: "admin" }, undefined, withPassword);
    expect(await users.patch(id, { role: "operator" })).toMatchObject({ role: "operator" });
    expect(await fieldsOf(users.delete(second.id))).toEqual([409]);
  });

  it("is left, of two who are deleted at once", async () => {
    const two = [
      await users.create(ANN, undefined, withPassword),
      await users.create({ ...BOB, role: "admin" }, undefined, withPassword),
    ];
    const done = await Promise.allSettled(two.map(({ id }) => users.delete(id)));
    expect(done.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await users.hasAdmin()).toBe(true);
  });
});

it("goes with its customer, and all that lets its people in", async () => {
  const sessions = createSessionStore(store.database, store.clock);
  const links = createSignInLinks(store.database, store.clock);
  await store.customers.put("acme", { emails: ["it@acme.example"] });
  const jan = await users.create({ email: "jan@acme.example", role: "customer", customer: "acme" });
  await begin(jan.id);
  await links.forUser("invitation", jan);
  const portal = { hash: "h", userId: null, email: "it@acme.example", customer: "acme", address: "", agent: "" };
  await sessions.begin(portal);
  const bob = await users.create(BOB);
  await begin(bob.id);
  await store.customers.delete("acme");
  expect(await users.get(jan.id)).toBeNull();
  expect([await countOf("sessions"), await countOf("sign_in_links")]).toEqual([1, 0]);
});
