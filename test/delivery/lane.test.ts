import { describe, expect, it } from "vitest";
import {
  adaptBatch,
  allowance,
  claimSize,
  createLane,
  LARGEST_CLAIM,
  type Lane,
  opensAt,
  setEndpoint,
} from "../../src/delivery/lane.js";
import type { LaneState } from "../../src/store/lanes.js";
import type { Endpoint } from "../../src/types.js";
import { endpoint, NOW } from "./kit.js";

const idle: LaneState = { id: "ep_1", heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false };
const limited = (limits: Partial<Endpoint["limits"]>) => endpoint({ limits: { ...endpoint().limits, ...limits } });
const laneOf = (limits: Partial<Endpoint["limits"]> = {}, state: Partial<LaneState> = {}) =>
  answered(createLane({ ...idle, ...state }, limited(limits)));
const answered = (lane: Lane): Lane => Object.assign(lane, { answered: true });

describe("claims", () => {
  it("begin as large as the concurrency and double while they go out quickly, up to a bound", () => {
    const lane = laneOf();
    const sizes: number[] = [];
    for (let claim = 0; claim < 8; claim++) {
      sizes.push(claimSize(lane, NOW));
      adaptBatch(lane, lane.claimedAt + 50);
    }
    expect(sizes).toEqual([8, 16, 32, 64, 128, 256, LARGEST_CLAIM, LARGEST_CLAIM]);
  });

  it("shrink while they take long, not below the concurrency", () => {
    const lane = laneOf();
    lane.batch = 32;
    const sizes = Array.from({ length: 4 }, () => {
      adaptBatch(lane, 5_000);
      return claimSize(lane, NOW);
    });
    expect(sizes).toEqual([16, 8, 8, 8]);
  });

  it("are no larger than what the rate lets go in five seconds", () => {
    const lane = laneOf({ rate: { count: 2, per: "second" } });
    lane.batch = 256;
    expect(claimSize(lane, NOW)).toBe(10);
    expect(claimSize(laneOf({ rate: { count: 1, per: "hour" } }), NOW)).toBe(1);
    expect(claimSize(createLane(idle, limited({ rate: { count: 1, per: "hour" } })), NOW)).toBe(1);
  });

  it("are one probe while the breaker closes, and none while it is open or the probe is under way", () => {
    const lane = laneOf({}, { failures: 5, openUntil: NOW + 1_000 });
    expect(claimSize(lane, NOW)).toBe(0);
    expect(claimSize(lane, NOW + 1_000)).toBe(1);
    lane.sending = 1;
    expect(claimSize(lane, NOW + 1_000)).toBe(0);
  });
});

describe("allowance", () => {
  it("is the endpoint's concurrency, or eight for a lane of callback URLs", () => {
    expect(allowance(laneOf({ concurrency: 3 }), NOW)).toBe(3);
    expect(allowance(answered(createLane(idle, null)), NOW)).toBe(8);
  });

  it("is two as long as the receiver has not answered, or fewer where the endpoint says so", () => {
    expect(allowance(createLane(idle, limited({ concurrency: 8 })), NOW)).toBe(2);
    expect(allowance(createLane(idle, limited({ concurrency: 1 })), NOW)).toBe(1);
  });

  it.each([
    ["held for its setting", { heldReason: "wrong" }, 0, null],
    ["asked to wait", { heldUntil: NOW + 5_000 }, 0, NOW + 5_000],
    ["asked to wait until now", { heldUntil: NOW }, 8, NOW],
    ["with an open breaker", { failures: 6, openUntil: NOW + 9_000 }, 0, NOW + 9_000],
  ])("%s", (_what, state, allowed, opens) => {
    const lane = laneOf({}, state);
    expect(allowance(lane, NOW)).toBe(allowed);
    expect(opensAt(lane, NOW)).toBe(opens);
  });

  it("is none for an endpoint that is paused or disabled, until it is resumed", () => {
    const lane = laneOf();
    for (const state of ["paused", "disabled"] as const) {
      setEndpoint(lane, endpoint({ state }));
      expect(allowance(lane, NOW)).toBe(0);
      expect(opensAt(lane, NOW)).toBeNull();
    }
    setEndpoint(lane, endpoint());
    expect(allowance(lane, NOW)).toBe(8);
  });
});
