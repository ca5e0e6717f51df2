import { expect, it } from "vitest";
import { retryDelay } from "../../src/delivery/retry.js";
import { endpoint } from "./kit.js";

it("delays each attempt as its place in the schedule says, a tenth more or less", () => {
  const schedule = [0, 5_000, 60_000];
  expect(retryDelay(schedule, 0, () => 1)).toBe(0);
  expect([0, 0.5, 1].map((random) => retryDelay(schedule, 1, () => random))).toEqual([4_500, 5_000, 5_500]);
  for (let at = 0; at < 1_000; at++) {
    const delay = retryDelay(schedule, 2) ?? 0;
    expect(delay).toBeGreaterThanOrEqual(54_000);
    expect(delay).toBeLessThanOrEqual(66_000);
  }
});

it("spreads what failed together", () => {
  expect(new Set(Array.from({ length: 100 }, () => retryDelay([3_600_000], 0))).size).toBeGreaterThan(90);
});

it("ends after the last delay of the schedule", () => {
  expect(retryDelay([0, 5_000], 2)).toBeNull();
  expect(retryDelay([], 0)).toBeNull();
});

it("has eleven attempts over three days by default", () => {
  const { scheduleMs, giveUpAfterMs } = endpoint().retry;
  expect(scheduleMs).toHaveLength(11);
  expect(scheduleMs.reduce((sum, ms) => sum + ms, 0)).toBe((75 * 60 + 36) * 60_000 + 5_000);
  expect(giveUpAfterMs).toBe(7 * 86_400_000);
});
