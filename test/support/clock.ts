import type { Clock } from "../../src/types.js";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export interface ManualClock extends Clock {
  /** Moves both clocks on and fires the timers that fall due, in their order; microtasks run between them. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as an operator or NTP does; no timer fires. */
  jump(ms: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

/** A manual clock whose wall clock shows `start` (epoch milliseconds) and whose monotonic clock begins at 0. */
export function manualClock(start = Date.UTC(2023, 6, 19, 9, 6, 49)): ManualClock {
  let wall = start;
  let monotonic = 0;
  const timers = new Set<Timer>();

  function nextDue(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.at <= until && (!next || timer.at < next.at)) next = timer;
    }
    return next;
  }

  function moveTo(time: number): void {
    wall += Math.max(0, time - monotonic);
    monotonic = Math.max(monotonic, time);
  }

  return {
    now: () => wall,
    monotonic: () => monotonic,
    after(ms, callback) {
      const timer = { at: monotonic + Math.max(0, ms), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const until = monotonic + ms;
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
        moveTo(timer.at);
        timer.callback();
        // A full turn of the event loop: what the callback began may set timers that fall due in this same advance.
        await new Promise((resolve) => setImmediate(resolve));
      }
      moveTo(until);
    },
    jump(ms) {
      wall += ms;
    },
    get waiting() {
      return timers.size;
    },
  };
}
