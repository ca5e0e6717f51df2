import type { Rate } from "../types.js";

const PER_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;

/** What may go at once after a pause, as a part of a second's worth: a receiver that counts by the second sees no burst. */
const BURST_MS = 100;

/** A token bucket. Times are those of the monotonic clock. */
export interface RateLimiter {
  /** Milliseconds until one send may go; 0: now. */
  wait(monotonic: number): number;
  /** Takes one send; returns 0 when it may go now, else the milliseconds until one may. */
  take(monotonic: number): number;
}

export function createRateLimiter(rate: Rate): RateLimiter {
  const perMs = rate.count / PER_MS[rate.per];
  const capacity = Math.max(1, perMs * BURST_MS);
  let tokens = capacity;
  let last: number | undefined;

  function wait(monotonic: number): number {
    tokens = Math.min(capacity, tokens + (monotonic - (last ?? monotonic)) * perMs);
    last = monotonic;
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perMs);
  }

  return {
    wait,
    take(monotonic) {
      const ms = wait(monotonic);
      if (ms === 0) tokens -= 1;
      return ms;
    },
  };
}
