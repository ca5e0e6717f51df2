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
