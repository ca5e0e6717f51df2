import { expect, it } from "vitest";
import { Claimer } from "../../src/delivery/claimer.js";
import { HeldClaims } from "../../src/delivery/held-claims.js";
import { Holders } from "../../src/delivery/holders.js";
import { createLane } from "../../src/delivery/lane.js";
import { Lanes } from "../../src/delivery/lanes.js";
import { WallClock } from "../../src/delivery/wall-clock.js";
import type { WorkerOptions } from "../../src/delivery/worker-options.js";
import type { ClaimAnswer, Claimed, ClaimRequest } from "../../src/store/claims.js";
import type { LaneState } from "../../src/store/lanes.js";
import type { Endpoint } from "../../src/types.js";
import { manualClock } from "../support/clock.js";
import { claimed, endpoint, recordingQueue, SILENT } from "./kit.js";

/** A claimer whose store gives these answers, one by one; `shared`: as one of several processes. */
function claimerOf(
  answers: Partial<ClaimAnswer>[],
  shared: boolean,
  more: Partial<Endpoint> = {},
  laneState: () => Promise<LaneState | null> = async () => null,
) {
  const clock = manualClock();
  const asked: ClaimRequest[] = [];
  const passed: string[] = [];
  const { queue, wakeUps } = recordingQueue();
  const store = {
    claim: async (request: ClaimRequest) => {
      asked.push(request);
      return { claims: [], heldBy: null, fence: null, spentMs: 0, ...answers.shift() };
    },
    laneState,
    nextDue: async () => null,
    laneEndpoint: async () => endpoint({ laneId: "ep_1", ...more }),
    ...(shared ? { renew: async () => undefined } : {}),
  };
  const options = {
    store,
    clock,
    log: SILENT,
    queue: { ...queue, pass: (holder: string, lane: string) => void passed.push(`${holder} ${lane}`) },
    held: new HeldClaims(new WallClock(clock)),
    holders: new Holders(clock),
    nameFiles: async (claims: unknown) => claims,
  } as unknown as WorkerOptions;
  const state = { id: "ep_1", heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false };
  const lane = createLane(state, endpoint({ laneId: "ep_1", ...more }));
  const released: Claimed[] = [];
  const claimer = new Claimer(options, new Lanes(options), (one) => void released.push(one));
  return {
    claim: () => claimer.claim(lane, 8),
    clock,
    asked,
    passed,
    wakeUps,
    holders: options.holders,
    lane,
    released,
  };
}

it("claims what another process, whose clock is a little ahead, has just published as due", async () => {
  const alone = claimerOf([], false);
  await alone.claim();
  expect(alone.asked[0]?.now).toBe(alone.clock.now());
  const one = claimerOf([], true);
  await one.claim();
  expect(one.asked[0]?.now).toBe(one.clock.now() + 250);
});

it("passes the wake-up on to the process that works the lane, and remembers it until it works the lane itself", async () => {
  const { claim, passed, holders } = claimerOf([{ heldBy: "prc_2" }, { fence: 1 }], true);
  expect(await claim()).toBe("not ours");
  expect(passed).toEqual(["prc_2 ep_1"]);
  expect(holders.of("ep_1")).toBe("prc_2");
  expect(await claim()).toBe("claimed");
  expect(holders.of("ep_1")).toBeNull();
});

it("looks again in a moment where nobody can say yet who was faster", async () => {
  const { claim, passed, holders, wakeUps, clock } = claimerOf([{ heldBy: "" }], true);
  expect(await claim()).toBe("not ours");
  expect(passed).toEqual([]);
  expect(holders.of("ep_1")).toBeNull();
  expect(wakeUps).toEqual([{ laneId: "ep_1", at: clock.now() + 20 }]);
});

const LIMITS = { concurrency: 1, rate: { count: 10, per: "second" }, shards: 1, batch: { maxEvents: 1, maxWaitMs: 0 } };
const limited = { limits: LIMITS } as unknown as Partial<Endpoint>;

it("takes over what another process knew of a lane; where that cannot be read, with the next claim", async () => {
  let fails = true;
  const state = { id: "ep_1", heldReason: null, heldUntil: 77, failures: 0, openUntil: 0, failing: true };
  const { claim, lane, released, clock } = claimerOf(
    [
      { claims: [claimed()], fence: 2, spentMs: 4_000 },
      { fence: 2, spentMs: 3_000 },
    ],
    true,
    limited,
    async () => {
      if (fails) throw new Error("the database is away");
      return state;
    },
  );
  expect(await claim()).toBe("failed");
  expect(lane.fence).toBeNull();
  expect(released).toHaveLength(1);
  fails = false;
  expect(await claim()).toBe("claimed");
  expect(lane).toMatchObject({ fence: 2, heldUntil: 77, failing: true });
  expect(lane.limiter?.wait(clock.monotonic())).toBe(3_000);
});

it("gives no new burst to a lane that this process had forgotten", async () => {
  const { claim, lane, clock } = claimerOf([{ fence: 1, spentMs: 2_000 }], true, limited);
  await claim();
  expect(lane.limiter?.wait(clock.monotonic())).toBe(2_000);
});
