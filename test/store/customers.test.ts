import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import { createCustomers } from "../../src/store/customers.js";
import { createEndpoints } from "../../src/store/endpoints.js";
import { createOrders } from "../../src/store/orders.js";
import { createSecrets } from "../../src/store/secrets.js";
import { addDelivery, addEvent, openStore, post, registry, row, type Store, secrets } from "./kit.js";

describe("customers", () => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  it("get their defaults, and are replaced whole", async () => {
    const { customers, clock } = store;
    const first = await customers.put("acme", { emails: ["it@acme.example"], timeZone: "Asia/Tokyo", language: "nl" });
    expect(first).toEqual({
      created: true,
      customer: {
        id: "acme",
        name: "acme",
        timeZone: "Asia/Tokyo",
        emails: ["it@acme.example"],
        language: "nl",
        callbackTemplate: { name: "ontime", options: {} },
        retentionDays: null,
        payloadDays: null,
        portal: { enabled: false, may: ["test", "retry"] },
        createdAt: clock.now(),
        updatedAt: clock.now(),
      },
    });
    const days = { retentionDays: 30, payloadDays: 7 };
    expect((await customers.put("acme", days)).customer).toMatchObject(days);
    const wrong = customers.put("acme", { retentionDays: 7, payloadDays: 30 });
    await expect(wrong).rejects.toMatchObject({ fields: [{ path: "/payloadDays" }] });
    await clock.advance(1000);
    const second = await customers.put("acme", { name: "Acme NV" });
    expect(second.created).toBe(false);
    expect(second.customer).toMatchObject({ name: "Acme NV", timeZone: null, emails: [], retentionDays: null });
    expect(second.customer.updatedAt - second.customer.createdAt).toBe(1000);
    expect(await createCustomers({ database: store.database, clock, registry, secrets }).get("acme")).toEqual(
      second.customer,
    );
  });

  it.each([
    ["a bad id", "../x", {}, "/customer"],
    ["an unknown time zone", "acme", { timeZone: "Mars/Olympus" }, "/timeZone"],
    ["an address that is none", "acme", { emails: ["x"] }, "/emails/0"],
    ["an unknown field", "acme", { colour: "red" } as object, "/colour"],
    ["an unknown callback template", "acme", { callbackTemplate: { name: "nope" } }, "/callbackTemplate/name"],
    [
      "a callback template that cannot be posted",
      "acme",
      { callbackTemplate: { name: "ontime", options: { format: "csv" } } },
      "/callbackTemplate/options/format",
    ],
  ])("are refused with %s", async (_case, id, input, path) => {
    const fields = expect.arrayContaining([expect.objectContaining({ path })]);
    await expect(store.customers.put(id, input)).rejects.toMatchObject({ status: 422, fields });
  });

  it("are found many at once, the unknown left out", async () => {
    for (const id of ["a", "b", "c"]) await store.customers.put(id, {});
    expect([...(await store.customers.getMany(["c", "nobody", "a", "a"])).keys()].sort()).toEqual(["a", "c"]);
    expect(await store.customers.get("nobody")).toBeNull();
  });

  it("are listed in pages without a gap", async () => {
    for (const id of ["a", "b", "c", "d", "e"]) await store.customers.put(id, {});
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await store.customers.list({ limit: 2, cursor: cursor ?? undefined });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(seen).toEqual(["a", "b", "c", "d", "e"]);
    await expect(store.customers.list({ cursor: "%%%" })).rejects.toMatchObject({ fields: [{ path: "/cursor" }] });
  });

  it("take their endpoints and orders along when deleted, cancel what is pending, and leave the history", async () => {
    const { customers, endpoints, database, clock } = store;
    await customers.put("acme", {});
    const endpoint = await endpoints.create("acme", post());
    const orders = createOrders({ database, endpoints, registry, clock });
    await orders.put("acme", "A1", { details: {}, callbackUrls: ["https://cb.example.com/"] });
    const event = await addEvent(store);
    const pending = await addDelivery(store, endpoint, event);
    const delivered = await addDelivery(store, endpoint, event, { state: "delivered" });
    const told: unknown[] = [];
    endpoints.onChange((change) => told.push(change));

    expect(await customers.delete("acme")).toBe(true);
    expect(await customers.get("acme")).toBeNull();
    expect(await endpoints.get(endpoint.id)).toBeNull();
    expect(await endpoints.forAllOrders("acme")).toEqual([]);
    expect(await row(store, pending)).toMatchObject({ state: "canceled", reason: "customer deleted" });
    expect(await row(store, delivered)).toMatchObject({ state: "delivered", reason: "" });
    expect(told).toEqual([{ id: endpoint.id, laneId: endpoint.laneId, deleted: true }]);
    expect(await customers.delete("acme")).toBe(false);

    await customers.put("acme", {});
    expect(await orders.get("acme", "A1")).toBeNull();
  });

  it("keep the secrets of their callback template encrypted, also when their masks are sent back", async () => {
    const { customers, database, clock, endpoints } = store;
    const template = (email: string) => ({ name: "trackingmore", options: { email, requireStatus200: true } });
    await customers.put("acme", { callbackTemplate: template("s3cret@shop.example") });
    const stored = async () =>
      (await database.prisma.customer.findUniqueOrThrow({ where: { id: "acme" } })).callback_template;
    expect(await stored()).not.toContain("s3cret");
    await customers.put("acme", { name: "Acme", callbackTemplate: template("********") });
    const again = await createCustomers({ database, clock, registry, secrets }).get("acme");
    expect(again).toMatchObject({ name: "Acme", callbackTemplate: template("s3cret@shop.example") });
    const [callback] = await endpoints.callbacks(again ?? expect.unreachable(), ["https://cb.example.com/"]);
    expect(callback?.template).toEqual(template("s3cret@shop.example"));
    await expect(customers.put("new", { callbackTemplate: template("********") })).rejects.toMatchObject({
      fields: [{ path: "/callbackTemplate/options/email" }],
    });
    const other = createSecrets([{ id: "t1", key: Buffer.alloc(32, 9) }]);
    const closed = await createCustomers({ database, clock, registry, secrets: other }).get("acme");
    expect(closed?.callbackTemplate.options).toMatchObject({ email: "********" });
    expect(closed?.callbackProblem).toMatch(/does not open with the key "t1"/);
  });

  it("do not put what a read saw before a write into memory after it", async () => {
    const { customers, database, clock } = store;
    await customers.put("acme", { name: "old" });
    const other = createCustomers({ database, clock, registry, secrets });
    const reading = other.get("acme");
    await other.put("acme", { name: "new" });
    await reading;
    expect(await other.get("acme")).toMatchObject({ name: "new" });
  });

  it("have the lanes of their endpoints told of a change, though the database cannot be read after it", async () => {
    const { database, clock } = store;
    let away = false;
    const jsonOf: typeof database.jsonOf = (statement) =>
      away ? Promise.reject(new StoreUnavailableError("other", "away", null)) : database.jsonOf(statement);
    const customers = createCustomers({ database, clock, registry, secrets });
    const own = { database: { ...database, jsonOf }, clock, registry, secrets, customers, defaultTimeZone: "UTC" };
    const endpoints = createEndpoints(own);
    await customers.put("acme", {});
    const made = [await endpoints.create("acme", post("one")), await endpoints.create("acme", post("two"))];
    const told: string[] = [];
    endpoints.onChange(({ laneId }) => told.push(laneId));
    away = true;
    await customers.put("acme", { timeZone: "Asia/Tokyo" });
    await vi.waitFor(() => expect(told.sort()).toEqual(made.map(({ laneId }) => laneId).sort()));
    await expect(endpoints.get(made[0]?.id ?? "")).rejects.toThrow("away");
    away = false;
    expect(await endpoints.get(made[0]?.id ?? "")).toMatchObject({ timeZone: "Asia/Tokyo" });
  });

  it("get no endpoint and no order while they are being deleted, however often that is tried", async () => {
    const { customers, endpoints, database } = store;
    const orders = createOrders({ ...store, registry });
    const left = "SELECT count(*) FROM endpoints WHERE customer_id = 'gone' AND deleted_at IS NULL";
    for (let round = 0; round < 25; round++) {
      await customers.put("gone", {});
      const make = () => [
        endpoints.create("gone", post()),
        orders.put("gone", "A1", { details: {}, callbackUrls: [], endpoints: [post("own")] }),
      ];
      const early = round % 2 > 0 ? make() : [];
      const gone = customers.delete("gone");
      const made = await Promise.allSettled(early.length > 0 ? early : make());
      await gone;
      for (const one of made) if (one.status === "rejected") expect(one.reason).toMatchObject({ status: 404 });
      await customers.put("gone", {});
      expect(await endpoints.forAllOrders("gone")).toEqual([]);
      expect(await database.json(left)).toBe(0);
      expect(await database.json("SELECT count(*) FROM orders WHERE customer_id = 'gone'")).toBe(0);
    }
  });
});
