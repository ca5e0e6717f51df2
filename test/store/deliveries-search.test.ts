import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDeliveries, type Deliveries, type DeliveryFilter } from "../../src/store/deliveries.js";
import { createDeliveryActions } from "../../src/store/deliveries-actions.js";
import { createEvents } from "../../src/store/events.js";
import { createOrders } from "../../src/store/orders.js";
import { replayable } from "../../src/store/replays.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, addMany, DAY, openStore, post, registry, type Store } from "./kit.js";

let store: Store;
let deliveries: Deliveries;
let erp: Endpoint;

beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
  deliveries = createDeliveries(store.database);
});
afterEach(() => store.close());

const found = async (filter: DeliveryFilter) => (await deliveries.list(filter)).items.map(({ id }) => id);

async function report(id: string, code: string): Promise<void> {
  const args = [id, JSON.stringify({ code })];
  const sql = "INSERT INTO attempts (delivery_id, number, report) VALUES (?, 1, ?)";
  await store.database.batch([{ sql, args }]);
}

describe("deliveries", () => {
  it("are shown whatever their reference is: half a character ended the process", async () => {
    const references = ["\ud83d half", "half \udc00", "whole 🚚", "\ufffd", 'a "quoted" \\u0000'];
    for (const reference of references) await addDelivery(store, erp, await addEvent(store, { body: { reference } }));
    const shown = (await deliveries.list({})).items.map(({ event }) => event.reference).reverse();
    // PostgreSQL keeps no half characters at all.
    const kept = (text: string) => Buffer.from(text).toString();
    expect(shown.map(kept)).toEqual(references.map(kept));
  });

  it("are found by what stands on the label, in the event, and in the error", async () => {
    await store.customers.put("beta", {});
    const other = await store.endpoints.create("beta", post());
    const orders = createOrders({ ...store, registry });
    await orders.put("beta", "B1", { details: { reference: "ref%1" }, callbackUrls: [] });
    const a = await addDelivery(
      store,
      erp,
      await addEvent(store, { barcode: "BC1", body: { reference: "ref 1" }, statusCode: "IE", status: "WARNING" }),
      { state: "failed", fault: "response", last_error: "The server answered 503_Service." },
    );
    const b = await addDelivery(
      store,
      other,
      await addEvent(store, { customer: "beta", order: "B1", barcode: "BC1" }),
      {
        state: "canceled",
        last_error: "100% WRONG",
      },
    );
    await report(a, "http_503");
    const cases: [DeliveryFilter, string[]][] = [
      [{ barcode: "BC1" }, [b, a]],
      [{ barcode: "BC1", customer: "acme" }, [a]],
      [{ barcode: "" }, []],
      [{ reference: "ref 1" }, [a]],
      [{ reference: "ref%1" }, [b]],
      [{ reference: "ref%1", barcode: "BC1", order: "B1", customer: "beta" }, [b]],
      [{ reference: "ref 1", barcode: "BC1", customer: "beta" }, []],
      [{ reference: "ref 1", order: "B1" }, []],
      [{ order: "B1" }, [b]],
      [{ order: "B1", barcode: "BC2" }, []],
      [{ statusCode: "IE" }, [a]],
      [{ status: "WARNING", state: "failed" }, [a]],
      [{ status: "DELIVERED" }, []],
      [{ error: "503_service" }, [a]],
      [{ error: "503" }, [a]],
      [{ error: "0% w" }, [b]],
      [{ error: "503xService" }, []],
      [{ error: "\\" }, []],
      [{ code: "http_503" }, [a]],
      [{ code: "http_503", state: "failed", endpoint: erp.id }, [a]],
      [{ code: "http_500" }, []],
      [{ state: "canceled" }, [b]],
      [{ ids: [b, a, "dlv_none"] }, [b, a]],
      [{ ids: [b, a], customer: "acme" }, [a]],
    ];
    for (const [filter, expected] of cases) {
      expect(await found(filter), JSON.stringify(filter)).toEqual(expected);
      expect(await deliveries.count(filter), JSON.stringify(filter)).toBe(expected.length);
    }
    const events = createEvents(store.database);
    expect((await events.list({ reference: "ref%1" })).items.map(({ order }) => order)).toEqual(["B1"]);
    expect((await events.list({ barcode: "BC1", customer: "acme" })).items).toHaveLength(1);
    expect((await events.list({ order: "B1" })).items).toHaveLength(1);
  });

  it("are searched a bounded way at a time, and the page says how far", async () => {
    const rare = (await addMany(store, erp, 1, "delivered"))[0] ?? "";
    await store.database.batch([{ sql: "UPDATE deliveries SET fault = 'config'", args: [] }]);
    await store.clock.advance(3 * DAY);
    // Ids go by the machine's clock.
    const now = Date.now;
    const later = vi.spyOn(Date, "now").mockImplementation(() => now() + 3 * DAY);
    await addMany(store, erp, 21_000, "delivered");
    later.mockRestore();
    const first = await deliveries.list({ fault: "config" });
    expect(first).toMatchObject({ items: [], searchedTo: store.clock.now() });
    const second = await deliveries.list({ fault: "config" }, { cursor: first.next ?? undefined });
    expect(second).toMatchObject({ items: [{ id: rare }], next: null });
    expect(second.searchedTo).toBeUndefined();
    // The time is known, so the newer ones are passed over at once.
    const then = await deliveries.list({ fault: "config", to: store.clock.now() - 2 * DAY });
    expect(then).toMatchObject({ items: [{ id: rare }], next: null });
    const events = await createEvents(store.database).list({ status: "NOTOK" });
    expect(events).toMatchObject({ items: [], searchedTo: store.clock.now() });
  });

  it("that wait are found at once where they are few", async () => {
    const [waits = ""] = await addMany(store, erp, 1);
    await addMany(store, erp, 21_000, "delivered");
    expect(await deliveries.list({ state: "pending" })).toMatchObject({ items: [{ id: waits }], next: null });
    expect(await deliveries.list({ state: "sending" })).toMatchObject({ items: [], next: null });
  });
});

describe("causes", () => {
  it("are those of the newest 12,000, and how far that went is said", async () => {
    await addMany(store, erp, 1_500, "failed");
    await store.clock.advance(DAY);
    const now = Date.now;
    const later = vi.spyOn(Date, "now").mockImplementation(() => now() + DAY);
    await addMany(store, erp, 13_000, "failed");
    later.mockRestore();
    const { items, searchedTo } = await deliveries.causes({});
    expect(items).toMatchObject([{ count: 12_000, oldestAt: store.clock.now() }]);
    expect(searchedTo).toBe(store.clock.now());
  });

  it("group failures by endpoint, fault and code, whatever their texts", async () => {
    const web = await store.endpoints.create("acme", post("Web", "https://web.example.com/"));
    const failed = async (endpoint: Endpoint, last_error: string, code: string, reason = "expired") => {
      const columns = { state: "failed", fault: "response", reason, last_error };
      const id = await addDelivery(store, endpoint, await addEvent(store), columns);
      await report(id, code);
      return id;
    };
    await failed(erp, "answered 503 (1)", "http_503");
    const newest = await failed(erp, "answered 503 (2)", "http_503", "attempts exhausted");
    const notFound = await failed(web, "answered 404", "http_404");
    await addDelivery(store, web, await addEvent(store), { fault: "connection", last_error: "nobody answers" });
    await addDelivery(store, web, await addEvent(store));
    const { items, searchedTo } = await deliveries.causes({});
    expect(searchedTo).toBeNull();
    expect(items).toMatchObject([
      { endpointName: "ERP", code: "http_503", count: 2, reason: "", lastError: "answered 503 (2)", newestId: newest },
      {
        endpointName: "Web",
        transport: "http-post",
        code: "http_404",
        count: 1,
        reason: "expired",
        newestId: notFound,
      },
    ]);
    expect((await deliveries.causes({ endpoint: web.id })).items).toHaveLength(1);
    expect((await deliveries.causes({ state: "pending" })).items).toMatchObject([
      { endpointName: "Web", fault: "connection", code: "", lastError: "nobody answers", count: 1 },
    ]);
    expect((await deliveries.causes({ customer: "nobody" })).items).toEqual([]);
  });
});

it("finds what has not arrived, in whichever state, and changes of it what can be changed", async () => {
  const event = await addEvent(store);
  const states = ["pending", "sending", "delivered", "failed", "canceled"] as const;
  const made = new Map<string, string>();
  for (const state of states) made.set(state, await addDelivery(store, erp, event, { state }));
  const { items } = await deliveries.list({ state: "undelivered" });
  expect(items.map(({ state }) => state).sort()).toEqual(["canceled", "failed", "pending", "sending"]);
  const actions = createDeliveryActions(store);
  const filter = { state: "undelivered" } as const;
  expect(await actions.retry({ filter }, { dryRun: true })).toMatchObject({ count: 3 });
  expect(await actions.cancel({ filter }, { dryRun: true })).toMatchObject({ count: 1 });
  expect(await actions.retry({ filter })).toMatchObject({ count: 3 });
  expect((await deliveries.get(made.get("delivered") ?? ""))?.state).toBe("delivered");
});

describe("changes in sets", () => {
  it("go on where the set before ended, and leave out what is made meanwhile", async () => {
    const ids = await addMany(store, erp, 1200, "failed");
    const actions = createDeliveryActions(store);
    const filter = { customer: "acme" };
    const counted = await actions.retry({ filter }, { dryRun: true, limit: 1000 });
    expect(counted.count).toBe(1000);
    const first = await actions.retry({ filter }, { limit: 700 });
    expect(first.count).toBe(700);
    await addMany(store, erp, 10, "failed");
    const rest = await actions.retry({ filter }, { limit: 700, cursor: first.next ?? undefined });
    expect(rest).toMatchObject({ count: 500, next: null });
    expect(await deliveries.count({ state: "failed" })).toBe(10);
    expect(await deliveries.count({ ids: ids.slice(0, 3), state: "pending" })).toBe(3);
    await expect(actions.retry({ filter }, { limit: 1, cursor: "%" })).rejects.toMatchObject({ status: 422 });
  });

  it("of picked ones take whichever state allows it", async () => {
    const event = await addEvent(store);
    const failed = await addDelivery(store, erp, event, { state: "failed" });
    const canceled = await addDelivery(store, erp, event, { state: "canceled" });
    const done = await addDelivery(store, erp, event, { state: "delivered" });
    const filter = { ids: [failed, canceled, done] };
    const actions = createDeliveryActions(store);
    expect(await actions.retry({ filter }, { dryRun: true })).toMatchObject({ count: 2 });
    expect(await actions.retry({ filter })).toMatchObject({ count: 2 });
    expect(await actions.cancel({ filter })).toMatchObject({ count: 2 });
  });

  it("replay each event once, across the sets too", async () => {
    await addMany(store, erp, 900, "failed");
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { sets, left } = replayable(store.database, store.endpoints, { state: "failed" }, { limit: 400, cursor });
      for await (const set of sets) seen.push(...set.map(({ eventId }) => eventId));
      cursor = left() ?? undefined;
    } while (cursor);
    expect(seen).toHaveLength(900);
    expect(new Set(seen).size).toBe(900);
  });
});
