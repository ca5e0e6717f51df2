import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeliveryActions, type DeliveryActions } from "../../src/store/deliveries-actions.js";
import { forgetPayloads } from "../../src/store/forgetting.js";
import { cancelOrphans } from "../../src/store/pending.js";
import { replayable } from "../../src/store/replays.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, addMany, DAY, openStore, post, row, type Store, states } from "./kit.js";

let store: Store;
let actions: DeliveryActions;
let erp: Endpoint;

beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
  actions = createDeliveryActions(store);
});
afterEach(() => store.close());

const failed = {
  state: "failed",
  reason: "expired",
  fault: "response",
  last_error: "500",
  attempts: 11,
  step: 11,
  internal_faults: 2,
  finished_at: 5,
};

describe("a retry", () => {
  it("begins the schedule and the time to live anew, and keeps what was tried", async () => {
    const id = await addDelivery(store, erp, await addEvent(store), failed);
    await store.clock.advance(30 * DAY);
    expect(await actions.retry({ ids: [id, id] })).toEqual({ count: 1, laneIds: [erp.laneId], next: null });
    const now = store.clock.now();
    expect(await row(store, id)).toMatchObject({
      state: "pending",
      reason: "",
      fault: "response",
      last_error: "500",
      attempts: 11,
      step: 0,
      internal_faults: 0,
      finished_at: null,
      due_at: now,
      expires_at: now + 7 * DAY,
    });
  });

  it("leaves what cannot be sent any more, as its payload was forgotten, and so does a replay", async () => {
    const event = await addEvent(store);
    const id = await addDelivery(store, erp, event, failed);
    expect(await forgetPayloads(store.database, [event.id], store.clock.now())).toBe(1);
    expect(await actions.retry({ ids: [id] })).toMatchObject({ count: 0 });
    expect(await actions.retry({ filter: { customer: "acme" } })).toMatchObject({ count: 0 });
    expect(await row(store, id)).toMatchObject({ state: "failed" });
    const { sets } = replayable(store.database, store.endpoints, { customer: "acme" });
    for await (const set of sets) expect(set).toEqual([]);
    const waits = await addEvent(store);
    await addDelivery(store, erp, waits);
    expect(await forgetPayloads(store.database, [waits.id], store.clock.now())).toBe(0);
  });

  it("brings canceled and waiting ones forward, and leaves the others alone", async () => {
    const event = await addEvent(store);
    const add = (state: string) => addDelivery(store, erp, event, { state, due_at: 5 });
    const ids = await Promise.all(["canceled", "pending", "delivered", "sending"].map(add));
    expect((await actions.retry({ ids })).count).toBe(2);
    expect(await states(store)).toEqual({ pending: 2, delivered: 1, sending: 1 });
    expect(await Promise.all(ids.map(async (id) => (await row(store, id)).due_at))).toEqual([
      store.clock.now(),
      store.clock.now(),
      5,
      5,
    ]);
  });

  it("leaves those of deleted endpoints out", async () => {
    const id = await addDelivery(store, erp, await addEvent(store), failed);
    await store.endpoints.delete(erp.id);
    expect(await actions.retry({ ids: [id] })).toEqual({ count: 0, laneIds: [], next: null });
    expect((await row(store, id)).state).toBe("failed");
  });

  it("keeps those of a callback URL at rest out of its lane", async () => {
    const customer = await store.customers.get("acme");
    const [callback] = customer ? await store.endpoints.callbacks(customer, ["https://cb.example.com/"]) : [];
    if (!callback) throw new Error("no endpoint");
    const id = await addDelivery(store, callback, await addEvent(store), failed);
    await store.endpoints.setState(callback.id, "paused", "");
    await actions.retry({ ids: [id] });
    expect(await row(store, id)).toMatchObject({ state: "pending", due_at: Number.MAX_SAFE_INTEGER });
  });

  it("by filter takes what has failed, in sets; a dry run only counts", async () => {
    await addMany(store, erp, 2300, "failed");
    await addMany(store, erp, 5, "canceled");
    const filter = { endpoint: erp.id };
    expect(await actions.retry({ filter }, { dryRun: true })).toEqual({
      count: 2300,
      laneIds: [erp.laneId],
      next: null,
    });
    expect(await states(store)).toEqual({ failed: 2300, canceled: 5 });
    expect(await actions.retry({ filter })).toEqual({ count: 2300, laneIds: [erp.laneId], next: null });
    expect((await actions.retry({ filter: { ...filter, state: "canceled" } })).count).toBe(5);
    expect(await states(store)).toEqual({ pending: 2305 });
  });

  it("of what was delivered is refused", async () => {
    const retry = actions.retry({ filter: { state: "delivered" } });
    await expect(retry).rejects.toMatchObject({ status: 422, fields: [{ path: "/state" }] });
    await expect(actions.cancel({ filter: { state: "failed" } })).rejects.toMatchObject({
      fields: [{ path: "/state" }],
    });
  });
});

describe("a cancellation", () => {
  it("takes only what is pending, by id and by filter; a dry run only counts", async () => {
    const other = await store.endpoints.create("acme", post("Other"));
    const kept = await addMany(store, other, 3);
    await addMany(store, erp, 2100);
    const done = await addDelivery(store, erp, await addEvent(store), { state: "delivered" });
    const filter = { endpoint: erp.id };
    expect(await actions.cancel({ filter }, { dryRun: true })).toEqual({
      count: 2100,
      laneIds: [erp.laneId],
      next: null,
    });
    expect((await actions.cancel({ filter })).count).toBe(2100);
    expect((await actions.cancel({ ids: [done, kept[0] ?? "", "dlv_none"] })).count).toBe(1);
    expect(await states(store)).toEqual({ canceled: 2101, pending: 2, delivered: 1 });
    expect(await row(store, kept[0] ?? "")).toMatchObject({
      reason: "canceled by hand",
      finished_at: BigInt(store.clock.now()),
    });
  });
});

describe("a resume", () => {
  const time = (at: number) => Date.UTC(2023, 0, 1, at);
  const add = async (more: object) => addDelivery(store, erp, await addEvent(store, more));
  const remaining = async (ids: readonly string[]) =>
    Promise.all(
      ids.map(async (id) => ((await row(store, id)).state === "pending" ? "sent" : (await row(store, id)).reason)),
    );

  it("sends all", async () => {
    await addMany(store, erp, 1500);
    await store.endpoints.setState(erp.id, "paused", "x");
    const resumed = await actions.resume(erp.id, "sendAll");
    expect(resumed).toMatchObject({
      count: 1500,
      canceled: 0,
      canceledIds: [],
      laneIds: [erp.laneId],
      endpoint: { state: "active" },
    });
    expect(await states(store)).toEqual({ pending: 1500 });
  });

  it("sends the latest of each order, barcode and container, and never gives a final status up for another", async () => {
    const early = await add({ statusTime: time(1) });
    const latest = await add({ statusTime: time(3) });
    const arrivedLate = await add({ statusTime: time(2) });
    const otherBarcode = await add({ statusTime: time(0), barcode: "B" });
    const delivered = await add({ statusTime: time(1), order: "A2", status: "DELIVERED" });
    const after = await add({ statusTime: time(2), order: "A2" });
    const notOk = await add({ statusTime: time(1), order: "A3", status: "NOTOK" });
    const corrected = await add({ statusTime: time(1), order: "A3", status: "CANCELLED" });
    await store.endpoints.setState(erp.id, "paused", "x");
    expect(await actions.backlog(erp)).toMatchObject({ waiting: 8, waitingMore: false, looked: 8, superseded: 3 });
    const ids = [early, latest, arrivedLate, otherBarcode, delivered, after, notOk, corrected];
    const resumed = await actions.resume(erp.id, "latestPerOrder");
    const gone = "superseded on resume";
    expect(await remaining(ids)).toEqual([gone, "sent", gone, "sent", "sent", "sent", gone, "sent"]);
    expect(resumed).toMatchObject({ count: 5, canceled: 3 });
    expect(resumed.canceledIds.toSorted()).toEqual([early, arrivedLate, notOk].toSorted());
  });

  it("is shown what waits before, counted no further than 10,000", async () => {
    expect(await actions.backlog(erp)).toEqual({
      ...{ waiting: 0, waitingMore: false, since: null, looked: 0, superseded: 0 },
    });
    const since = store.clock.now();
    await addMany(store, erp, 9_000);
    await store.clock.advance(60_000);
    await addMany(store, erp, 1_000);
    expect(await actions.backlog(erp)).toMatchObject({ waiting: 10_000, waitingMore: false, since, looked: 1_000 });
    await addMany(store, erp, 1);
    expect(await actions.backlog(erp)).toMatchObject({ waiting: 10_000, waitingMore: true });
  });

  it("cancels all, with a list", async () => {
    const ids = await addMany(store, erp, 1200);
    const other = await store.endpoints.create("acme", post("Other"));
    await addMany(store, other, 3);
    await store.endpoints.setState(erp.id, "disabled", "410");
    const resumed = await actions.resume(erp.id, "cancel");
    expect(resumed).toMatchObject({ count: 0, canceled: 1200, endpoint: { state: "active" } });
    expect(resumed.canceledIds.toSorted()).toEqual(ids);
    expect(await states(store)).toEqual({ canceled: 1200, pending: 3 });
  });

  it("of an endpoint that is not there is refused", async () => {
    await expect(actions.resume("ep_none", "sendAll")).rejects.toMatchObject({ status: 404 });
  });
});

describe("what a deletion left", () => {
  it("is canceled later", async () => {
    const customer = await store.customers.get("acme");
    const urls = ["https://cb.example.com/a", "https://cb.example.com/b"];
    const [gone, stays] = customer ? await store.endpoints.callbacks(customer, urls) : [];
    if (!gone || !stays) throw new Error("no endpoints");
    await store.endpoints.delete(erp.id);
    await store.endpoints.delete(gone.id);
    const event = await addEvent(store);
    const left = [await addDelivery(store, erp, event), await addDelivery(store, gone, event)];
    const kept = await addDelivery(store, stays, event);
    const deletedAt = store.clock.now();
    expect(await cancelOrphans(store.database, deletedAt, deletedAt + 1)).toBe(0);
    expect(await cancelOrphans(store.database, store.clock.now())).toBe(2);
    for (const id of left)
      expect(await row(store, id)).toMatchObject({ state: "canceled", reason: "endpoint deleted" });
    expect((await row(store, kept)).state).toBe("pending");
  });
});
