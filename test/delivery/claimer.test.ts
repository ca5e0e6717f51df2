import { expect, it } from "vitest";
import { Claimer } from "../../src/delivery/claimer.js";
import { HeldClaims } from "../../src/delivery/held-claims.js";
import { Holders } from "../../src/delivery/holders.js";
import { createLane } from "../../src/delivery/lane.js";
import { Lanes } from "../../src/delivery/lanes.js";
import { WallClock } from "../../src/delivery/wall-clock.js";
import type { WorkerOptions } from "../../src/delivery/worker-options.js";
import type { ClaimAnswer, ClaimRequest } from "../../src/store/claims.js";
import { manualClock } from "../support/clock.js";
import { endpoint, recordingQueue, SILENT } from "./kit.js";

/** A claimer whose store gives these answers, one by one; `shared`: as one of several processes. */
function claimerOf(answers: Partial<ClaimAnswer>[], shared: boolean) {
  const clock = manualClock();
  const asked: ClaimRequest[] = [];
  const passed: string[] = [];
  const { queue, wakeUps } = recordingQueue();
  const store = {
    claim: async (request: ClaimRequest) => {
      asked.push(request);
      return { claims: [], heldBy: null, fence: null, spentMs: 0, ...answers.shift() };
    },
    laneState: async () => null,
    laneEndpoint: async () => null,
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
  const lane = createLane(state, endpoint({ laneId: "ep_1" }));
  const claimer = new Claimer(options, new Lanes(options.store), () => undefined);
  return { claim: () => claimer.claim(lane, 8), clock, asked, passed, wakeUps, holders: options.holders, lane };
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
