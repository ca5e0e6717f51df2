import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCustomers } from "../../src/store/customers.js";
import type { Database } from "../../src/store/database.js";
import { createEndpoints, type EndpointChange } from "../../src/store/endpoints.js";
import { openStore, post, registry, type Store, secrets } from "./kit.js";

let store: Store;
beforeEach(async () => {
  store = await openStore();
  for (const customer of ["acme", "other"]) await store.customers.put(customer, {});
});
afterEach(() => store.close());

/** The endpoints as a process sees them that keeps so many bytes; `reads` counts what it asks the database. */
function openCache(cachedBytes: number) {
  const { database: real, clock } = store;
  const reads = { count: 0 };
  const database: Database = {
    ...real,
    jsonOf: (statement) => {
      reads.count++;
      return real.jsonOf(statement);
    },
  };
  const customers = createCustomers({ database: real, clock, registry, secrets });
  const defaultTimeZone = "Europe/Brussels";
  const endpoints = createEndpoints({ database, secrets, customers, clock, registry, defaultTimeZone, cachedBytes });
  return { endpoints, customers, reads };
}

/** So many endpoints, and the bytes of one's settings. */
async function create(count: number, customer = "acme") {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push((await store.endpoints.create(customer, post(`ERP ${at}`))).id);
  const { settings } = await store.database.prisma.endpoint.findUniqueOrThrow({ where: { id: ids[0] ?? "" } });
  return { ids, bytes: settings.length };
}

describe("endpoints in memory", () => {
  it("are bound by the bytes of their settings too: those used longest ago are read again", async () => {
    const { ids, bytes } = await create(3);
    const [a, b, c] = ids as [string, string, string];
    const { endpoints, reads } = openCache(bytes * 2.5);
    for (const id of [a, b, a, c]) await endpoints.get(id);
    expect(reads.count).toBe(3);
    await endpoints.get(a);
    await endpoints.get(c);
    expect(reads.count).toBe(3);
    const again = await endpoints.get(b);
    expect(again?.id).toBe(b);
    expect(reads.count).toBe(4);
    expect(again && endpoints.bytesOf(again)).toBe(bytes);
  });

  it("are listed whole where the list alone is more than may be kept, and kept where it is not", async () => {
    const { ids, bytes } = await create(3);
    await create(1, "other");
    const { endpoints, reads } = openCache(bytes * 2.5);
    const idsOf = async (customer: string) => (await endpoints.forAllOrders(customer)).map(({ id }) => id);
    expect(await idsOf("other")).toHaveLength(1);
    expect(await idsOf("acme")).toEqual(ids);
    expect(await idsOf("acme")).toEqual(ids);
    expect(reads.count).toBe(3);
    expect(await idsOf("other")).toHaveLength(1);
    expect(reads.count).toBe(3);
  });

  it("are listed by one reading for all who ask at the same time, and by another after a change", async () => {
    await create(2);
    const { endpoints, reads } = openCache(1);
    const [first, second] = [endpoints.forAllOrders("acme"), endpoints.forAllOrders("acme")];
    expect(await second).toBe(await first);
    expect(reads.count).toBe(1);
    const before = endpoints.forAllOrders("acme");
    const { id } = await endpoints.create("acme", post("new"));
    const after = endpoints.forAllOrders("acme");
    await before;
    expect((await after).map((endpoint) => endpoint.id)).toContain(id);
  });

  it("hear of a change of their customer though they were too many to be kept: lanes still go by them", async () => {
    const { ids, bytes } = await create(2);
    const { endpoints, customers } = openCache(bytes * 1.5);
    for (const id of ids) await endpoints.get(id);
    const told: EndpointChange[] = [];
    endpoints.onChange((change) => void told.push(change));
    await customers.put("acme", { timeZone: "Europe/Lisbon" });
    await expect.poll(() => told.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });
});
