import { afterEach, describe, expect, it } from "vitest";
import { failure, hanging, hostOf, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const SWEEP = 5_000;

let work: WorkedRoad;
afterEach(() => work.close());

const due = async () => (await work.deliveries()).map(({ due_at, expires_at }) => [due_at, expires_at].map(Number));

describe("a wall clock that is set back", () => {
  it("does not strand what waits for a retry, nor what was due and not sent yet", async () => {
    let up = false;
    work = await openWorkedRoad({ send: async () => (up ? OK : Promise.reject(failure())) });
    await work.create("erp");
    work.road.start();
    await work.publish(3);
    await work.run(2_000);
    expect(await work.states()).toEqual({ pending: 3 });
    work.clock.jump(-4 * YEAR);
    up = true;
    await work.run(600_000, 30);
    expect(await work.states()).toEqual({ delivered: 3 });
  });

  it("opens lanes in memory and in the database as soon as before: a Retry-After and the breaker", async () => {
    let up = false;
    const held = failure({ fault: "response", code: "http_429", status: 429, retryAfterMs: HOUR });
    work = await openWorkedRoad({
      send: async (send) => (up ? OK : Promise.reject(hostOf(send) === "busy" ? held : failure())),
    });
    const busy = await work.create("busy");
    const down = await work.create("down");
    work.road.start();
    await work.publish(8);
    await work.run(2_000);
    work.clock.jump(-YEAR);
    await work.run(2 * SWEEP);
    const now = work.clock.now();
    expect(Number((await work.lane(busy.laneId)).held_until) - now).toBeLessThanOrEqual(HOUR);
    expect(Number((await work.lane(busy.laneId)).held_until) - now).toBeGreaterThan(HOUR - 60_000);
    expect(Number((await work.lane(down.laneId)).open_until) - now).toBeLessThanOrEqual(300_000);
    up = true;
    const before = work.sends.length;
    await work.run(HOUR / 2, 20);
    expect(work.sends.slice(before).map(hostOf)).toEqual(Array(8).fill("down"));
    await work.run(HOUR, 40);
    expect(await work.states()).toEqual({ delivered: 16 });
  });

  it("is found at the next start too", async () => {
    work = await openWorkedRoad({ send: () => Promise.resolve(OK) });
    await work.create("erp");
    await work.publish(1);
    await work.store.road.seeClock();
    // The process that published is gone: only the database knows what the clock showed.
    work.clock.jump(-YEAR);
    const [row] = await work.deliveries();
    expect(Number(row?.due_at)).toBeGreaterThan(work.clock.now());
    const restarted = await work.restart();
    restarted.start();
    await work.run(2 * SWEEP);
    await work.until(async () => (await work.delivered()) === 1);
  });

  it("gives what waits its whole time at most", async () => {
    work = await openWorkedRoad({ send: () => Promise.reject(failure()) });
    await work.create("erp", { retry: { giveUpAfter: "2h" } });
    work.road.start();
    await work.publish(1);
    await work.run(2_000);
    work.clock.jump(-YEAR);
    await work.run(3 * HOUR, 60);
    expect(await work.states()).toEqual({ failed: 1 });
  });
});

describe("a wall clock that is set ahead", () => {
  it("moves what is sent meanwhile, and so is met twice, no further than once", async () => {
    work = await openWorkedRoad({ send: () => Promise.reject(failure()) });
    await work.create("down");
    await work.publish(2);
    await work.run(2_000);
    work.clock.jump(YEAR);
    for (let times = 0; times < 2; times++) await work.store.road.moveTimes(YEAR);
    for (const [, expires] of await due()) {
      expect(Number(expires)).toBeGreaterThan(work.clock.now() + 6 * 24 * HOUR);
      expect(Number(expires)).toBeLessThanOrEqual(work.clock.now() + 7 * 24 * HOUR);
    }
  });

  it("expires nothing that had time left: neither what waits, nor what is on its way", async () => {
    const { open, send } = hanging();
    work = await openWorkedRoad({
      send: (sending) => (hostOf(sending) === "hangs" ? send() : Promise.reject(failure())),
    });
    await work.create("hangs", { limits: { concurrency: 2 } });
    await work.create("down");
    work.road.start();
    await work.publish(4);
    await work.run(2_000);
    expect(open).toHaveLength(2);
    work.clock.jump(YEAR);
    // One fails before the sweep has seen the jump, one after it.
    open[0]?.(failure());
    await work.until(async () => (await work.deliveries()).some(({ attempts, fault }) => attempts === 1 && fault));
    await work.run(2 * SWEEP);
    for (const answer of open) answer(failure());
    await work.run(2 * SWEEP);
    for (const answer of open) answer(failure());
    expect((await work.states()).failed).toBeUndefined();
    for (const [, expires] of await due()) {
      expect(Number(expires)).toBeGreaterThan(work.clock.now() + 6 * 24 * HOUR);
      expect(Number(expires)).toBeLessThan(work.clock.now() + 8 * 24 * HOUR);
    }
  });

  it("does not put off what was stored before the machine knew the time", async () => {
    work = await openWorkedRoad({ send: () => Promise.resolve(OK) });
    await work.create("erp");
    await work.publish(1);
    // A machine without a battery starts in the past, and learns the time only then.
    work.clock.jump(-50 * YEAR);
    const restarted = await work.restart();
    restarted.start();
    await work.run(2 * SWEEP);
    work.clock.jump(50 * YEAR);
    await work.run(2 * SWEEP);
    expect(await work.states()).toEqual({ delivered: 1 });
  });

  it("gives what is paused its time back once", async () => {
    work = await openWorkedRoad({ send: () => Promise.reject(failure()) });
    const { id } = await work.create("erp");
    work.road.start();
    await work.publish(1);
    await work.run(1_000);
    await work.store.endpoints.setState(id, "paused", "");
    const [[, before] = []] = await due();
    await work.run(HOUR, 20);
    work.clock.jump(YEAR);
    await work.run(2 * SWEEP);
    await work.store.endpoints.setState(id, "active", "");
    const [[, after] = []] = await due();
    expect(Number(after) - Number(before)).toBeGreaterThan(YEAR + HOUR - 60_000);
    expect(Number(after) - Number(before)).toBeLessThan(YEAR + HOUR + 60_000);
  });
});
