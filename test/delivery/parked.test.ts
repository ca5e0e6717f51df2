import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atRest } from "../../src/delivery/lane.js";
import { newDelivery } from "../../src/delivery/new-delivery.js";
import { newId } from "../../src/ids.js";
import { PARKED, unparkStrays } from "../../src/store/pending.js";
import type { Endpoint } from "../../src/types.js";
import { OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const URLS = ["https://cb.example/rests", "https://cb.example/goes"];
let worked: WorkedRoad;
let rests: Endpoint;

beforeEach(async () => {
  worked = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  const customer = await worked.store.endpoints.requireCustomer("acme");
  const [first] = await worked.store.endpoints.callbacks(customer, URLS);
  if (!first) throw new Error("no endpoint was made");
  rests = await worked.store.endpoints.setState(first.id, "paused", "by hand");
});
afterEach(() => worked.close());

const resume = () => worked.store.endpoints.setState(rests.id, "active", "");
const parked = () => worked.store.database.prisma.delivery.count({ where: { due_at: PARKED, state: "pending" } });

describe("deliveries of a callback URL that is resumed", () => {
  it("all go, though its lane is at work for a neighbour while thousands are made due", async () => {
    await worked.publish(1_000, { callbackUrls: [URLS[0]] });
    expect(await parked()).toBe(1_000);
    const resumed = resume();
    for (let at = 0; at < 10; at++) await worked.publish(1, { callbackUrls: [URLS[1]] });
    await resumed;
    await worked.until(async () => (await worked.delivered()) === 1_010, "the delivery of all");
    expect(await parked()).toBe(0);
  });

  it("are not parked by a record that was made before and is written after", async () => {
    await worked.publish(1, { callbackUrls: [URLS[0]] });
    const [delivery] = await worked.deliveries();
    await worked.store.database.prisma.delivery.updateMany({ data: { due_at: 5 } });
    const { road, database } = worked.store;
    const claim = { laneId: rests.laneId, limit: 1, now: worked.clock.now(), token: newId("clm") };
    const times = { until: 1e9, startMs: 1e9, sendMs: 0 };
    const {
      claims: [claimed],
    } = await road.claim({ ...claim, ...times });
    if (!claimed) throw new Error("nothing was claimed");
    await database.prisma.endpoint.update({ where: { id: rests.id }, data: { state: "active", version: 9 } });
    await road.record(atRest(claimed, rests, worked.clock.now()));
    const found = await database.prisma.delivery.findUniqueOrThrow({ where: { id: delivery?.id ?? "" } });
    expect(found).toMatchObject({ state: "pending", due_at: 5n });
  });

  it("are not parked by a publish that saw it at rest and is committed after", async () => {
    await worked.publish(1, { callbackUrls: [URLS[0]] });
    const [event] = await worked.store.events.rows([(await worked.deliveries())[0]?.event_id ?? ""]);
    if (!event) throw new Error("the event is gone");
    await resume();
    const late = newDelivery({ row: event }, rests, worked.clock.now());
    expect(late.dueAt).toBe(PARKED);
    await worked.store.road.commit({ events: [], deliveries: [late], contents: [], also: [] });
    expect(await parked()).toBe(0);
  });

  it("stay parked as long as it is at rest", async () => {
    await worked.publish(3, { callbackUrls: URLS });
    worked.road.start();
    await worked.run(60_000);
    expect(await parked()).toBe(3);
    expect(await unparkStrays(worked.store.database, worked.clock.now())).toBe(0);
  });

  it("are found at the next start when the resume was cut short", async () => {
    await worked.publish(3, { callbackUrls: [URLS[0]] });
    const active = { state: "active", version: 9 };
    await worked.store.database.prisma.endpoint.update({ where: { id: rests.id }, data: active });
    expect(await unparkStrays(worked.store.database, worked.clock.now())).toBe(3);
    expect(await parked()).toBe(0);
  });
});
