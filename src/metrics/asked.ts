import type { Clock } from "../types.js";

export interface AskedOptions<T> {
  readonly ask: () => Promise<T>;
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** How long a reader waits for an answer. */
  readonly waitMs: number;
  /** Whether a reader who does not get the answer in time is given the one before it. */
  readonly olderIsFine?: boolean;
}

/** However many scrape, and however short the intervals. */
const LEAST_REST_MS = 5_000;
const LONGEST_REST_MS = 60_000;
/** Asking takes one part in so many of the time of whom is asked. */
const SHARE = 100;

/** A question that costs something: asked when somebody reads, one at a time, and its answer kept for some seconds. */
export class Asked<T> {
  readonly #options: AskedOptions<T>;
  #running: Promise<void> | undefined;
  #answer: T | null = null;
  #freshUntil = Number.NEGATIVE_INFINITY;

  constructor(options: AskedOptions<T>) {
    this.#options = options;
  }

  /** The answer; null: it did not come in time, or could not be given. */
  async read(waitMs = this.#options.waitMs): Promise<T | null> {
    const { clock, olderIsFine = false } = this.#options;
    if (!this.#running) {
      if (clock.monotonic() < this.#freshUntil) return this.#answer;
      this.#running = this.#ask();
    }
    let cancel = () => {};
    const late = new Promise<"late">((resolve) => {
      cancel = clock.after(waitMs, () => resolve("late"));
    });
    const ended = await Promise.race([this.#running, late]);
    cancel();
    return ended === "late" && !olderIsFine ? null : this.#answer;
  }

  /** Resolves once nothing is being asked any more. */
  async settle(): Promise<void> {
    await this.#running;
  }

  async #ask(): Promise<void> {
    const { ask, clock } = this.#options;
    const begun = clock.monotonic();
    let rest = LEAST_REST_MS;
    try {
      this.#answer = await ask();
      rest = Math.min(Math.max((clock.monotonic() - begun) * SHARE, rest), LONGEST_REST_MS);
    } catch {
      // Whoever reads sees that there is no answer; why, the log of the service's own work says. However long it took:
      // that all is well again is to be seen soon.
      this.#answer = null;
    }
    this.#freshUntil = clock.monotonic() + rest;
    this.#running = undefined;
  }
}
