import type { Clock } from "../types.js";

/** A lease lasts longer; a lane that was given back meanwhile is found again by whoever is woken for it later. */
const KNOWN_MS = 10_000;
const MOST = 50_000;

/**
 * Which process works which lane, as far as this one has learned it: asking the database again would tell the same. As
 * each forgets it of the lanes that it works itself, wake-ups are never passed round in a circle.
 */
export class Holders {
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly holder: string; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The process that works the lane; null: this one, or nobody knows. */
  of(laneId: string): string | null {
    const known = this.#known.get(laneId);
    if (!known) return null;
    if (this.#clock.monotonic() < known.until) return known.holder;
    this.#known.delete(laneId);
    return null;
  }

  learn(laneId: string, holder: string): void {
    // Lanes are learned again in a moment, should all be forgotten.
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(laneId, { holder, until: this.#clock.monotonic() + KNOWN_MS });
  }

  /** This process works the lane now. */
  isOwn(laneId: string): void {
    this.#known.delete(laneId);
  }

  /** The process is gone: its lanes are asked for again. */
  forget(holder: string): void {
    for (const [laneId, known] of this.#known) if (known.holder === holder) this.#known.delete(laneId);
  }
}
