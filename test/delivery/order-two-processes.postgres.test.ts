import { afterEach, expect, it } from "vitest";
import { createCatalogue } from "../../src/catalogue/index.js";
import { createPublisher } from "../../src/delivery/publish.js";
import type { Claimed } from "../../src/store/claims.js";
import { createRoad, createRoadCommits } from "../../src/store/road.js";
import { registry } from "../store/kit.js";
import { type Ordered, openOrdered } from "../store/ordering-kit.js";
import { recordingQueue, SILENT } from "./kit.js";

let o: Ordered;
afterEach(() => o.close());

/** A publisher as another process has it: with connections and commits of its own. */
function elsewhere() {
  const road = createRoad(o.database, createRoadCommits(o.database), o.clock, "prc_other");
  return createPublisher({
    store: { ...o.publishStore, ...road },
    catalogue: createCatalogue(),
    registry,
    queue: recordingQueue().queue,
    clock: o.clock,
    defaultTimeZone: "Europe/Brussels",
    maxEventBytes: 25 * 1024 * 1024,
    log: SILENT,
  });
}

const item = (order: number, minutes: number) => ({
  customer: "acme",
  order: `A${order}`,
  statusCode: "take",
  statusTime: new Date(Date.UTC(2023, 6, 19, 9) + minutes * 60_000).toISOString(),
});
const waitingFor = () =>
  o.database.json<number>("SELECT count(*) FROM deliveries WHERE state = 'pending' AND waits_for IS NOT NULL");
const left = () => o.database.json<number>("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')");

it("per-order: published in one process while another claims and records, none waits for what has ended", async () => {
  o = await openOrdered({ order: "per-order" });
  const publisher = elsewhere();
  const ORDERS = 10;
  const STATUSES = 30;
  let published = false;
  const publish = async () => {
    for (let minutes = 0; minutes < STATUSES; minutes++)
      await Promise.all(Array.from({ length: ORDERS }, (_, order) => publisher.publish([item(order, minutes)])));
    published = true;
  };
  const sent = new Map<string, number[]>();
  const active = new Set<string>();
  const deliver = async (claimed: Claimed) => {
    const { order, statusTime } = claimed.event;
    // One at a time of each order, and none before an earlier one.
    expect(active.has(order)).toBe(false);
    active.add(order);
    sent.set(order, [...(sent.get(order) ?? []), statusTime]);
    await new Promise((turn) => setImmediate(turn));
    active.delete(order);
    await o.end(claimed, "delivered");
    // As the worker does where a claim went on beside it.
    await o.road.follow({ id: claimed.id, now: o.clock.now(), followers: 1 });
  };
  const work = async () => {
    const underWay: Promise<void>[] = [];
    for (let idle = 0; !published || idle < 20; ) {
      const claims = await o.claim();
      idle = claims.length === 0 && published ? idle + 1 : 0;
      for (const claimed of claims) underWay.push(deliver(claimed));
      if (claims.length === 0) await new Promise((turn) => setTimeout(turn, 5));
    }
    await Promise.all(underWay);
  };
  await Promise.all([publish(), work()]);
  // Nothing was left to wait until it may overtake.
  expect(await waitingFor()).toBe(0);
  expect(await left()).toBe(0);
  expect(sent.size).toBe(ORDERS);
  for (const times of sent.values()) expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(await o.database.json<number>("SELECT count(*) FROM deliveries WHERE overtook IS NOT NULL")).toBe(0);
});

it("latest-only: statuses of one order published by two processes at one moment go out once", async () => {
  o = await openOrdered({ order: "latest-only" });
  const publisher = elsewhere();
  for (let order = 0; order < 30; order++) {
    await Promise.all([o.publisher.publish([item(order, 1)]), publisher.publish([item(order, 2)])]);
    const claims = await o.claim();
    expect(claims.map(({ event }) => new Date(event.statusTime).getUTCMinutes())).toEqual([2]);
    for (const claimed of claims) await o.end(claimed, "delivered");
  }
  const { items } = await o.deliveries.list({ state: "canceled" });
  expect(items).toHaveLength(30);
  expect(items.every(({ supersededBy }) => supersededBy?.startsWith("dlv_"))).toBe(true);
});
