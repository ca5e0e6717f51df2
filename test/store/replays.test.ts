import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeliveryFilter } from "../../src/store/deliveries.js";
import type { EventRow } from "../../src/store/event-rows.js";
import { forgetPayloads } from "../../src/store/forgetting.js";
import { replayable } from "../../src/store/replays.js";
import { addDelivery, addEvent, openStore, post, type Store } from "./kit.js";

it("finds each event and endpoint once, by its newest delivery, and none of deleted endpoints", async () => {
  const store = await openStore();
  await store.customers.put("acme", {});
  const kept = await store.endpoints.create("acme", post());
  const deleted = await store.endpoints.create("acme", { ...post(), name: "deleted" });
  const event = await addEvent(store);
  const other = await addEvent(store);
  await addDelivery(store, kept, event);
  await addDelivery(store, kept, event);
  await addDelivery(store, kept, other);
  await addDelivery(store, deleted, event);
  await store.endpoints.delete(deleted.id);
  const found = [];
  for await (const set of replayable(store.database, store.endpoints, { customer: "acme" }).sets) found.push(...set);
  expect(found.map(({ eventId, endpoint }) => [eventId, endpoint.id]).sort()).toEqual(
    [
      [event.id, kept.id],
      [other.id, kept.id],
    ].sort(),
  );
});

it("makes no delivery of an event that was forgotten after it was read, or is gone", async () => {
  const store = await openStore();
  await store.customers.put("acme", {});
  const endpoint = await store.endpoints.create("acme", post());
  const [kept, forgotten] = [await addEvent(store), await addEvent(store)];
  await forgetPayloads(store.database, [forgotten.id], store.clock.now());
  for (const event of [kept, forgotten, { ...kept, id: "evt_gone" }]) await addDelivery(store, endpoint, event);
  expect(await store.database.json("SELECT json_group_array(event_id) FROM deliveries")).toEqual([kept.id]);
  await store.close();
});

describe("a delivery that was replayed before", () => {
  const found = async (filter: DeliveryFilter) => {
    const eventIds: string[] = [];
    for await (const set of replayable(store.database, store.endpoints, filter).sets) {
      eventIds.push(...set.map(({ eventId }) => eventId));
      // As the replay does: what it makes must not be found by the same call.
      for (const { endpoint } of set) await addDelivery(store, endpoint, event);
    }
    return eventIds;
  };
  let store: Store;
  let event: EventRow;

  beforeEach(async () => {
    store = await openStore();
    await store.customers.put("acme", {});
    event = await addEvent(store);
    await addDelivery(store, await store.endpoints.create("acme", post()), event);
  });
  afterEach(() => store.close());

  it("is found again by each further call, once", async () => {
    for (let time = 0; time < 3; time++) expect(await found({ customer: "acme" })).toEqual([event.id]);
  });

  it("is found by a time that leaves the newer ones out", async () => {
    const from = store.clock.now();
    await store.clock.advance(1_000);
    await found({ customer: "acme" });
    expect(await found({ event: event.id, from, to: from + 1 })).toEqual([event.id]);
  });
});
