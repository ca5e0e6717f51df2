import { expect, it } from "vitest";
import { replayable } from "../../src/store/replays.js";
import { addDelivery, addEvent, openStore, post } from "./kit.js";

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
  for await (const set of replayable(store.database, store.endpoints, { customer: "acme" })) found.push(...set);
  expect(found.map(({ eventId, endpoint }) => [eventId, endpoint.id]).sort()).toEqual(
    [
      [event.id, kept.id],
      [other.id, kept.id],
    ].sort(),
  );
});
