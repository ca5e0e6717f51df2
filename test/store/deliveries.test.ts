import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeliveries, type Deliveries, type DeliveryFilter } from "../../src/store/deliveries.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, addMany, DAY, openStore, post, type Store } from "./kit.js";

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

async function all(filter: DeliveryFilter, limit: number): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await deliveries.list(filter, { limit, cursor: cursor ?? undefined });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  } while (cursor);
  return seen;
}

describe("deliveries", () => {
  it("are shown with what their event says", async () => {
    const event = await addEvent(store, {
      externalId: "tms-1",
      barcode: "B",
      container: "C",
      status: "WARNING",
      statusCode: "IE",
    });
    const id = await addDelivery(store, erp, event, {
      state: "failed",
      reason: "expired",
      fault: "response",
      last_error: "500",
      attempts: 2,
      finished_at: 5,
      file_name: "f.json",
    });
    const now = store.clock.now();
    const view = {
      id,
      eventId: event.id,
      endpointId: erp.id,
      endpointName: "ERP",
      transport: "http-post",
      laneId: erp.laneId,
      customer: "acme",
      order: "A1",
      state: "failed",
      reason: "expired",
      fault: "response",
      code: "",
      lastError: "500",
      attempts: 2,
      createdAt: now,
      dueAt: now,
      finishedAt: 5,
      fileName: "f.json",
      waitsFor: null,
      overtook: null,
      supersededBy: null,
      event: {
        externalId: "tms-1",
        reference: "",
        barcode: "B",
        container: "C",
        statusCode: "IE",
        status: "WARNING",
        statusTime: now,
      },
    };
    expect(await deliveries.list({})).toEqual({ items: [view], next: null });
    expect(await deliveries.get(id)).toEqual({ ...view, attemptList: [] });
    expect(await deliveries.get("dlv_none")).toBeNull();
  });

  it("are read with their attempts at one moment, whatever is recorded meanwhile", async () => {
    const id = await addDelivery(store, erp, await addEvent(store), { fault: "connection" });
    const attempt = (number: number, fault: string) => ({
      sql: "INSERT INTO attempts (delivery_id, number, report, late) VALUES (?, ?, ?, 0)",
      args: [id, number, JSON.stringify({ fault, sent: null })],
    });
    const fault = (to: string) => ({ sql: "UPDATE deliveries SET fault = ? WHERE id = ?", args: [to, id] });
    const { database } = store;
    await database.batch([attempt(1, "connection")]);
    const racing: typeof database = {
      ...database,
      async json(sql, ...args) {
        const found = await database.json<never>(sql, ...args);
        await database.batch([attempt(2, "ambiguous"), fault("ambiguous")]);
        return found;
      },
    };
    const read = await createDeliveries(racing).get(id);
    expect([read?.fault, read?.attemptList.at(-1)?.fault]).toEqual(["connection", "connection"]);
    const after = await deliveries.get(id);
    expect([after?.fault, after?.attemptList.at(-1)?.fault]).toEqual(["ambiguous", "ambiguous"]);
  });

  it("are found by every filter, alone and together", async () => {
    const { clock, customers, endpoints } = store;
    await customers.put("beta", {});
    const other = await endpoints.create("beta", post());
    const event = await addEvent(store);
    const a = await addDelivery(store, erp, event, { state: "failed", fault: "connection" });
    const b = await addDelivery(store, erp, event, { state: "delivered" });
    await clock.advance(10 * DAY);
    const late = await addEvent(store, { customer: "beta", order: "A1" });
    const c = await addDelivery(store, other, late, { state: "failed", fault: "response" });
    const d = await addDelivery(store, erp, await addEvent(store, { order: "A2" }));
    const cases: [DeliveryFilter, string[]][] = [
      [{}, [d, c, b, a]],
      [{ customer: "acme" }, [d, b, a]],
      [{ endpoint: other.id }, [c]],
      [{ order: "A1" }, [c, b, a]],
      [{ customer: "acme", order: "A1" }, [b, a]],
      [{ endpoint: erp.id, order: "A1" }, [b, a]],
      [{ event: event.id }, [b, a]],
      [{ state: "failed" }, [c, a]],
      [{ state: "failed", customer: "acme" }, [a]],
      [{ state: "pending", endpoint: erp.id }, [d]],
      [{ fault: "response" }, [c]],
      [{ from: clock.now() }, [d, c]],
      [{ to: clock.now() }, [b, a]],
      [{ from: clock.now() - DAY, to: clock.now() }, []],
      [{ customer: "nobody" }, []],
    ];
    for (const [filter, expected] of cases) {
      expect(await all(filter, 500), JSON.stringify(filter)).toEqual(expected);
      expect(await all(filter, 1), JSON.stringify(filter)).toEqual(expected);
      expect(await deliveries.count(filter), JSON.stringify(filter)).toBe(expected.length);
    }
  });

  it("come newest first in pages, however rare those that fit are", async () => {
    const ids = await addMany(store, erp, 5000, "delivered");
    const rare = [0, 1999, 2000, 2001, 4999].map((at) => ids[at] ?? "");
    await store.database.batch([
      {
        sql: "UPDATE deliveries SET fault = 'response' WHERE id IN (SELECT value FROM each(?))",
        args: [rare],
      },
    ]);
    expect(await all({ fault: "response" }, 2)).toEqual(rare.toReversed());
    expect(await all({}, 499)).toEqual(ids.toReversed());
    expect(await deliveries.count({ endpoint: erp.id, state: "delivered" })).toBe(5000);
  });

  it("let others run while many are looked through", async () => {
    await addMany(store, erp, 6000, "delivered");
    let turns = 0;
    const count = () => {
      turns++;
      turning = setImmediate(count);
    };
    let turning = setImmediate(count);
    expect(await deliveries.count({ fault: "config" })).toBe(0);
    clearImmediate(turning);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it("refuse a cursor that no list has given, and bound the limit", async () => {
    for (const cursor of ["%", "a b", "x".repeat(5000)]) {
      await expect(deliveries.list({}, { cursor })).rejects.toMatchObject({
        status: 422,
        fields: [{ path: "/cursor" }],
      });
    }
    await addMany(store, erp, 600);
    expect((await deliveries.list({}, { limit: 10_000 })).items).toHaveLength(500);
    expect((await deliveries.list({}, { limit: -1 })).items).toHaveLength(1);
    expect((await deliveries.list({})).items).toHaveLength(100);
  });
});
