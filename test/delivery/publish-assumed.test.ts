import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { UniqueError } from "../../src/errors.js";
import { post } from "../store/kit.js";
import { eventRow, item, openRoad, type Road } from "./kit.js";

let road: Road;

beforeEach(async () => {
  road = await openRoad();
  await road.customers.put("acme", {});
  await road.endpoints.create("acme", post());
});
afterEach(() => road.close());

/** How often the database was asked for what it knows of events. */
function looks(): () => number {
  const known = vi.spyOn(road.publishStore, "known");
  return () => known.mock.calls.length;
}

it("asks the database nothing of a new event of an ordinary order before its commit", async () => {
  const { publishStore } = road;
  const asked = (["known", "forOrders", "callbackUrls"] as const).map((name) => vi.spyOn(publishStore, name));
  expect(await road.publisher.publish([item({ id: "tms-1" })])).toMatchObject([{ duplicate: false, deliveries: 1 }]);
  for (const spy of asked) expect(spy).not.toHaveBeenCalled();
});

it("finds an id that was published before by the commit that is refused, and looks first for a second", async () => {
  const count = looks();
  const event = item({ id: "tms-1" });
  const [first] = await road.publisher.publish([event]);
  expect(await road.publisher.publish([event])).toEqual([{ id: first?.id, duplicate: true, deliveries: 1 }]);
  expect(count()).toBe(1);
  await road.clock.advance(999);
  await road.publisher.publish([item()]);
  expect(count()).toBe(2);
  await road.clock.advance(1);
  await road.publisher.publish([item()]);
  expect(count()).toBe(2);
});

it("looks first for many events at once", async () => {
  const count = looks();
  await road.publisher.publish(Array.from({ length: 16 }, () => item()));
  expect(count()).toBe(0);
  await road.publisher.publish(Array.from({ length: 17 }, () => item()));
  expect(count()).toBe(1);
});

it("sends an order's status to the order's own endpoints and callback URLs, though it took it for an ordinary one", async () => {
  const callbackUrls = ["https://shop.example/hook"];
  const { endpoints } = await road.orders.put("acme", "own", { details: {}, callbackUrls: [], endpoints: [post()] });
  await road.orders.put("acme", "called", { details: {}, callbackUrls });
  const deliveries = async (order: string) => {
    // The last one was refused: look first no longer.
    await road.clock.advance(1_000);
    const [result] = await road.publisher.publish([item({ order })]);
    const sql = "SELECT json_group_array(endpoint_id) FROM deliveries WHERE event_id = ?";
    return road.database.json<string[]>(sql, String(result?.id));
  };
  const [ordinary] = await deliveries("ordinary");
  expect(await deliveries("own")).toContain(endpoints[0]?.id);
  const called = await deliveries("called");
  expect(called).toHaveLength(2);
  expect(called).toContain(ordinary);
  await road.orders.put("acme", "own", { details: {}, callbackUrls: [], endpoints: [] });
  const count = looks();
  expect(await deliveries("own")).toEqual([ordinary]);
  expect(count()).toBe(0);
});

it("refuses what was planned on a wrong assumption by itself, and writes what is committed with it", async () => {
  await road.orders.put("acme", "called", { details: {}, callbackUrls: ["https://shop.example/hook"] });
  const set = (id: string, order: string) => ({
    events: [eventRow({ id, order })],
    deliveries: [],
    contents: [],
    also: [],
    assumed: [{ customer: "acme", order }],
  });
  const refused = road.road.commit(set("evt_1", "called"));
  const written = road.road.commit(set("evt_2", "ordinary"));
  await expect(refused).rejects.toBeInstanceOf(UniqueError);
  await written;
  const ids = () => road.database.json<string[]>("SELECT json_group_array(id) FROM events");
  expect(await ids()).toEqual(["evt_2"]);
  const kept = () => road.database.json<number>("SELECT count(*) FROM meta WHERE key = 'assumed'");
  expect(await kept()).toBe(0);
});

it("assumes nothing of a request that was refused, however long it waits to be planned again", async () => {
  const event = item({ id: "tms-1" });
  await road.publisher.publish([event]);
  let now = 0;
  vi.spyOn(road.clock, "monotonic").mockImplementation(() => (now += 10_000));
  expect(await road.publisher.publish([event])).toMatchObject([{ duplicate: true }]);
});

it("writes nothing of a request that repeats an event of another before that one is written", async () => {
  const known = item({ id: "tms-1" });
  await road.publisher.publish([known]);
  await road.clock.advance(1_000);
  const both = await Promise.all([road.publisher.publish([known]), road.publisher.publish([known, item()])]);
  expect(both).toMatchObject([[{ duplicate: true }], [{ duplicate: true }, { duplicate: false, deliveries: 1 }]]);
  expect(await road.database.json<number>("SELECT count(*) FROM events")).toBe(2);
});

it("finds a conflict with what is stored, not with what was refused beside it", async () => {
  const stored = item({ id: "tms-1", comment: "stored" });
  await road.publisher.publish([stored]);
  await road.clock.advance(1_000);
  const both = await Promise.allSettled([
    road.publisher.publish([{ ...stored, comment: "other" }]),
    road.publisher.publish([stored]),
  ]);
  expect(both).toMatchObject([
    { status: "rejected", reason: { message: "An id stands for an event with other content." } },
    { status: "fulfilled", value: [{ duplicate: true }] },
  ]);
});
