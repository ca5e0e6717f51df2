import { afterEach, describe, expect, it } from "vitest";
import { HeldClaims } from "../../src/delivery/held-claims.js";
import { Leader } from "../../src/delivery/leader.js";
import { createSweep, type SweepStore } from "../../src/delivery/sweep.js";
import type { Tally } from "../../src/delivery/tally.js";
import { WallClock } from "../../src/delivery/wall-clock.js";
import { manualClock } from "../support/clock.js";
import { recordingQueue, SILENT } from "./kit.js";
import { failure, OK, openWorkedRoad, type WorkedRoad, type WorkedRoadOptions } from "./worked-road.js";

let worked: WorkedRoad;

const open = async (send: WorkedRoadOptions["send"]) => {
  worked = await openWorkedRoad({ send });
};

describe("the sweep", () => {
  afterEach(() => worked.close());

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
    // What was sent is written down a moment later, and before the next sweep.
    await worked.until(async () => {
      await worked.run(60, 1);
      return (await worked.delivered()) === 3;
    });
    expect(worked.clock.monotonic()).toBeLessThan(10_000);
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

/** A sweep of one of several processes, over a store that only counts; `leads`: whether it gets the lead it asks for. */
function sweepOf({ leads, queueIsUp = true }: { leads: () => boolean; queueIsUp?: boolean }) {
  const clock = manualClock();
  const { queue, wakeUps } = recordingQueue();
  const seen = { asked: 0, looks: 0, swept: [] as boolean[], passed: [] as string[] };
  const fails = { now: false };
  const wall = new WallClock(clock);
  const store: SweepStore = {
    async dueLanes() {
      seen.looks++;
      if (fails.now) throw new Error("broken here");
      return [
        { laneId: "due", at: 0 },
        { laneId: "later", at: clock.now() + 60_000 },
      ];
    },
    releaseExpired: async () => ({ released: 0, failed: 0, failedLanes: [] }),
    cancelOrphans: async () => 0,
    forgetOld: async () => ({ events: 0, payloads: 0 }),
    purge: async () => [],
    forgetAudit: async () => 0,
    expireWaiting: async () => 0,
    disableFailing: async () => undefined,
    clockSeen: async () => null,
    seeClock: async () => undefined,
    moveTimes: async () => undefined,
  };
  const tally = { swept: (done: boolean) => void seen.swept.push(done), claimsExpired() {}, gaveUp() {} };
  const sweep = createSweep({
    store,
    queue: {
      ...queue,
      pass: (process, lane) => void seen.passed.push(`${process} ${lane}`),
      state: () => ({ ok: queueIsUp, detail: "" }),
    },
    clock,
    log: SILENT,
    auditDays: null,
    held: () => new HeldClaims(wall).tokens(),
    processId: "prc_1",
    wall,
    setBack: () => undefined,
    tally: tally as unknown as Tally,
    leader: new Leader(clock, async () => {
      seen.asked++;
      return leads();
    }),
  });
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 1_000) {
      await clock.advance(1_000);
      await new Promise((turn) => setImmediate(turn));
    }
  };
  return { sweep, seen, fails, run, wakeUps };
}

describe("the sweep of one of several processes", () => {
  it("is done by the one that has the lead, and counted by no other", async () => {
    const follower = sweepOf({ leads: () => false });
    follower.sweep.start();
    await follower.run(20_000);
    expect(follower.seen).toMatchObject({ asked: 4, looks: 0, swept: [] });
    const leader = sweepOf({ leads: () => true });
    leader.sweep.start();
    await leader.run(20_000);
    expect(leader.seen.swept.every(Boolean)).toBe(true);
    expect(leader.seen.swept.length).toBeGreaterThan(3);
    expect(leader.wakeUps).toContainEqual({ laneId: "due", at: 0 });
  });

  it("is left to another process when it fails: the lead is not asked for until it has run out", async () => {
    const { sweep, seen, fails, run } = sweepOf({ leads: () => true });
    fails.now = true;
    sweep.start();
    await run(19_000);
    expect(seen.asked).toBe(1);
    // For as long as it has the lead it tries itself.
    expect(seen.swept).toEqual([false, false, false]);
    fails.now = false;
    await run(10_000);
    expect(seen.asked).toBeGreaterThan(1);
    expect(seen.swept.at(-1)).toBe(true);
  });

  it("is no help while wake-ups reach nobody: each process looks for its lanes itself", async () => {
    const { sweep, seen, run } = sweepOf({ leads: () => false, queueIsUp: false });
    sweep.start();
    await run(6_000);
    expect(seen.passed).toContain("prc_1 due");
    expect(seen.passed).not.toContain("prc_1 later");
  });
});
