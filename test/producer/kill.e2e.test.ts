import { afterEach, beforeEach, expect, it } from "vitest";
import { createProducer } from "../../src/producer/index.js";
import { killAll, serve } from "../support/serve.js";
import { ADMIN_KEY, callApi, temporaryFolder, until } from "../support/service.js";

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(async () => {
  await killAll();
  remove();
});

/** How often each of the TMS's ids stands in the service, and in which order those of an order were taken. */
async function stored(url: string) {
  const times = new Map<string, number>();
  const byOrder = new Map<string, { id: string; externalId: string }[]>();
  for (let cursor = ""; ; ) {
    const path = `/v1/events?limit=500${cursor && `&cursor=${cursor}`}`;
    const { body } = await callApi<{
      items: { id: string; externalId: string; order: string }[];
      next: string | null;
    }>(url, "GET", path);
    for (const { id, externalId, order } of body.items) {
      times.set(externalId, (times.get(externalId) ?? 0) + 1);
      byOrder.set(order, [...(byOrder.get(order) ?? []), { id, externalId }]);
    }
    if (!body.next) break;
    cursor = body.next;
  }
  const orders = [...byOrder.values()].map((list) =>
    list.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ externalId }) => Number(externalId)),
  );
  return { times, orders };
}

it("loses and doubles nothing, and keeps the order, while the service is killed and started again", async () => {
  let served = await serve(folder);
  const { url } = served;
  await callApi(url, "PUT", "/v1/customers/acme", {});
  const producer = createProducer({ url, key: ADMIN_KEY, maxWaiting: 500, maxBatch: 50, retry: { firstMs: 50 } });
  let stopped = false;
  let given = 0;
  const results: Promise<unknown>[] = [];
  const load = (async () => {
    while (!stopped) {
      await producer.ready();
      const id = String(given++);
      const event = { id, customer: "acme", order: `o${given % 37}`, statusCode: "take" };
      results.push(producer.publish({ ...event, statusTime: "2026-01-02T03:04:05Z" }));
      if (given % 25 === 0) await new Promise((turn) => setTimeout(turn, 1));
    }
  })();
  for (let round = 1; round <= 3; round++) {
    const target = producer.stats.published + 1000;
    await until(() => producer.stats.published > target, 30_000, "publishing");
    await served.kill();
    await until(() => producer.stats.held === 500, 10_000, "back-pressure");
    served = await serve(folder, { PORT: new URL(url).port });
  }
  stopped = true;
  await load;
  await producer.close();
  await Promise.all(results);
  const { times, orders } = await stored(url);
  expect(times.size).toBe(given);
  expect(new Set(times.values())).toEqual(new Set([1]));
  for (const numbers of orders) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(producer.stats.retries).toBeGreaterThan(0);
});
