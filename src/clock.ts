import type { Clock } from "./types.js";

/** setTimeout takes no longer delay: beyond it would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** The machine's clocks. Timers keep the process alive until they fire or are canceled. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

/** A clock that shows another machine's time; `base` measures what passes. */
export interface FollowingClock extends Clock {
  /** Looks at the time that it follows: epoch ms. The look must be short to count; the first counts whatever it takes. */
  follow(look: () => Promise<number>): Promise<void>;
}

/** A look that took longer says too little about when within it the time was read, unless all before it took longer. */
const LONGEST_LOOK_MS = 50;

/** The clock that all who share a database go by, whatever their machines show; until the first look, `base`'s own. */
export function createFollowingClock(base: Clock = systemClock): FollowingClock {
  let ahead = base.now() - base.monotonic();
  let shortest = Number.POSITIVE_INFINITY;
  return {
    now: () => Math.floor(base.monotonic() + ahead),
    monotonic: base.monotonic,
    after: base.after,
    async follow(look) {
      const begun = base.monotonic();
      const time = await look();
      const ended = base.monotonic();
      const took = ended - begun;
      if (took > LONGEST_LOOK_MS && took > shortest) return;
      shortest = Math.min(shortest, took);
      ahead = time - (begun + ended) / 2;
    },
  };
}
