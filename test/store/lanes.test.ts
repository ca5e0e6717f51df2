import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeliveryActions } from "../../src/store/deliveries-actions.js";
import { expireWaiting, laneState } from "../../src/store/lanes.js";
import { PARKED } from "../../src/store/pending.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, DAY, openStore, post, row, type Store } from "./kit.js";

let store: Store;
let erp: Endpoint;
let expired = "";
let waiting = "";

beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
  const event = await addEvent(store);
  const now = store.clock.now();
  expired = await addDelivery(store, erp, event, { expires_at: now, due_at: now - 10 });
  waiting = await addDelivery(store, erp, event, { expires_at: now + 1, due_at: now - 20 });
});
afterEach(() => store.close());

const expire = (limit?: number) => expireWaiting(store.database, erp.laneId, store.clock.now(), limit);
const hold = (reason: string | null) =>
  store.database.batch([{ sql: "UPDATE lanes SET held_reason = ? WHERE id = ?", args: [reason, erp.laneId] }]);

describe("expireWaiting", () => {
  it("fails what has waited too long, and tells the lane's alert", async () => {
    const now = BigInt(store.clock.now());
    expect(await expire()).toBe(1);
    expect(await row(store, expired)).toMatchObject({ state: "failed", reason: "expired", finished_at: now });
    expect(await row(store, waiting)).toMatchObject({ state: "pending" });
    const lane = await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } });
    expect(lane).toMatchObject({ given_up_at: now, alert_at: now });
    expect(await expire()).toBe(0);
  });

  it("leaves what was retried by hand meanwhile", async () => {
    const { retry } = createDeliveryActions(store);
    const [gone, retried] = await Promise.all([expire(), retry({ ids: [expired] })]);
    const { state } = await row(store, expired);
    expect([gone, retried.count, state]).toEqual([1, 1, "pending"]);
  });

  it.each(["paused", "disabled"] as const)("leaves what waits for an endpoint that is %s", async (state) => {
    await store.endpoints.setState(erp.id, state, "by hand");
    expect(await expire()).toBe(0);
    await store.endpoints.setState(erp.id, "active", "");
    // Given back the time that it could not be sent in, it has none left but that.
    await store.clock.advance(1);
    expect(await expire()).toBe(2);
  });

  it("leaves what waits in a lane that is held, however long", async () => {
    await hold("wrong folder");
    await store.clock.advance(365 * 86_400_000);
    expect(await expire()).toBe(0);
    expect(await row(store, expired)).toMatchObject({ state: "pending" });
  });

  it.each(["a change of its endpoint", "a resume"])(
    "leaves what waited in a lane that was held as much time as it had, after %s",
    async (released) => {
      await store.clock.advance(DAY);
      const args = [store.clock.now(), erp.laneId];
      await store.database.batch([{ sql: "UPDATE lanes SET held_reason = 'h', held_at = ? WHERE id = ?", args }]);
      await store.clock.advance(DAY);
      const later = await addDelivery(store, erp, await addEvent(store));
      // Also stopped for the last of the eight days: no time is given back twice.
      await store.clock.advance(6 * DAY);
      await store.endpoints.setState(erp.id, "paused", "by hand");
      await store.clock.advance(DAY);
      if (released === "a resume") await store.endpoints.setState(erp.id, "active", "");
      else {
        await store.endpoints.patch(erp.id, { timeoutSeconds: 3 });
        await store.endpoints.setState(erp.id, "active", "");
      }
      const now = store.clock.now();
      expect((await row(store, later)).expires_at).toBe(now + 7 * DAY);
      expect((await row(store, waiting)).expires_at).toBe(now - DAY + 1);
      expect(await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } })).toMatchObject({
        held_reason: null,
        held_at: null,
      });
    },
  );

  it("leaves what is parked or not due again yet, and what is on its way", async () => {
    const event = await addEvent(store);
    const now = store.clock.now();
    const parked = await addDelivery(store, erp, event, { expires_at: now - 5, due_at: PARKED });
    const sending = await addDelivery(store, erp, event, { expires_at: now - 5, state: "sending" });
    expect(await expire()).toBe(1);
    expect(await row(store, parked)).toMatchObject({ state: "pending" });
    expect(await row(store, sending)).toMatchObject({ state: "sending" });
  });

  it("goes no further than its limit", async () => {
    expect(await expire(1)).toBe(0);
    expect(await expire(2)).toBe(1);
  });
});

describe("laneState", () => {
  it("is what keeps a lane from sending", async () => {
    const args = [erp.laneId];
    await store.database.batch([
      {
        sql: "UPDATE lanes SET held_reason = 'h', held_until = 5, failures = 6, open_until = 7, failing_since = 1 WHERE id = ?",
        args,
      },
    ]);
    expect(await laneState(store.database, erp.laneId)).toEqual({
      id: erp.laneId,
      heldReason: "h",
      heldUntil: 5,
      failures: 6,
      openUntil: 7,
      failing: true,
    });
  });

  it("is nothing for a lane that never failed, and null for one that does not exist", async () => {
    const wanted = { heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false };
    expect(await laneState(store.database, erp.laneId)).toEqual({ id: erp.laneId, ...wanted });
    expect(await laneState(store.database, "ep_none")).toBeNull();
  });
});
