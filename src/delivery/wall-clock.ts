import type { Clock } from "../types.js";
import type { Lane } from "./lane.js";

/** Less is no jump: clocks are corrected little by little, and a busy process reads them late. */
const JUMP_MS = 60_000;

/**
 * Tells when the wall clock, by which things are due and expire, was set: it then goes another way than the monotonic
 * clock. A machine that slept looks like one whose clock was set ahead, and is treated as such.
 */
export class WallClock {
  readonly #clock: Clock;
  /** Wall minus monotonic time, as the stored times have it. */
  #ahead: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ahead = this.#now;
  }

  /** Names the wall clock by which times are stored now, for `jumpSince`. */
  get reading(): number {
    return this.#ahead;
  }

  /** Milliseconds by which the clock was set since the stored times agreed with it, negative for back; 0: it was not. */
  jump(): number {
    const by = this.jumpSince(this.#ahead);
    if (by === 0) this.#ahead = this.#now;
    return by;
  }

  /** As `jump`, since times that were read when `reading` was current. */
  jumpSince(reading: number): number {
    const by = this.#now - reading;
    return Math.abs(by) > JUMP_MS ? by : 0;
  }

  /** The stored times were moved by `by`. */
  moved(by: number): void {
    this.#ahead += by;
  }

  get #now(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }
}

/** The clock was set back by `ms`, to `now`: a lane that is closed stays so for as long as before. */
export function setLaneBack(lane: Pick<Lane, "heldUntil" | "breaker">, ms: number, now: number): void {
  const back = (at: number) => Math.min(at, Math.max(at - ms, now));
  lane.heldUntil = back(lane.heldUntil);
  const openUntil = back(lane.breaker.openUntil);
  if (openUntil !== lane.breaker.openUntil) lane.breaker = { ...lane.breaker, openUntil };
}
