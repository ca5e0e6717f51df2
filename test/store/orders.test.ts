import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EndpointSettings, maskSettings } from "../../src/delivery/settings.js";
import { createOrders, type Orders } from "../../src/store/orders.js";
import { addDelivery, addEvent, openStore, post, registry, row, type Store } from "./kit.js";

let store: Store;
let orders: Orders;

beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  orders = createOrders({ ...store, registry });
});
afterEach(() => store.close());

const merge = (...details: object[]) =>
  store.database.batch(
    orders.detailsStatements(
      details.map((one) => ({ customer: "acme", order: "A1", details: one, at: store.clock.now() })),
    ),
  );

describe("an order", () => {
  it("is put and read", async () => {
    const details = { reference: "Banner 510", carrier: { code: "ems", phone: null } };
    const callbackUrls = ["https://cb.example.com/"];
    const put = await orders.put("acme", "A1", { details, callbackUrls, endpoints: [post()] });
    expect(put.order).toEqual({
      customer: "acme",
      order: "A1",
      details,
      callbackUrls,
      createdAt: store.clock.now(),
      updatedAt: store.clock.now(),
    });
    expect(put.endpoints).toMatchObject([{ name: "ERP", order: "A1", customer: "acme" }]);
    expect(await orders.get("acme", "A1")).toEqual(put.order);
    expect(await orders.get("acme", "A2")).toBeNull();
    await store.clock.advance(10);
    const again = await orders.put("acme", "A1", { details: {}, callbackUrls: [] });
    expect(again.order).toMatchObject({ details: {}, callbackUrls: [] });
    expect(again.order.updatedAt - again.order.createdAt).toBe(10);
    expect(again.endpoints).toEqual(put.endpoints);
  });

  it("is refused with every faulty field, and nothing of it is kept", async () => {
    const unknown = orders.put("nobody", "A1", { details: {}, callbackUrls: [] });
    await expect(unknown).rejects.toMatchObject({ status: 404 });
    const bad = [post(), { ...post(), name: "" }, post()];
    const put = orders.put("acme", "A1", { details: {}, callbackUrls: [], endpoints: bad });
    await expect(put).rejects.toMatchObject({ fields: [{ path: "/endpoints/1/name" }, { path: "/endpoints/2/name" }] });
    const urls = orders.put("acme", "A1", { details: {}, callbackUrls: ["https://u:p@x.example/"] });
    await expect(urls).rejects.toMatchObject({ fields: [{ path: "/callbackUrls/0" }] });
    expect(await orders.get("acme", "A1")).toBeNull();
    expect(await store.database.prisma.endpoint.count()).toBe(0);
  });

  it("replaces its endpoints: the same stay, what waits for the others is canceled", async () => {
    const secret = { ...post("keep"), transport: { ...post().transport, apiKey: "key-123456" } };
    const first = await orders.put("acme", "A1", {
      details: {},
      callbackUrls: [],
      endpoints: [secret, post("go"), post("change")],
    });
    const [keep, go, change] = first.endpoints;
    if (!keep || !go || !change) throw new Error("no endpoints");
    const event = await addEvent(store);
    const waiting = await Promise.all([keep, go, change].map((endpoint) => addDelivery(store, endpoint, event)));
    const told: object[] = [];
    store.endpoints.onChange((one) => told.push(one));

    const masked = maskSettings(keep.settings as EndpointSettings, registry);
    const next = [{ ...post("change"), timeoutSeconds: 3 }, masked, post("new")];
    const { endpoints } = await orders.put("acme", "A1", { details: {}, callbackUrls: [], endpoints: next });
    expect(endpoints.map(({ name }) => name)).toEqual(["change", "keep", "new"]);
    expect(endpoints[1]).toEqual(keep);
    expect(endpoints[0]?.id).not.toBe(change.id);
    const rows = await Promise.all(waiting.map((id) => row(store, id)));
    expect(rows.map(({ state, reason }) => [state, reason])).toEqual([
      ["pending", ""],
      ["canceled", "replaced"],
      ["canceled", "replaced"],
    ]);
    expect(told).toContainEqual({ id: go.id, laneId: go.laneId, deleted: true });
    const found = await store.endpoints.forOrders([{ customer: "acme", order: "A1" }]);
    expect(
      found
        .get("acme\nA1")
        ?.map(({ name }) => name)
        .sort(),
    ).toEqual(["change", "keep", "new"]);
    expect((await orders.put("acme", "A1", { details: {}, callbackUrls: [], endpoints: [] })).endpoints).toEqual([]);
  });
});

describe("details that come with events", () => {
  it("make the order, and replace what they name, one after the other", async () => {
    await merge({ reference: 'a "b" é', carrier: { code: "x", phone: null }, isReturn: false });
    await merge({ carrier: { name: "y" }, pieces: 2 }, { pieces: 3, extra: { 'k"': [1, null] } });
    expect((await orders.get("acme", "A1"))?.details).toEqual({
      reference: 'a "b" é',
      isReturn: false,
      carrier: { name: "y" },
      pieces: 3,
      extra: { 'k"': [1, null] },
    });
  });

  it("leave the callback URLs alone", async () => {
    await orders.put("acme", "A1", { details: { pieces: 1 }, callbackUrls: ["https://cb.example.com/"] });
    await merge({ title: "t" });
    expect(await orders.get("acme", "A1")).toMatchObject({
      details: { pieces: 1, title: "t" },
      callbackUrls: ["https://cb.example.com/"],
    });
    expect(orders.detailsStatements([])).toEqual([]);
  });
});

it("finds the details and callback URLs of many orders at once", async () => {
  await orders.put("acme", "A1", { details: { pieces: 1 }, callbackUrls: ["https://cb.example.com/"] });
  await orders.put("acme", "A2", { details: {}, callbackUrls: [] });
  const pairs = ["A1", "A2", "A3"].map((order) => ({ customer: "acme", order }));
  expect([...(await orders.callbackUrls(pairs))]).toEqual([["acme\nA1", ["https://cb.example.com/"]]]);
  expect([...(await orders.details(pairs))]).toEqual([["acme\nA1", { pieces: 1 }]]);
  expect((await orders.callbackUrls([])).size).toBe(0);
});
