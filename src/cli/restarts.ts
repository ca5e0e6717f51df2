import type { Clock } from "../types.js";

/** A process that ends sooner than this after it has begun to listen has not lasted. */
const SOON_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Decides when each of several processes that has ended is started anew. */
export class Restarts {
  readonly #clock: Pick<Clock, "monotonic">;
  /** Since when the process in each place listens. */
  readonly #listensSince = new Map<number, number>();
  readonly #pauses = new Map<number, number>();
  #anyListened = false;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** The process in this place takes requests: how long its start took says nothing, as that is the machine's speed. */
  listens(place: number): void {
    this.#listensSince.set(place, this.#clock.monotonic());
    this.#anyListened = true;
  }

  /**
   * Milliseconds until the place is filled again. Null: all end, as one `refused` to start before any has listened. Then it
   * is the setting that is wrong; later it is a database that is away, and others that wait for its return go on.
   */
  ended(place: number, refused: boolean): number | null {
    const lasted = this.#lasted(place);
    this.#listensSince.delete(place);
    if (refused && !this.#anyListened) return null;
    const pause = lasted ? FIRST_PAUSE_MS : (this.#pauses.get(place) ?? FIRST_PAUSE_MS);
    this.#pauses.set(place, Math.min(pause * 2, LONGEST_PAUSE_MS));
    return pause;
  }

  #lasted(place: number): boolean {
    return this.#clock.monotonic() - (this.#listensSince.get(place) ?? Number.POSITIVE_INFINITY) >= SOON_MS;
  }
}
