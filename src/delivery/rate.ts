import type { Rate } from "../types.js";

const PER_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;

/** A token bucket that holds at most one second's worth (at least one send), so that a rate is kept without bursts. */
export interface RateLimiter {
  /** Takes one send; returns 0 when it may go now, else the milliseconds until one may. */
  take(monotonic: number): number;
}

export function createRateLimiter(rate: Rate): RateLimiter {
  const perMs = rate.count / PER_MS[rate.per];
  const capacity = Math.max(1, perMs * 1_000);
  let tokens = capacity;
  let last: number | undefined;
  return {
    take(monotonic) {
      tokens = Math.min(capacity, tokens + (monotonic - (last ?? monotonic)) * perMs);
      last = monotonic;
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return Math.ceil((1 - tokens) / perMs);
    },
  };
}
