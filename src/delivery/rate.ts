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
  /** Milliseconds until so many more have gone and the next may: what was spent is spent until then. */
  waitFor(monotonic: number, sends: number): number;
  /** Nothing of what it allows is spent: a new one would allow no more. */
  isFull(monotonic: number): boolean;
}

/** `spentUntil`: nothing is allowed before it. */
export function createRateLimiter(rate: Rate, { spentUntil }: { readonly spentUntil?: number } = {}): RateLimiter {
  const perMs = rate.count / PER_MS[rate.per];
  const capacity = Math.max(1, perMs * BURST_MS);
  let tokens = spentUntil === undefined ? capacity : 1;
  let last: number | undefined = spentUntil;

  function wait(monotonic: number): number {
    if (last !== undefined && monotonic < last) return Math.ceil(last - monotonic);
    tokens = Math.min(capacity, tokens + (monotonic - (last ?? monotonic)) * perMs);
    last = monotonic;
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perMs);
  }

  return {
    wait,
    waitFor: (monotonic, sends) => wait(monotonic) + Math.ceil(Math.max(0, sends + 1 - Math.max(1, tokens)) / perMs),
    isFull: (monotonic) => wait(monotonic) === 0 && tokens >= capacity,
    take(monotonic) {
      const ms = wait(monotonic);
      if (ms === 0) tokens -= 1;
      return ms;
    },
  };
}
