import type { Clock } from "../types.js";

/** A process that ends sooner after its start than this could not start. */
const SOON_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Decides when each of several processes that has ended is started anew. */
export class Restarts {
  readonly #clock: Pick<Clock, "monotonic">;
  /** When the process in each place began. */
  readonly #begun = new Map<number, number>();
  readonly #pauses = new Map<number, number>();
  #anyLasted = false;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  began(place: number): void {
    this.#begun.set(place, this.#clock.monotonic());
  }

  /**
   * Milliseconds until the place is filled again. Null: all end, as one `refused` to start before any has lasted. Then it is
   * the setting that is wrong; later it is a database that is away, and others that wait for its return go on.
   */
  ended(place: number, refused: boolean): number | null {
    const lasted = this.#lasted(place);
    this.#anyLasted ||= [...this.#begun.keys()].some((each) => this.#lasted(each));
    this.#begun.delete(place);
    if (refused && !this.#anyLasted) return null;
    const pause = lasted ? FIRST_PAUSE_MS : (this.#pauses.get(place) ?? FIRST_PAUSE_MS);
    this.#pauses.set(place, Math.min(pause * 2, LONGEST_PAUSE_MS));
    return pause;
  }

  #lasted(place: number): boolean {
    return this.#clock.monotonic() - (this.#begun.get(place) ?? Number.POSITIVE_INFINITY) >= SOON_MS;
  }
}
