import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterServerFault,
  afterSuccess,
  allowedSends,
  type Breaker,
  CLOSED,
  opened,
  restoredBreaker,
} from "../../src/delivery/breaker.js";

const failTimes = (count: number, breaker: Breaker = CLOSED): Breaker => {
  let now = breaker;
  for (let at = 0; at < count; at++) now = afterFailure(now, Math.max(now.openUntil, 1_000));
  return now;
};

describe("the breaker", () => {
  it("opens at the fifth connection failure in a row", () => {
    expect(allowedSends(failTimes(4), 1_000, 8)).toBe(8);
    const open = failTimes(5);
    expect(open.openUntil).toBe(1_000 + 5_000);
    expect(allowedSends(open, 1_000, 8)).toBe(0);
    expect(allowedSends(open, 5_999, 8)).toBe(0);
  });

  it("begins to count anew after a success", () => {
    expect(failTimes(4, afterSuccess(failTimes(4), 1_000)).openUntil).toBe(0);
  });

  it("lets one probe through when its time is over", () => {
    expect(allowedSends(failTimes(5), 6_000, 8)).toBe(1);
  });

  it("stays open twice as long after each failed probe, up to five minutes", () => {
    let breaker = failTimes(5);
    const lengths: number[] = [];
    for (let probe = 0; probe < 8; probe++) {
      const now = breaker.openUntil;
      breaker = afterFailure(breaker, now);
      lengths.push(breaker.openUntil - now);
    }
    expect(lengths).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
    expect(afterFailure({ ...breaker, failures: 5_000 }, breaker.openUntil).openUntil).toBe(
      breaker.openUntil + 300_000,
    );
  });

  it("counts sends that were under way when it opened as one failure", () => {
    const open = failTimes(5);
    expect(afterFailure(afterFailure(open, 1_001), 1_002)).toBe(open);
  });

  it("is not closed by a success that was under way when it opened, only by that of the probe", () => {
    const open = failTimes(5);
    expect(afterSuccess(open, open.openUntil - 1)).toBe(open);
    expect(allowedSends(afterSuccess(open, open.openUntil), open.openUntil, 8)).toBe(2);
  });

  it("that was opened by its rate goes on as one that was opened by failures in a row", () => {
    const open = opened(failTimes(1), 1_000);
    expect(open).toEqual({ failures: 5, faults: 0, openUntil: 6_000, allowance: 1 });
    expect(afterFailure(open, 6_000).openUntil).toBe(6_000 + 10_000);
    expect(allowedSends(afterSuccess(open, 6_000), 6_000, 8)).toBe(2);
  });

  it("closes by letting twice as many through with each success", () => {
    let breaker = afterSuccess(failTimes(5), 6_000);
    const allowed: number[] = [];
    for (let success = 0; success < 9; success++) {
      allowed.push(allowedSends(breaker, 10_000, 100));
      breaker = afterSuccess(breaker, 10_000);
    }
    expect(allowed).toEqual([2, 4, 8, 16, 32, 64, 100, 100, 100]);
    expect(breaker).toBe(CLOSED);
  });

  it("goes on with an outage where it was after a restart", () => {
    expect(allowedSends(restoredBreaker(5, 9_000), 8_000, 8)).toBe(0);
    expect(allowedSends(restoredBreaker(5, 9_000), 9_000, 8)).toBe(1);
    expect(failTimes(1, restoredBreaker(4, 0)).openUntil).toBeGreaterThan(0);
    expect(allowedSends(restoredBreaker(4, 0), 1_000, 8)).toBe(8);
    expect(restoredBreaker(0, 0)).toBe(CLOSED);
  });

  it("goes on with a receiver of nothing but faults where it was after a restart, and anew after an outage", () => {
    const faulty = (breaker: Breaker, times: number) => {
      const pauses: number[] = [];
      let now = breaker;
      for (let at = 0; at < times; at++) {
        const probed = Math.max(now.openUntil, 1_000);
        now = afterServerFault(now, probed);
        pauses.push(now.openUntil - probed);
      }
      return { now, pauses };
    };
    const { now, pauses } = faulty(CLOSED, 5);
    expect(pauses).toEqual([2_000, 4_000, 5_000, 5_000, 5_000]);
    expect(faulty(restoredBreaker(now.failures, now.openUntil), 2).pauses).toEqual([5_000, 5_000]);
    expect(faulty(failTimes(5, now), 2).pauses).toEqual([2_000, 4_000]);
    expect(faulty(opened(now, now.openUntil), 2).pauses).toEqual([2_000, 4_000]);
    expect(faulty(afterSuccess(now, now.openUntil), 2).pauses).toEqual([2_000, 4_000]);
    // One failed connection between faults is no outage.
    expect(faulty(failTimes(1, now), 1).pauses).toEqual([5_000]);
  });

  it.each([0, 1, 4])("goes on after a restart where its rate had opened it, with %i failures in a row", (failures) => {
    const restored = restoredBreaker(failures, 9_000);
    expect(allowedSends(restored, 8_999, 8)).toBe(0);
    expect(allowedSends(restored, 9_000, 8)).toBe(1);
    expect(afterFailure(restored, 9_000).openUntil).toBe(9_000 + 10_000);
    expect(allowedSends(afterSuccess(restored, 9_000), 9_000, 8)).toBe(2);
  });
});
