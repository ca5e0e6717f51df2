import { afterEach, describe, expect, it } from "vitest";
import { failure, OK, openWorkedRoad, type WorkedRoad, type WorkedRoadOptions } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"]) => {
  worked = await openWorkedRoad({ send });
};

describe("the sweep", () => {
  it("wakes what no wake-up has told of, within five seconds", async () => {
    await open(() => Promise.resolve(OK));
    await worked.create("erp");
    worked.road.start();
    await worked.publish(3);
    await worked.until(async () => (await worked.delivered()) === 3);
    await worked.store.database.batch([
      { sql: "UPDATE deliveries SET state = 'pending', finished_at = NULL", args: [] },
    ]);
    await worked.run(5_000);
    await worked.until(async () => (await worked.delivered()) === 3);
    expect(worked.sends).toHaveLength(6);
  });

  it("gives up what waited too long behind a receiver that is down", async () => {
    await open(() => Promise.reject(failure()));
    const erp = await worked.create("erp", { limits: { concurrency: 1 }, retry: { giveUpAfter: "15m" } });
    worked.road.start();
    await worked.publish(40);
    await worked.run(25 * 60_000, 60);
    expect(await worked.states()).toEqual({ failed: 40 });
    const rows = await worked.deliveries();
    expect(rows.every(({ reason }) => reason === "expired")).toBe(true);
    expect(rows.some(({ attempts }) => attempts === 0)).toBe(true);
    expect((await worked.lane(erp.laneId)).given_up_at).not.toBeNull();
  });

  it("lets no time pass for what waits for an endpoint that is paused", async () => {
    await open(() => Promise.resolve(OK));
    const erp = await worked.create("erp", { retry: { giveUpAfter: "10m" } });
    await worked.store.endpoints.setState(erp.id, "paused", "by hand");
    worked.road.start();
    await worked.publish(3);
    await worked.run(30 * 60_000);
    expect(await worked.states()).toEqual({ pending: 3 });
    await worked.store.endpoints.setState(erp.id, "active", "");
    await worked.run(10_000);
    expect(await worked.states()).toEqual({ delivered: 3 });
  });

  it("stops with the road", async () => {
    await open(() => Promise.resolve(OK));
    worked.road.start();
    await worked.run(6_000);
    const stopped = worked.road.stop(100);
    await worked.run(1_000);
    await stopped;
    expect(worked.clock.waiting).toBe(0);
  });
});
