import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { contentStatements, newContent } from "../../src/store/contents.js";
import { createOrders } from "../../src/store/orders.js";
import { createPurges } from "../../src/store/purges.js";
import { addDelivery, addEvent, openStore, post, registry, type Store } from "./kit.js";

/** In no other text: an order, who gets it, a comment of many pages and a picture. */
const TRACES = ["Zonnebloem-4711", "Jan-Janssens", "leave-it-with-the-neighbours", "UGljdHVyZS1vZi1KYW4"];
const DATA = `data:image/png;base64,${"UGljdHVyZS1vZi1KYW4".repeat(4_000)}`;
const TEN_MINUTES = 600_001;

let store: Store;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.close());

/** Which traces stand in the database's files, byte for byte. */
function tracesLeft(): string[] {
  const files = readdirSync(store.folder).map((name) => readFileSync(join(store.folder, name)));
  return TRACES.filter((trace) => files.some((bytes) => bytes.includes(trace)));
}

it("overwrites a purged order in the file, and empties the log", async () => {
  const [order = "", name = "", comment = ""] = TRACES;
  await store.customers.put("acme", {});
  const erp = await store.endpoints.create("acme", post());
  await createOrders({ ...store, registry }).put("acme", order, { details: { recipient: { name } }, callbackUrls: [] });
  const { data, ...picture } = newContent(DATA);
  await store.database.batch(contentStatements([{ data, ...picture }]));
  const body = { comment: comment.repeat(2_000), pictures: [picture] };
  const event = await addEvent(store, { order, body });
  await addDelivery(store, erp, event, { state: "delivered" });
  // Others lie between: pages are split, joined and used again.
  for (let at = 0; at < 50; at++) await addEvent(store, { order: `A${at}`, body: { comment: "x".repeat(3_000) } });
  expect(tracesLeft()).toEqual(TRACES);
  const purges = createPurges(store);
  await purges.request({ customer: "acme", order }, "ticket 7");
  await purges.run(() => false);
  await store.clock.advance(TEN_MINUTES);
  expect(await purges.run(() => false)).toHaveLength(1);
  expect(tracesLeft()).toEqual([]);
});
