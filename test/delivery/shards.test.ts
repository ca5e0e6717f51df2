import { afterEach, describe, expect, it } from "vitest";
import { laneFor, lanesOf, shareOf, wholeLane } from "../../src/delivery/shards.js";
import { post } from "../store/kit.js";
import { endpoint } from "./kit.js";
import { OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const sharded = (shards: number, concurrency = 8, rate: object | null = null) =>
  endpoint(
    { laneId: "ep_a" },
    { ...post(), limits: { shards, concurrency, ...(rate ? { rate: rate as never } : {}) } },
  );

describe("the shards of an endpoint", () => {
  it("are the lane itself and numbered ones", () => {
    expect(lanesOf(sharded(1))).toEqual(["ep_a"]);
    expect(lanesOf(sharded(3))).toEqual(["ep_a", "ep_a~1", "ep_a~2"]);
    expect(lanesOf(sharded(3)).map(wholeLane)).toEqual(["ep_a", "ep_a", "ep_a"]);
    expect(wholeLane("cb_0123")).toBe("cb_0123");
  });

  it("take an order each time in the same lane, and all of them about as many", () => {
    const counts = new Map<string, number>();
    for (let at = 0; at < 4_000; at++) {
      const lane = laneFor(sharded(4), `A${at}`);
      expect(laneFor(sharded(4), `A${at}`)).toBe(lane);
      counts.set(lane, (counts.get(lane) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(lanesOf(sharded(4)));
    for (const count of counts.values()) expect(count).toBeGreaterThan(850);
    expect(laneFor(sharded(1), "A1")).toBe("ep_a");
  });

  it("have concurrency and rate between them, none of it twice and none of it lost", () => {
    for (const [shards, concurrency] of [
      [1, 8],
      [3, 8],
      [4, 4],
      [64, 100],
    ] as const) {
      const shares = lanesOf(sharded(shards, concurrency, { count: 100, per: "second" })).map((lane) =>
        shareOf(lane, sharded(shards, concurrency, { count: 100, per: "second" })),
      );
      expect(shares.reduce((sum, share) => sum + share.concurrency, 0)).toBe(concurrency);
      expect(Math.min(...shares.map((share) => share.concurrency))).toBeGreaterThan(0);
      expect(shares.reduce((sum, share) => sum + (share.rate?.count ?? 0), 0)).toBeCloseTo(100);
    }
  });

  it("leave a lane of more shards than there are now one send at a time", () => {
    expect(shareOf("ep_a~7", sharded(2))).toEqual({ concurrency: 1, rate: null });
  });
});

describe("an endpoint with shards", () => {
  let worked: WorkedRoad;
  afterEach(() => worked.close());

  it("delivers all, within its concurrency, also what waits in the lanes of shards that it has no more", async () => {
    let under = 0;
    let most = 0;
    worked = await openWorkedRoad({
      async send() {
        most = Math.max(most, ++under);
        await new Promise((turn) => setTimeout(turn, 2));
        under--;
        return OK;
      },
    });
    const { id } = await worked.create("erp", { limits: { shards: 4, concurrency: 5 } });
    const { endpoints, database, actions } = worked.store;
    await endpoints.setState(id, "paused", "maintenance");
    await worked.publish(200);
    const lanes = await database.json<string[]>("SELECT json_group_array(DISTINCT lane_id) FROM deliveries");
    expect(lanes.sort()).toEqual([id, `${id}~1`, `${id}~2`, `${id}~3`]);
    await worked.run(10_000, 20);
    expect(await worked.states()).toEqual({ pending: 200 });
    await endpoints.patch(id, { limits: { shards: 2 } });
    expect((await actions.resume(id, "sendAll")).count).toBe(200);
    await worked.until(async () => (await worked.states()).delivered === 200);
    expect(most).toBeLessThanOrEqual(5 + 2);
    expect(most).toBeGreaterThan(1);
  });

  it("cancels what waits in all of its lanes when it is deleted, and shows the fault that holds one of them", async () => {
    worked = await openWorkedRoad({ send: () => Promise.resolve(OK) });
    const { id } = await worked.create("erp", { limits: { shards: 4 } });
    const { endpoints, database, heldLanes } = worked.store;
    await endpoints.setState(id, "paused", "maintenance");
    await worked.publish(40);
    await database.batch([
      { sql: "UPDATE lanes SET held_reason = 'why', held_at = 5 WHERE id = ?", args: [`${id}~2`] },
    ]);
    expect(await heldLanes([id])).toEqual(new Map([[id, { reason: "why", since: 5 }]]));
    await endpoints.patch(id, { timeoutSeconds: 20 });
    expect(await heldLanes([id])).toEqual(new Map());
    await endpoints.delete(id);
    // What was claimed before the pause was heard of is canceled when it comes back.
    await worked.until(async () => (await worked.states()).canceled === 40);
  });
});
