import { expect, it } from "vitest";
import { createRateLimiter } from "../../src/delivery/rate.js";
import type { Rate } from "../../src/types.js";

/** The times at which a lane that always has something to send sends, over `ms`. */
function sendTimes(rate: Rate, ms: number): number[] {
  const limiter = createRateLimiter(rate);
  const times: number[] = [];
  for (let now = 0; now < ms; ) {
    const wait = limiter.take(now);
    if (wait === 0) times.push(now);
    else now += wait;
  }
  return times;
}

function mostWithin(times: readonly number[], ms: number): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
}

it.each([
  [{ count: 10, per: "second" }, 10_000, 100, 1_000, 10],
  [{ count: 200, per: "second" }, 5_000, 1_000, 1_000, 220],
  [{ count: 30, per: "minute" }, 600_000, 300, 60_000, 30],
  [{ count: 2, per: "hour" }, 36_000_000, 20, 3_600_000, 2],
] as const)("keeps %o, and sends no burst after it was idle", (rate, ms, sent, window, most) => {
  const times = sendTimes(rate, ms);
  expect(times.length).toBeGreaterThanOrEqual(sent * 0.98);
  expect(times.length).toBeLessThanOrEqual(sent * 1.03 + 1);
  expect(mostWithin(times, window)).toBeLessThanOrEqual(most);
});

it("lets no more than a tenth of a second's worth go at once, however long it was idle", () => {
  const limiter = createRateLimiter({ count: 100, per: "second" });
  let atOnce = 0;
  while (limiter.take(86_400_000) === 0) atOnce++;
  expect(atOnce).toBe(10);
});

it("says how long to wait without taking anything", () => {
  const limiter = createRateLimiter({ count: 1, per: "minute" });
  expect(limiter.wait(0)).toBe(0);
  expect(limiter.take(0)).toBe(0);
  expect(limiter.wait(0)).toBe(60_000);
  expect(limiter.wait(45_000)).toBe(15_000);
  expect(limiter.take(59_999)).toBe(1);
  expect(limiter.take(60_000)).toBe(0);
});
